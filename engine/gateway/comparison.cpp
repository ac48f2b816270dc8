#include "engine/gateway/comparison.hpp"

#include "engine/api/job_text.hpp"
#include "engine/api/reissue.hpp"
#include "engine/gateway/file_trial.hpp"
#include "engine/gateway/surroundings.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "routes/kinds.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <future>
#include <set>

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

using rows = std::vector<const rapidjson::Value*>;

/// The results of a report, each under its order, code and place among such, or without the order.
struct read_results {
  rapidjson::Document json;

  explicit read_results(const api::explanation& of) { (void)api::parse_object(json, api::to_json(of)); }
  rows all() const {
    rows out;
    if (!json.IsObject() || !json.HasMember("results") || !json["results"].IsArray()) return out;
    for (const auto& each : json["results"].GetArray()) out.push_back(&each);
    return out;
  }
};

std::string code_of(const rapidjson::Value& row) { return api::word_in(row["sent"], "code"); }

std::map<std::string, const rapidjson::Value*> by_key(const rows& all, bool with_order) {
  std::map<std::string, const rapidjson::Value*> out;
  std::map<std::string, int> seen;
  for (const auto* each : all) {
    auto key = code_of(*each) + '\n' + api::word_in(*each, "sub_id") + '\n';
    if (with_order)
      key += api::word_in(*each, "filler_order_number") + '\n' + api::word_in(*each, "placer_order_number") +
        '\n';
    out.emplace(key + std::to_string(seen[key]++), each);
  }
  return out;
}

/// What sort of rule made it is told where its words are the profile's own.
bool is_of_profile(const lab::rule_note& note) {
  return (note.rule == "code" || note.rule == "unit") && note.detail.find(" -> ") != note.detail.npos;
}

/// The rules of this code that only the second reading has.
std::string new_rules(const api::explanation& before, const api::explanation& after, std::string_view code) {
  const auto of = [&](const api::explanation& read) {
    std::set<std::string> out;
    if (!read.report) return out;
    for (const auto& result : read.report->results) {
      if (result.sent.code != code) continue;
      const auto place = "OBX[" + std::to_string(result.set_id) + "]";
      for (const auto& note : read.report->rules)
        if (note.where.starts_with(place) && is_of_profile(note)) out.insert(note.rule + " " + note.detail);
    }
    return out;
  };
  const auto was = of(before);
  std::string out;
  for (const auto& each : of(after))
    if (!was.contains(each)) out += (out.empty() ? "" : "; ") + each;
  return out;
}

/// A code that no profile knows, and a unit that nobody knows, may be whatever a laboratory wrote there.
std::string place_of_row(const rapidjson::Value& row, const api::explanation& of) {
  return of.profile + " " + (row["loinc_code"].IsString() ? code_of(row) : "(codes that are not mapped)");
}

void compare_rows(const rapidjson::Value& was, const rapidjson::Value& is, const api::explanation& before,
                  const api::explanation& after, found_differences& out) {
  const auto& named = is["loinc_code"].IsString() ? is : was;
  const auto where = place_of_row(named, after);
  for (const auto& [name, value] : is.GetObject()) {
    const std::string_view field(name.GetString(), name.GetStringLength());
    const auto other = was.FindMember(name);
    if (among(not_compared, field) || other == was.MemberEnd() || other->value == value) continue;
    const auto shown = [&](const rapidjson::Value& row, const rapidjson::Value& of) {
      if (!among(told_as_they_are, field)) return std::string();
      return field == "unit" && api::flag_in(row, "needs_review") ? "another" : plain(of);
    };
    const auto code = named["loinc_code"].IsString() ? code_of(named) : "";
    ++out[{std::string(field), where, shown(was, other->value), shown(is, value),
           code.empty() ? "" : new_rules(before, after, code)}];
  }
}

void compare_results(const api::explanation& before, const api::explanation& after, found_differences& out) {
  const read_results first(before), second(after);
  auto left = first.all(), added = second.all();
  for (const bool with_order : {true, false}) { // an edit may change an order's number
    const auto was = by_key(left, with_order), is = by_key(added, with_order);
    rows gone, fresh;
    for (const auto& [key, row] : was)
      if (!is.contains(key)) gone.push_back(row);
    for (const auto& [key, row] : is) {
      const auto old = was.find(key);
      if (old == was.end()) fresh.push_back(row);
      else compare_rows(*old->second, *row, before, after, out);
    }
    left = std::move(gone);
    added = std::move(fresh);
  }
  for (const auto* row : left) ++out[{"row-gone", place_of_row(*row, before), "", "", ""}];
  for (const auto* row : added) ++out[{"row-added", place_of_row(*row, after), "", "", ""}];
}

std::string without_numbers(const std::string& place) {
  std::string out;
  bool inside = false;
  for (const char c : place) {
    if (c == '[') inside = true;
    if (!inside) out += c;
    if (c == ']') inside = false;
  }
  return out;
}

/// Which edits did something, by the place that they changed.
std::multiset<std::pair<std::string, std::string>> edited(const api::explanation& of) {
  std::multiset<std::pair<std::string, std::string>> out;
  for (const auto& each : of.edits)
    for (const auto& change : each.changes)
      if (change.before != change.after) out.emplace(change.where, change.after);
  return out;
}

/// What a configuration makes of a message.
struct one_reading {
  api::explanation told;
  std::multiset<std::string> sends; ///< destinations
  bool whole = true;                ///< false: what it would write is not compared
};

