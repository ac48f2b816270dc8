#include "engine/gateway/comparison.hpp"

#include "engine/api/job_text.hpp"
#include "engine/gateway/file_trial.hpp"
#include "engine/gateway/surroundings.hpp"
#include "routes/kinds.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace aorta::gateway {
namespace {

using found_differences = std::map<reading_difference, int>;
constexpr size_t most_kinds = 2'000, most_examples = 5;

/// Of a result: what comes from a vocabulary is told as it is, of the rest only that it differs.
constexpr std::string_view told_as_they_are[]{
  "loinc_code",     "unit",         "abnormal_flag", "result_status",
  "critical_value", "needs_review", "value_kind",    "performing_lab_code"};
/// What each reading makes anew, or what follows from the patient.
constexpr std::string_view not_compared[]{"id",          "lab_order_id", "patient_id", "clinic_id",
                                          "message_id",  "created_at",   "version",    "current",
                                          "verified_by", "verified_at",  "sent"};

template <size_t N>
bool among(const std::string_view (&all)[N], std::string_view name) {
  return std::find(std::begin(all), std::end(all), name) != std::end(all);
}

std::string plain(const rapidjson::Value& of) {
  if (of.IsString()) return {of.GetString(), of.GetStringLength()};
  if (of.IsBool()) return of.GetBool() ? "yes" : "no";
  return of.IsNull() ? "none" : "";
}

/// The results of a report, each under the order, the code and the place among such.
struct read_results {
  rapidjson::Document json;
  std::map<std::string, const rapidjson::Value*> all;

  explicit read_results(const api::explanation& of) {
    if (!api::parse_object(json, api::to_json(of))) return;
    const auto results = json.FindMember("results");
    if (results == json.MemberEnd() || !results->value.IsArray()) return;
    std::map<std::string, int> seen;
    for (const auto& each : results->value.GetArray()) {
      const auto key = api::word_in(each, "filler_order_number") + '\n' +
        api::word_in(each, "placer_order_number") + '\n' + api::word_in(each["sent"], "code") + '\n' +
        api::word_in(each, "sub_id");
      all.emplace(key + '\n' + std::to_string(seen[key]++), &each);
    }
  }
};

/// The rules of this result that only the second reading has.
std::string new_rules(const api::explanation& before, const api::explanation& after, std::string_view code) {
  std::set<std::string> known;
  const auto text = [](const lab::rule_note& note) { return note.rule + " " + note.detail; };
  if (before.report)
    for (const auto& note : before.report->rules) known.insert(text(note));
  std::string out;
  if (!after.report) return out;
  for (const auto& result : after.report->results) {
    if (result.sent.code != code) continue;
    const auto place = "OBX[" + std::to_string(result.set_id) + "]";
    for (const auto& note : after.report->rules)
      if (note.where.starts_with(place) && !known.contains(text(note)))
        out += (out.empty() ? "" : "; ") + text(note);
    break;
  }
  return out;
}

void compare_results(const api::explanation& before, const api::explanation& after, found_differences& out) {
  const read_results was(before), is(after);
  const auto where = [&](const rapidjson::Value& row, const api::explanation& of) {
    return of.profile + " " + api::word_in(row["sent"], "code");
  };
  for (const auto& [key, row] : was.all)
    if (!is.all.contains(key)) ++out[{"row-gone", where(*row, before), "", "", ""}];
  for (const auto& [key, row] : is.all) {
    const auto old = was.all.find(key);
    if (old == was.all.end()) {
      ++out[{"row-added", where(*row, after), "", "", ""}];
      continue;
    }
    for (const auto& [name, value] : row->GetObject()) {
      const std::string_view field(name.GetString(), name.GetStringLength());
      const auto other = old->second->FindMember(name);
      if (among(not_compared, field) || other == old->second->MemberEnd() || other->value == value) continue;
      const bool tell = among(told_as_they_are, field);
      ++out[{std::string(field), where(*row, after), tell ? plain(other->value) : "",
             tell ? plain(value) : "", new_rules(before, after, api::word_in((*row)["sent"], "code"))}];
    }
  }
}

/// Which edits did something, by the place that they changed.
std::multiset<std::pair<std::string, std::string>> edited(const api::explanation& of) {
  std::multiset<std::pair<std::string, std::string>> out;
  for (const auto& each : of.edits)
    for (const auto& change : each.changes)
      if (change.before != change.after) out.emplace(change.where, change.after);
  return out;
}

found_differences compare(const api::explanation& before, const api::explanation& after) {
  found_differences out;
  const auto where = after.route.empty() ? before.route : after.route;
  const auto differs = [&](const char* what, const std::string& was, const std::string& is) {
    if (was != is) ++out[{what, where, was, is, ""}];
  };
  const auto code = [](const std::optional<error>& why) {
    return why ? std::string(name(why->code)) : "none";
  };
  differs("route", before.route, after.route);
  differs("profile", before.profile, after.profile);
  differs("status", before.status, after.status);
  differs("error", code(before.fault), code(after.fault));
  differs("held", before.held ? "yes" : "no", after.held ? "yes" : "no");
  differs("ack", before.ack_code, after.ack_code);
  const auto decided = [](const api::explanation& of) {
    return of.decision ? std::string(identity::name(of.decision->is)) : "none";
  };
  differs("patient", decided(before), decided(after));
  if (before.decision && after.decision && before.decision->is == after.decision->is &&
      before.decision->patient != after.decision->patient)
    ++out[{"patient", where, "another", "another", ""}];
  const auto was = edited(before), is = edited(after);
  for (const auto& [place, text] : is)
    if (!was.contains({place, text})) ++out[{"edit", where + " " + place, "", "", ""}];
  for (const auto& [place, text] : was)
    if (!is.contains({place, text})) ++out[{"edit-gone", where + " " + place, "", "", ""}];
  const auto reviews = [](const api::explanation& of) {
    std::multiset<std::string> all;
    if (of.report)
      for (const auto& note : of.report->reviews) all.insert(note.rule);
    return all;
  };
  const auto asked = reviews(before), asks = reviews(after);
  for (const auto& each : asks)
    if (asked.count(each) < asks.count(each)) ++out[{"review-added", where + " " + each, "", "", ""}];
  for (const auto& each : asked)
    if (asks.count(each) < asked.count(each)) ++out[{"review-gone", where + " " + each, "", "", ""}];
  if (before.report || after.report) compare_results(before, after, out);
  return out;
}

} // namespace

