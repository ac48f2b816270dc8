#include "engine/gesy/simulator.hpp"

#include "engine/base/hash.hpp"
#include "engine/gesy/claim.hpp"
#include "engine/gesy/json_walk.hpp"

#include <algorithm>
#include <array>

namespace aorta::gesy {
namespace {

using namespace std::chrono_literals;

constexpr size_t other_claims = 15;
constexpr std::chrono::hours day{24};

struct fault_row {
  fault::kind is;
  std::string_view name;
};
constexpr std::array fault_rows{
  fault_row{fault::kind::unauthorized, "unauthorized"},
  fault_row{fault::kind::token_expired, "token-expired"},
  fault_row{fault::kind::forbidden, "forbidden"},
  fault_row{fault::kind::throttled, "throttled"},
  fault_row{fault::kind::error, "error"},
  fault_row{fault::kind::error_after, "error-after"},
  fault_row{fault::kind::unavailable, "unavailable"},
  fault_row{fault::kind::gateway, "gateway"},
  fault_row{fault::kind::html, "html"},
  fault_row{fault::kind::slow, "slow"},
  fault_row{fault::kind::stall, "stall"},
  fault_row{fault::kind::cut, "cut"},
  fault_row{fault::kind::lost, "lost"},
  fault_row{fault::kind::late, "late"},
  fault_row{fault::kind::shift, "shift"},
};

simulated answer(unsigned status, std::string body) {
  simulated out;
  out.status = status;
  out.body = std::move(body);
  return out;
}
simulated refusal(unsigned status, std::string_view code) {
  return answer(status, R"({"error":")" + std::string(code) + R"(","message":"Το αίτημα απορρίφθηκε"})");
}

simulated ended(simulated::end how) {
  simulated out;
  out.is = how;
  return out;
}

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0'
    : c >= 'A' && c <= 'F'    ? c - 'A' + 10
    : c >= 'a' && c <= 'f'    ? c - 'a' + 10
                              : -1;
}
std::string plain(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool coded = text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 &&
      hex_digit(text[at + 2]) >= 0;
    if (!coded) out += text[at] == '+' ? ' ' : text[at];
    else {
      out += char(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
      at += 2;
    }
  }
  return out;
}

std::map<std::string, std::string> query_of_target(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto one = text.substr(0, end);
    const auto sign = std::min(one.find('='), one.size());
    out[plain(one.substr(0, sign))] = plain(one.substr(std::min(sign + 1, one.size())));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

struct target_of {
  std::optional<operation> what;
  std::string id;
};

/// As the specification's paths have it.
target_of read_target(const std::string& method, std::string_view path) {
  std::vector<std::string> parts;
  for (path.remove_prefix(path.starts_with('/') ? 1 : 0); !path.empty();) {
    const auto end = std::min(path.find('/'), path.size());
    parts.push_back(plain(path.substr(0, end)));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  parts.resize(3);
  const auto& [first, second, third] = std::tie(parts[0], parts[1], parts[2]);
  using enum operation;
  if (first == "oauth" && second == "token") return {token, ""};
  if (first == "beneficiaries" && second == "lookup") return {beneficiary_by_card, third};
  if (first == "beneficiaries") return {beneficiary, second};
  if (first == "providers") return {provider, second};
  if (first == "specialties") return {specialties, ""};
  if (first == "codes" && second == "diagnoses") return {diagnosis, third};
  if (first == "codes" && second == "procedures") return {procedure, third};
  if (first == "referrals" && second.empty()) return {method == "POST" ? add_referral : referrals, ""};
  if (first == "referrals" && third == "close") return {close_referral, second};
  if (first == "referrals") return {referral, second};
  if (first == "claims" && second.empty()) return {method == "POST" ? add_claim : claims, ""};
  if (first == "claims") return {operation::claim, second};
  return {std::nullopt, ""};
}

std::string numbered(std::string_view prefix, size_t number, size_t digits) {
  auto out = std::to_string(number);
  out.insert(0, digits - std::min(digits, out.size()), '0');
  return std::string(prefix) + out;
}

/// Of `R-000017` 17; nothing for what it did not make.
std::optional<size_t> number_in(std::string_view text, std::string_view prefix, size_t digits) {
  if (!text.starts_with(prefix) || text.size() != prefix.size() + digits) return std::nullopt;
  size_t out = 0;
  for (const char c : text.substr(prefix.size())) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + size_t(c - '0');
  }
  return out;
}

std::string day_of(timestamp at) { return to_iso(at).substr(0, 10); }

} // namespace

std::string_view name(fault::kind what) noexcept {
  for (const auto& each : fault_rows)
    if (each.is == what) return each.name;
  return "";
}

std::optional<fault::kind> fault_from(std::string_view word) noexcept {
  for (const auto& each : fault_rows)
    if (each.name == word) return each.is;
  return std::nullopt;
}

std::vector<std::string> fault_names() {
  std::vector<std::string> out;
  out.reserve(fault_rows.size());
  for (const auto& each : fault_rows) out.emplace_back(each.name);
  return out;
}

simulator::simulator(how by) : by_(by), chance_(by.seed) {}

uint64_t simulator::number_of(std::string_view text) const {
  fnv1a all;
  all.add(std::to_string(by_.seed));
  all.add(text);
  return all.value();
}

const fault* simulator::strike(operation what) {
  for (auto& each : faults_) {
    if (each.on && *each.on != what) continue;
    if (chance_() % 100 >= each.percent) continue;
    if (each.times == 1) each.percent = 0; // spent
    else if (each.times > 1) --each.times;
    return &each;
  }
  return nullptr;
}

void simulator::catch_up(timestamp now) {
  while (!late_.empty() && late_.begin()->first <= now) {
    const auto first = late_.extract(late_.begin());
    take_claim(first.mapped(), first.key());
  }
}

/// What comes of it before anything was done; nothing: it is done.
std::optional<simulated> simulator::refused(fault::kind by, std::optional<std::chrono::seconds> wait) {
  const auto waiting = [&](simulated out) {
    out.retry_after = wait;
    return out;
  };
  using enum fault::kind;
  switch (by) {
    case unauthorized: return refusal(401, "invalid_token");
    case token_expired: tokens_.clear(); return std::nullopt;
    case forbidden: return refusal(403, "forbidden");
    case throttled: return waiting(refusal(429, "too_many_requests"));
    case error: return refusal(500, "internal");
    case unavailable: return waiting(refusal(503, "maintenance"));
    case html: {
      auto out = answer(200, "<html><body>Προγραμματισμένη συντήρηση</body></html>");
      out.media_type = "text/html; charset=utf-8";
      return out;
    }
    case lost: return ended(simulated::end::cut);
    default: return std::nullopt;
  }
}

/// What comes of it although it was done.
simulated simulator::spoilt(simulated out, fault::kind by, std::optional<std::chrono::seconds> wait) {
  using enum fault::kind;
  switch (by) {
    case error_after: return refusal(500, "internal");
    case gateway: return answer(chance_() % 2 == 0 ? 502 : 504, "<html>Bad Gateway</html>");
    case stall: out.is = simulated::end::stalled; break;
    case cut: out.is = simulated::end::cut; break;
    case slow: out.delay = wait; break;
    case shift: { // one of those that were just told goes, so that the next page begins one too late
      const auto newest = std::find_if(claims_.rbegin(), claims_.rend(),
                                       [](const auto& each) { return each.other; });
      if (newest == claims_.rend()) break;
      claims_.erase(std::next(newest).base());
      --others_;
      break;
    }
    default: break;
  }
  return out;
}

simulated simulator::hear(const request& what, timestamp now) {
  catch_up(now);
  const auto mark = std::min(what.target.find('?'), what.target.size());
  const auto path = what.target.substr(0, mark);
  const auto query = query_of_target(
    std::string_view(what.target).substr(std::min(mark + 1, what.target.size())));
  const auto [is, id] = read_target(what.method, path);
  if (!is) return refusal(404, "no-such-path");
  const auto* wrong = strike(*is);
  const auto kind = wrong == nullptr ? fault::kind::slow : wrong->is;
  const auto wait = wrong == nullptr ? std::nullopt : wrong->wait;
  if (auto out = refused(kind, wait)) return std::move(*out);
  if (*is != operation::token) {
    constexpr std::string_view bearer = "Bearer ";
    const auto found = what.authorization.starts_with(bearer)
      ? tokens_.find(what.authorization.substr(bearer.size()))
      : tokens_.end();
    if (found == tokens_.end() || found->second <= now) return refusal(401, "invalid_token");
  }
  if (kind == fault::kind::late && *is == operation::add_claim) {
    late_.emplace(now + wait.value_or(1s), what);
    return ended(simulated::end::stalled);
  }
  return spoilt(do_it(*is, id, query, what, now), kind, wait);
}

simulated simulator::do_it(operation what, const std::string& id,
                           const std::map<std::string, std::string>& query, const request& of,
                           timestamp now) {
  using enum operation;
  switch (what) {
    case token: return give_token(of, now);
    case beneficiary: return show_beneficiary(id, false, now);
    case beneficiary_by_card: return show_beneficiary(id, true, now);
    case referral:
    case referrals:
    case add_referral:
    case close_referral:
      return referral_calls(
        what, id.empty() && query.contains("beneficiary_id") ? query.at("beneficiary_id") : id, of, now);
    case operation::claim: {
      const auto found = std::find_if(claims_.begin(), claims_.end(),
                                      [&](const auto& each) { return each.id == id; });
      return found == claims_.end() ? refusal(404, "no-such-claim") : answer(200, claim_text(*found, now));
    }
    case claims: return list_claims(query, of.target, now);
    case add_claim: return take_claim(of, now);
    case operation::provider:
      return answer(200,
                    R"({"provider_id":")" + id +
                      R"(","name":"Καρδιολογικό Κέντρο","provider_type":"specialist",)"
                      R"("specialty_codes":["CARD"],"address":"Λευκωσία","is_active":true,"x_region":"04"})");
    case specialties:
      return answer(
        200,
        R"({"items":[{"code":"CARD","name_en":"Cardiology","name_el":"Καρδιολογία","category":"medical",)"
        R"("requires_referral":true},{"code":"RAD","name_en":"Radiology","name_el":"Ακτινολογία",)"
        R"("category":"diagnostic","requires_referral":true}]})");
    case diagnosis:
    case procedure: {
      const bool valid = what == procedure ? id.size() == 5 : id.size() >= 3 && id[0] >= 'A' && id[0] <= 'Z';
      json_text out;
      out.writer.StartObject();
      write_key(out.writer, "code");
      write_text(out.writer, id);
      write_key(out.writer, "is_valid");
      out.writer.Bool(valid);
      out.writer.EndObject();
      return answer(200, out.take());
    }
  }
  return refusal(404, "no-such-path");
}

