#include "engine/gesy/submission.hpp"

#include "engine/gesy/claim.hpp"
#include "engine/gesy/json_walk.hpp"

#include <algorithm>

namespace aorta::gesy {
namespace {

using kind_of_end = delivery::outcome::kind;

constexpr size_t most_pages = 1000, most_readings = 5;

path_values values_of(const std::string& claim) {
  path_values out;
  for (const std::string_view field : {"provider_id", "beneficiary_id", "referral_id", "service_date"})
    out.emplace(field, said(claim, field));
  return out;
}

std::string code_of(const reply& of) { return of.code.empty() ? std::to_string(of.status) : of.code; }

/// Whether the same question may be answered later: else a person has to look.
bool cures_itself(const reply& of) noexcept {
  if (of.code.starts_with("list-")) return false;
  return of.status < 400 || of.status >= 500 || of.status == 401 || of.status == 403 || of.status == 408 ||
    of.status == 425 || of.status == 429;
}

/// Statuses after which nobody knows whether they kept it.
bool may_have_kept(unsigned status) noexcept { return status >= 500 || status == 408 || status == 425; }

} // namespace

std::string to_json(const parcel& what) {
  json_text out;
  out.writer.StartObject();
  write_key(out.writer, "reference");
  write_text(out.writer, what.reference);
  write_key(out.writer, "claim");
  out.writer.RawValue(what.claim.data(), what.claim.size(), rapidjson::kObjectType);
  write_key(out.writer, "system");
  write_text(out.writer, what.system);
  write_key(out.writer, "known");
  out.writer.StartArray();
  for (const auto& each : what.known) write_text(out.writer, each);
  out.writer.EndArray();
  out.writer.EndObject();
  return out.take();
}

std::optional<parcel> parcel_from(std::string_view json) {
  json_document body;
  if (!parse(body, json) || !body.IsObject()) return std::nullopt;
  const auto* claim = member(body, "claim");
  if (claim == nullptr || !claim->IsObject()) return std::nullopt;
  parcel out;
  out.reference = text_of(body, "reference");
  out.system = text_of(body, "system");
  json_text text;
  claim->Accept(text.writer);
  out.claim = text.take();
  if (const auto* known = member(body, "known"); known != nullptr && known->IsArray())
    for (const auto& each : known->GetArray())
      if (each.IsString()) out.known.emplace_back(text_of(each));
  return out;
}

search::search(const wire& by, parcel what)
    : by_(by),
      what_(std::move(what)),
      likeness_(likeness(what_.claim).value_or("")),
      path_(path_of(by, operation::claims, values_of(what_.claim))) {}

std::optional<question> search::next() const {
  if (ended_) return std::nullopt;
  question out;
  out.what = operation::claims;
  out.path = path_;
  return out;
}

/// Their own id of it says all; where they show none, what it is for does, but for claims that are known to
/// be others.
search::match search::is_it(const listed::item& one) const {
  if (!one.reference.empty()) return one.reference == what_.reference ? match::yes : match::no;
  const auto number = said(one.ours, "claim_id");
  if (std::find(what_.known.begin(), what_.known.end(), number) != what_.known.end()) return match::no;
  if (const auto like = likeness(one.ours)) return *like == likeness_ ? match::yes : match::no;
  return may_be_like(one.ours, what_.claim) ? match::unclear : match::no;
}

void search::fail(std::string code) {
  fault_.code = std::move(code);
  ended_ = true;
}

void search::heard(const reply& what) {
  auto page = taken(what) ? list_as_ours(by_, kind::claim, what.body) : std::nullopt;
  if (!page) {
    fault_ = what;
    return fail(taken(what) ? "unreadable" : code_of(what));
  }
  for (auto& each : page->items) {
    const auto is = is_it(each);
    if (is == match::yes) {
      found_ = std::move(each.ours);
      ended_ = true;
      return;
    }
    if (is == match::unclear) return fail("list-unclear");
    seen_.insert(said(each.ours, "claim_id"));
  }
  if (page->leads_away) return fail("list-next");
  path_ = page->next;
  if (path_.empty()) return end_of_reading();
  if (++pages_ >= most_pages) fail("list-too-long");
}

void search::end_of_reading() {
  path_ = path_of(by_, operation::claims, values_of(what_.claim));
  ended_ = ++readings_ > 1 && seen_ == seen_before_;
  if (!ended_ && readings_ >= most_readings) fail("list-unsteady");
  seen_before_ = std::exchange(seen_, {});
}

std::optional<std::chrono::seconds> attempts::rest(const uuid& id, bool perhaps, timestamp now,
                                                   std::chrono::seconds settle) {
  if (!perhaps) return std::nullopt;
  const auto at = last_.try_emplace(id, now).first->second;
  const auto left = std::chrono::ceil<std::chrono::seconds>(at + settle - now);
  return left.count() > 0 ? std::optional(left) : std::nullopt;
}

submission::submission(const wire& by, parcel what, bool perhaps, std::chrono::seconds settle)
    : by_(by),
      what_(std::move(what)),
      settle_(settle) {
  if (perhaps) {
    search_.emplace(by_, what_);
    at_ = stage::looking;
  } else {
    at_ = stage::referral;
    if (said(what_.claim, "referral_id").empty()) go_on_to_send();
  }
}

void submission::go_on_to_send() { at_ = stage::sending; }

std::optional<question> submission::next() const {
  question out;
  switch (at_) {
    case stage::looking: return search_->next();
    case stage::referral:
      out.what = operation::referral;
      out.path = path_of(by_, operation::referral, {{"id", said(what_.claim, "referral_id")}});
      return out;
    case stage::sending:
      out.what = operation::add_claim;
      out.method = "POST";
      out.path = path_of(by_, operation::add_claim, {});
      out.body = as_theirs(by_, kind::claim, what_.claim, what_.reference).value_or("{}");
      out.once = what_.reference;
      return out;
    case stage::ended: break;
  }
  return std::nullopt;
}

void submission::end(kind_of_end is, std::string code, bool perhaps,
                     std::optional<std::chrono::seconds> wait) {
  outcome_.is = is;
  outcome_.code = std::move(code);
  outcome_.perhaps = perhaps;
  outcome_.wait = wait;
  at_ = stage::ended;
}

void submission::heard(const reply& what) {
  switch (at_) {
    case stage::looking: return hear_search(what);
    case stage::referral: return hear_referral(what);
    case stage::sending: return hear_claim(what);
    case stage::ended: break;
  }
}

void submission::hear_search(const reply& what) {
  search_->heard(what);
  if (search_->next()) return;
  if (search_->found()) return end(kind_of_end::taken, "found");
  const auto& fault = search_->fault();
  if (!fault.code.empty())
    return end(cures_itself(fault) ? kind_of_end::silent : kind_of_end::rejected, fault.code, true,
               fault.wait);
  // They say that they have it, and do not show it: a person should look.
  if (refused_as_known_) return end(kind_of_end::rejected, "409");
  at_ = stage::referral;
  if (said(what_.claim, "referral_id").empty()) go_on_to_send();
}

void submission::hear_referral(const reply& what) {
  const auto ours = taken(what) ? as_ours(by_, kind::referral, what.body) : std::nullopt;
  if (ours && said(*ours, "referral_id") == said(what_.claim, "referral_id")) {
    const auto fault = referral_fault(*ours, said(what_.claim, "service_date"));
    if (!fault.empty()) return end(kind_of_end::rejected, fault);
    return go_on_to_send();
  }
  if (what.status == 404 || what.status == 410) return end(kind_of_end::rejected, "referral-unknown");
  if (!cures_itself(what)) return end(kind_of_end::rejected, "referral-" + code_of(what));
  end(kind_of_end::silent, taken(what) ? "unreadable" : code_of(what), false, what.wait);
}

void submission::hear_claim(const reply& what) {
  if (taken(what)) {
    const auto ours = as_ours(by_, kind::claim, what.body);
    if (ours && !said(*ours, "claim_id").empty()) return end(kind_of_end::taken, code_of(what));
    return end(kind_of_end::silent, "unreadable", true, settle_); // a page of somebody between us
  }
  if (what.status == 409) {
    refused_as_known_ = true;
    search_.emplace(by_, what_);
    at_ = stage::looking;
    return;
  }
  if (what.status == 0)
    return end(kind_of_end::silent, code_of(what), what.perhaps,
               what.perhaps ? std::optional(settle_) : what.wait);
  if (may_have_kept(what.status))
    return end(kind_of_end::silent, code_of(what), true, std::max(what.wait.value_or(settle_), settle_));
  // Who we are, or how often we ask, is nothing that is wrong with this claim.
  if (cures_itself(what)) return end(kind_of_end::silent, code_of(what), false, what.wait);
  end(kind_of_end::rejected, code_of(what));
}

} // namespace aorta::gesy