/// One configuration's reading.
class comparison::reader {
public:
  reader(const parts& with, config::settings by) : with_(with), by_(std::move(by)), offers_(by_) {}

  status open() {
    auto session = with_.store->session();
    if (!session) return session.error();
    session_ = std::move(*session);
    lane_ = std::make_unique<looking_only>(session_.get());
    auto admin = with_.store->admin();
    if (!admin) return admin.error();
    auto all = (*admin)->access().clinics();
    if (!all) return all.error();
    clinics_ = std::move(*all);
    return done{};
  }

  /// In the order of `messages`. An error: the store does not answer.
  result<std::vector<api::explanation>> read(std::span<const ports::stored_message> messages) {
    std::vector<api::explanation> out(messages.size());
    for (size_t at = 0; at < messages.size();) {
      std::vector<pipeline::envelope_ptr> batch; // what goes to one route, one behind the other
      const config::route* taken = nullptr;
      const auto first = at;
      for (; at < messages.size(); ++at) {
        auto mail = envelope_of(messages[at]);
        const auto* route = route_for(*mail);
        if (!batch.empty() && route != taken) break;
        taken = route;
        batch.push_back(std::move(mail));
      }
      if (taken == nullptr) {
        for (size_t i = 0; i < batch.size(); ++i) out[first + i] = explanation_of(*batch[i], {}, "");
        continue;
      }
      auto& by = running_for(*taken);
      if (const auto ran = by.steps.run(batch, *lane_); !ran) return ran.error();
      if (!lane_->why_away.empty()) return error{error_code::store_unavailable, "", lane_->why_away};
      for (size_t i = 0; i < batch.size(); ++i) out[first + i] = explanation_of(*batch[i], by.of.how, "");
    }
    return out;
  }

private:
  struct running {
    pipeline::route of;
    pipeline::lane_steps steps;
    running(pipeline::route route, const std::vector<pipeline::stage>& stages)
        : of(std::move(route)),
          steps(stages, of) {}
  };

  static pipeline::envelope_ptr envelope_of(const ports::stored_message& message) {
    return pipeline::stored_envelope(message.log, message.raw, ports::filing::mode::again);
  }

  const config::route* route_for(pipeline::envelope& mail) const {
    const auto header = pipeline::read_header(mail);
    if (!header) {
      mail.fail(header.error());
      return nullptr;
    }
    const auto chosen = offers_.choose(mail.listener, mail.header, mail.bytes);
    if (chosen) return chosen->front();
    mail.fail(chosen.error());
    return nullptr;
  }

  running& running_for(const config::route& how) {
    const auto known = running_.find(how.name);
    if (known != running_.end()) return known->second;
    auto of = routes::route_of(by_, how, *with_.clock, *with_.ids);
    of.systems = systems_of(by_.fhir);
    for (const auto& each : clinics_)
      if (each.code == how.clinic) of.clinic = each.id;
    of.explains = true;
    of.stores = false;
    return running_.try_emplace(how.name, std::move(of), routes::stages_of(how)).first->second;
  }

  parts with_;
  config::settings by_;
  routes::offers offers_;
  std::vector<ports::clinic> clinics_;
  std::unique_ptr<ports::lane> session_;
  std::unique_ptr<looking_only> lane_;
  std::map<std::string, running> running_; ///< by the route's name
};

comparison::comparison() = default;
comparison::~comparison() = default;

result<std::unique_ptr<comparison>> comparison::open(const parts& with, config::settings before,
                                                     config::settings after) {
  std::unique_ptr<comparison> out(new comparison);
  out->before_ = std::make_unique<reader>(with, std::move(before));
  out->after_ = std::make_unique<reader>(with, std::move(after));
  for (auto* each : {out->before_.get(), out->after_.get()})
    if (const auto good = each->open(); !good) return good.error();
  return out;
}

void comparison::note(const uuid& message, std::map<reading_difference, int>&& found) {
  ++read_;
  if (found.empty()) return;
  ++differ_;
  for (auto& [what, count] : found) {
    const auto known = all_.find(what);
    if (known == all_.end() && all_.size() >= most_kinds) continue;
    auto& one = known == all_.end() ? all_[what] : known->second;
    ++one.messages;
    if (one.examples.size() < most_examples) one.examples.push_back(message);
  }
}

status comparison::add(std::span<const ports::stored_message> messages) {
  result<std::vector<api::explanation>> was = std::vector<api::explanation>();
  std::thread beside([&] { was = before_->read(messages); });
  const auto is = after_->read(messages);
  beside.join();
  if (!was) return was.error();
  if (!is) return is.error();
  for (size_t i = 0; i < messages.size(); ++i) note(messages[i].log.id, compare((*was)[i], (*is)[i]));
  return done{};
}

} // namespace aorta::gateway