simulated simulator::give_token(const request& of, timestamp now) {
  const auto form = query_of_target(of.body);
  const auto asked = [&](const char* name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
  };
  if (asked("grant_type") != "client_credentials") return refusal(400, "unsupported_grant_type");
  if (asked("client_id").empty() || asked("client_secret").empty()) return refusal(401, "invalid_client");
  const auto token = "T" + std::to_string(chance_());
  tokens_[token] = now + by_.token_lives;
  return answer(200,
                R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" +
                  std::to_string(by_.token_lives.count()) + "}");
}

/// Who has such a number, or the card of its last six digits, is insured; but nobody has one that ends with
/// 999.
simulated simulator::show_beneficiary(const std::string& id, bool by_card, timestamp now) const {
  const auto number = by_card ? number_in(id, "", 6) : number_in(id, id.substr(0, 2), 8);
  const bool fits = by_card || id.starts_with("00") || id.starts_with("03") || id.starts_with("05");
  if (!number || !fits || id.ends_with("999")) return refusal(404, "no-such-beneficiary");
  const auto whole = by_card ? "0000" + id : id;
  const bool active = !id.ends_with("13");
  json_text out;
  auto& to = out.writer;
  const auto field = [&](std::string_view key, std::string_view value) {
    write_key(to, key);
    write_text(to, value);
  };
  to.StartObject();
  field("beneficiary_id", whole);
  write_key(to, "is_active");
  to.Bool(active);
  field("beneficiary_type",
        number_of("type" + std::to_string(*number)) % 10 == 0 ? "eu_national" : "citizen");
  field("registration_date", "2019-06-01");
  field("primary_doctor_id", numbered("D-", 1 + number_of("doctor" + std::to_string(*number)) % 30, 4));
  field("coverage_category", "Πλήρης κάλυψη");
  field("verified_at", to_iso(now));
  field("x_unknown", "αγνοείται");
  to.EndObject();
  return answer(200, out.take());
}