found_differences compare(const one_reading& first, const one_reading& second) {
  const auto &before = first.told, &after = second.told;
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
  for (const auto& to : second.sends)
    if (first.sends.count(to) < second.sends.count(to)) ++out[{"sends", where, "", to, ""}];
  for (const auto& to : first.sends)
    if (second.sends.count(to) < first.sends.count(to)) ++out[{"sends", where, to, "", ""}];
  const auto was = edited(before), is = edited(after);
  for (const auto& each : is)
    if (was.count(each) < is.count(each))
      ++out[{"edit", where + " " + without_numbers(each.first), "", "", ""}];
  for (const auto& each : was)
    if (is.count(each) < was.count(each))
      ++out[{"edit-gone", where + " " + without_numbers(each.first), "", "", ""}];
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
  result<std::vector<one_reading>> read(std::span<const ports::stored_message> messages) {
    std::vector<one_reading> out(messages.size());
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
        for (size_t i = 0; i < batch.size(); ++i) out[first + i].told = explanation_of(*batch[i], {}, "");
        continue;
      }
      auto& by = running_for(*taken);
      lane_->why_away.clear();
      if (const auto ran = by.steps.run(batch, *lane_); !ran) return ran.error();
      if (!lane_->why_away.empty()) return error{error_code::store_unavailable, "", lane_->why_away};
      for (size_t i = 0; i < batch.size(); ++i) out[first + i] = reading_of(*batch[i], by.of.how);
    }
    return out;
  }

private:
  static one_reading reading_of(const pipeline::envelope& mail, const config::route& by) {
    one_reading out;
    out.told = explanation_of(mail, by, "");
    out.whole = out.told.report || out.told.fault || out.told.held;
    for (const auto& each : mail.forwards) out.sends.insert(each.destination);
    return out;
  }

  static pipeline::envelope_ptr envelope_of(const ports::stored_message& message) {
    return pipeline::stored_envelope(message.log, message.raw, ports::filing::mode::first);
  }

  const config::route* route_for(pipeline::envelope& mail) const {
    const auto header = pipeline::read_header(mail);
    if (pipeline::has_no_header(mail.listener)) { // as the routing table does
      for (const auto& route : by_.routes)
        if (routes::brings(mail.listener, route)) return &route;
      mail.fail({error_code::unsupported_type, "", "no route takes it"});
      return nullptr;
    }
    if (!header) {
      mail.fail(header.error());
      return nullptr;
    }
    const auto chosen = offers_.choose(mail.listener, mail.header, mail.bytes);
    if (chosen) return chosen->front();
    mail.fail(chosen.error());
    return nullptr;
  }

  pipeline::running_route& running_for(const config::route& how) {
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
  std::map<std::string, pipeline::running_route> running_; ///< by the route's name
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

namespace {

/// What may be so since the store changed between the two readings.
bool may_be_of_the_moment(const found_differences& found) {
  return std::any_of(found.begin(), found.end(), [](const auto& each) {
    return each.first.what == "patient" || each.first.what == "status" ||
      each.first.what.starts_with("review");
  });
}

} // namespace

void comparison::note(const uuid& message, std::map<reading_difference, int>&& found) {
  if (found.empty()) return;
  ++differ_;
  for (auto& [what, count] : found) {
    const auto known = all_.find(what);
    if (known == all_.end() && all_.size() >= most_kinds) {
      ++others_;
      continue;
    }
    auto& one = known == all_.end() ? all_[what] : known->second;
    ++one.messages;
    if (one.examples.size() < most_examples) one.examples.push_back(message);
  }
}

status comparison::add(std::vector<ports::stored_message> messages_given) {
  gone_ += std::erase_if(messages_given, [](const auto& each) { return each.gone; });
  const std::span<const ports::stored_message> messages(messages_given);
  const auto read_by = [&](reader& by, std::span<const ports::stored_message> these) {
    try {
      return by.read(these);
    } catch (const std::exception&) { // what() may name anything
      return result<std::vector<one_reading>>(error{error_code::internal, "", "a message could not be read"});
    }
  };
  auto beside = std::async(std::launch::async, [&] { return read_by(*before_, messages); });
  const auto is = read_by(*after_, messages);
  const auto was = beside.get();
  if (!was) return was.error();
  if (!is) return is.error();
  for (size_t i = 0; i < messages.size(); ++i) {
    ++read_;
    if (!(*was)[i].whole || !(*is)[i].whole) ++partly_;
    auto found = compare((*was)[i], (*is)[i]);
    if (may_be_of_the_moment(found)) {
      const auto again = read_by(*after_, messages.subspan(i, 1)),
                 first = read_by(*before_, messages.subspan(i, 1));
      if (again && first) found = compare(first->front(), again->front());
    }
    note(messages[i].log.id, std::move(found));
  }
  return done{};
}

result<size_t> compare_logged(ports::message_log& in, ports::affected_filter by, comparison& with,
                              const std::function<bool(size_t of)>& heard) {
  constexpr size_t at_once = 64;
  by.most = api::most_reissued + 1;
  const auto ids = in.affected(by);
  if (!ids) return ids.error();
  if (int(ids->size()) > api::most_reissued)
    return error{error_code::invalid, "",
                 "more than " + std::to_string(api::most_reissued) + " messages: narrow the time"};
  const auto goes_on = [&] { return !heard || heard(ids->size()); };
  for (size_t at = 0; goes_on() && at < ids->size(); at += at_once) {
    const std::vector<uuid> some(ids->begin() + std::ptrdiff_t(at),
                                 ids->begin() + std::ptrdiff_t(std::min(at + at_once, ids->size())));
    auto messages = in.stored(by.clinic, some);
    if (!messages) return messages.error();
    std::sort(messages->begin(), messages->end(), [](const auto& a, const auto& b) {
      return std::pair(a.log.received_at, a.log.id) < std::pair(b.log.received_at, b.log.id);
    });
    if (const auto good = with.add(std::move(*messages)); !good) return good.error();
  }
  return ids->size();
}

} // namespace aorta::gateway