/// Beneficiary n has referral `R-n`, by the last six digits: that of every seventh has expired. `id` of a
/// list is the beneficiary's.
simulated simulator::referral_calls(operation what, const std::string& id, const request& of, timestamp now) {
  const auto text_of_number = [&](size_t number) {
    const bool expired = number % 7 == 0;
    json_text out;
    auto& to = out.writer;
    to.StartObject();
    const auto field = [&](std::string_view key, std::string_view value) {
      write_key(to, key);
      write_text(to, value);
    };
    field("referral_id", numbered("R-", number, 6));
    field("beneficiary_id", numbered("00", number, 8));
    field("specialty_code", "CARD");
    field("diagnosis_code", "I20.9");
    field("diagnosis_description", "Στηθάγχη, μη καθορισμένη");
    field("status", expired ? "expired" : "approved");
    field("urgency", "routine");
    field("valid_from", day_of(now - day * (expired ? 200 : 90)));
    field("valid_until", day_of(expired ? now - day * 110 : now + day * 60));
    to.EndObject();
    return out.take();
  };
  const auto standing = [&](const std::string& which) -> std::optional<std::string> {
    if (const auto kept = referrals_.find(which); kept != referrals_.end()) return kept->second;
    const auto number = number_in(which, "R-", 6);
    return number && *number < 900'000 ? std::optional(text_of_number(*number)) : std::nullopt;
  };
  const auto with = [](std::string text, const std::string& more) { // more members
    text.pop_back();
    return text + (text.size() > 1 ? "," : "") + more + "}";
  };
  switch (what) {
    case operation::referral: {
      const auto found = standing(id);
      return found ? answer(200, *found) : refusal(404, "no-such-referral");
    }
    case operation::referrals: {
      const auto number = number_in(id, id.substr(0, 2), 8);
      const auto found = number ? standing(numbered("R-", *number % 1'000'000, 6)) : std::nullopt;
      return answer(200, R"({"items":[)" + found.value_or("") + "]}");
    }
    case operation::add_referral: {
      json_document body;
      if (!parse(body, of.body) || !body.IsObject()) return refusal(400, "bad-body");
      const auto made = numbered("R-", 900'000 + ++made_, 6);
      referrals_[made] = with(of.body, R"("referral_id":")" + made + R"(","status":"pending")");
      return answer(201, referrals_[made]);
    }
    default: {
      const auto found = standing(id);
      if (!found) return refusal(404, "no-such-referral");
      json_document body;
      parse(body, *found);
      body.RemoveMember("status");
      json_text left;
      body.Accept(left.writer);
      referrals_[id] = with(left.take(), R"("status":"used","used_date":")" + day_of(now) + "\"");
      return answer(200, referrals_[id]);
    }
  }
}

simulated simulator::take_claim(const request& of, timestamp now) {
  json_document body;
  if (!parse(body, of.body) || !body.IsObject()) return refusal(400, "bad-body");
  const auto like = likeness(of.body);
  if (!like) return refusal(422, "incomplete");
  const auto of_ours = [](const stored_claim& each) { return !each.other; };
  for (const auto& each : claims_) {
    if (!of_ours(each)) continue;
    if (by_.takes_once && !of.once.empty() && each.once == of.once) return answer(200, claim_text(each, now));
    if (by_.refuses_the_same && each.likeness == *like) return refusal(409, "duplicate");
  }
  const auto add = [&](bool other) {
    stored_claim one;
    one.id = numbered("C-", ++made_, 6);
    one.body = of.body;
    one.at = now;
    one.other = other;
    if (!other) {
      one.reference = text_of(body, "client_reference");
      one.once = of.once;
      one.likeness = *like;
    }
    claims_.push_back(std::move(one));
    others_ += other ? 1 : 0;
  };
  add(false);
  const auto id = claims_.back().id;
  const bool first = claims_.size() == 1;
  for (size_t n = 0; first && n < other_claims; ++n) { // what somebody else of this provider has claimed
    add(true);
    auto& other = claims_.back();
    json_document changed;
    parse(changed, of.body);
    changed.RemoveMember("client_reference");
    if (auto found = changed.FindMember("beneficiary_id"); found != changed.MemberEnd())
      found->value.SetString("0099999999");
    json_text text;
    changed.Accept(text.writer);
    other.body = text.take();
  }
  const auto found = std::find_if(claims_.begin(), claims_.end(),
                                  [&](const auto& each) { return each.id == id; });
  return answer(201, claim_text(*found, now));
}

simulated simulator::list_claims(const std::map<std::string, std::string>& query, const std::string& target,
                                 timestamp now) {
  const auto wanted = [&](const char* name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  std::vector<const stored_claim*> all;
  for (auto each = claims_.rbegin(); each != claims_.rend(); ++each) {
    const auto day = wanted("service_date");
    if (day.empty() || said(each->body, "service_date") == day) all.push_back(&*each);
  }
  size_t from = 0;
  for (const char c : wanted("offset")) from = from * 10 + size_t(c - '0') % 10;
  std::string items;
  for (size_t at = from; at < all.size() && at < from + by_.page; ++at)
    items += (items.empty() ? "" : ",") + claim_text(*all[at], now);
  std::string next = "null";
  if (from + by_.page < all.size()) {
    const auto base = target.substr(0, target.find("&offset="));
    next = "\"" + base + "&offset=" + std::to_string(from + by_.page) + "\"";
  }
  return answer(
    200, R"({"items":[)" + items + R"(],"next":)" + next + R"(,"total":)" + std::to_string(all.size()) + "}");
}

/// What becomes of it follows from its number: most are approved and paid, some in part, some not.
std::string simulator::claim_text(const stored_claim& of, timestamp now) const {
  const auto steps = (now - of.at) / std::max<timestamp::duration>(by_.pace, 1ms);
  const auto fate = number_of(of.id) % 10; // 0: rejected, 1 and 2: in part
  const bool decided = steps >= 2;
  json_document body;
  parse(body, of.body);
  auto& memory = body.GetAllocator();
  const auto set = [&](json_value& where, const char* name, json_value value) {
    where.RemoveMember(name);
    where.AddMember(rapidjson::StringRef(name), value, memory);
  };
  const auto text = [&](const std::string& value) { return json_value(value.c_str(), memory); };
  double total = 0;
  if (auto lines = body.FindMember("line_items"); lines != body.MemberEnd() && lines->value.IsArray()) {
    int number = 0;
    for (auto& each : lines->value.GetArray()) {
      if (!each.IsObject()) continue;
      ++number;
      const auto* price = member(each, "total_price");
      const bool approved = fate != 0 && (fate > 2 || number % 2 == 1);
      const double amount = approved && price != nullptr && price->IsNumber() ? price->GetDouble() : 0;
      if (!decided) continue;
      set(each, "approved", json_value(approved));
      set(each, "approved_amount", json_value(amount));
      if (!approved) set(each, "rejection_reason", text("Δεν καλύπτεται από το παραπεμπτικό"));
      total += amount;
    }
  }
  const char* state = steps < 1 ? "submitted"
    : !decided                  ? "under_review"
    : fate == 0                 ? "rejected"
    : steps >= 3                ? "paid"
    : fate <= 2                 ? "partially_approved"
                                : "approved";
  set(body, "claim_id", text(of.id));
  set(body, "status", text(state));
  set(body, "submitted_at", text(to_iso(of.at)));
  if (decided) set(body, "total_approved", json_value(total));
  if (decided && fate == 0) set(body, "rejection_reason", text("Εκτός κάλυψης"));
  if (!by_.knows_references) body.RemoveMember("client_reference");
  json_text out;
  body.Accept(out.writer);
  return out.take();
}

std::vector<std::string> simulator::references() const {
  std::vector<std::string> out;
  for (const auto& each : claims_)
    if (!each.other) out.push_back(each.reference);
  return out;
}

} // namespace aorta::gesy
