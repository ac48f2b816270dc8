// Patient/{id}/$everything (FHIR R4 Patient, operation everything): the patient, then all of its rows table
// by table, then what FHIR keeps alone. Encounter/{id}/$everything: the encounter, then what refers to it,
// parameter by parameter, and whatever these name.
#include "engine/fhir/search_criterion.hpp"
#include "engine/fhir/validate.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"
#include "engine/rest/sources.hpp"
#include "engine/rest/versions.hpp"
#include "engine/rest/whole_record.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

namespace aorta::rest {
namespace {

struct everything_question {
  bool of_patient = true; ///< else of an encounter
  std::optional<timestamp> start, end, since;
  std::vector<std::string> types; ///< empty: all
  int count = 1000;
  std::string cursor;
  std::vector<std::pair<std::string, std::string>> applied;
  std::vector<fhir::issue> faults;
};

void read_types(everything_question& to, std::string_view list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto type = list.substr(0, comma);
    if (!fhir::is_resource_type(type))
      return refuse(to.faults, "_type", "value", "_type takes names of resources");
    to.types.emplace_back(type);
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
}

/// The span that a date means, through the reader of searches.
std::optional<fhir::search_value> day(const std::string& value) {
  auto read = fhir::read_query("Observation", {{"date", value}}, false);
  if (!read.faults.empty() || read.value.all.size() != 1 || read.value.all[0].any_of.size() != 1 ||
      !fhir::is_datetime(value))
    return std::nullopt;
  return std::move(read.value.all[0].any_of[0]);
}

void read_everything_parameter(everything_question& to, const std::string& name, const std::string& value,
                               const surroundings& around, bool tolerant) {
  if (name == "_cursor") {
    to.cursor = value;
    return;
  }
  if (to.of_patient && (name == "start" || name == "end")) {
    const auto read = day(value);
    if (!read) return refuse(to.faults, name, "value", "this takes a date");
    if (name == "start") to.start = read->from;
    else to.end = read->to;
  } else if (name == "_since") {
    timestamp at;
    if (!fhir::is_instant(value) || !from_iso(value, at))
      return refuse(to.faults, name, "value", "_since takes an instant");
    to.since = at;
  } else if (name == "_type") {
    read_types(to, value);
  } else if (name == "_count") {
    int count = 0;
    const auto [last, fault] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (fault != std::errc() || last != value.data() + value.size() || count < 1)
      return refuse(to.faults, name, "value", "_count takes a number from 1");
    to.count = std::min(count, around.most_count);
  } else if (name != "_format" && name != "_pretty" && name != "_elements" && name != "_summary") {
    if (!tolerant) refuse(to.faults, name, "not-supported", "$everything does not take this parameter");
    return;
  }
  to.applied.emplace_back(name, value);
}

bool wanted(const everything_question& how, std::string_view type, const grant& who) {
  return (how.types.empty() || std::find(how.types.begin(), how.types.end(), type) != how.types.end()) &&
    who.may(access::read, type);
}

bool in_time(const everything_question& how, const standing& what) {
  if (how.since && what.last_updated && *what.last_updated < *how.since) return false;
  if (!how.start && !how.end) return true;
  const auto when = fhir::terms_of(*what.resource);
  if (!when.from && !when.to) return true;
  return (!how.start || !when.to || *when.to >= *how.start) &&
    (!how.end || !when.from || *when.from < *how.end);
}

/// The types whose resources belong to a patient, in the order in which they are shown. `kept`: those of
/// which FHIR alone keeps something.
std::vector<std::string_view> compartment(const everything_question& how, const grant& who,
                                          const std::vector<std::string>& kept) {
  std::vector<std::string_view> out;
  for (const auto type : fhir::served_types())
    if (!is_shared_type(type) && wanted(how, type, who) &&
        (!fhir::is_kept_alone(type) || std::binary_search(kept.begin(), kept.end(), type)))
      out.push_back(type);
  return out;
}

class record_walk {
public:
  record_walk(repository& in, fhir::document& into, const everything_question& how, model::patient_id patient)
      : in_(in),
        into_(into),
        how_(how) {
    by_.patients = {patient};
  }

  status from(const std::string& after) {
    const auto kept = in_.session().kept_types(by_.patients.front());
    if (!kept) return kept.error();
    const auto types = compartment(how_, in_.who(), *kept);
    const auto colon = after.find('/');
    auto type = after.empty()
      ? types.begin()
      : std::find(types.begin(), types.end(), std::string_view(after).substr(0, colon));
    auto past = after.empty() || colon == after.npos ? std::string() : after.substr(colon + 1);
    if (!after.empty() && type == types.end())
      return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
    if (after.empty()) announce(types);
    for (; type != types.end(); ++type, past.clear())
      if (auto s = all_of(*type, std::move(past)); !s || !next.empty()) return s;
    return done{};
  }

  std::vector<standing> found;
  std::string next;

private:
  int rows() const { return std::min(how_.count, 1000) + 1; }

  void announce(const std::vector<std::string_view>& types) {
    for (const auto type : types)
      for (auto& each : sources_of(type, by_, in_.who())) {
        if (each.skip) continue;
        each.rows.limit = each.entries.limit = rows();
        if (each.table) in_.session().expect(each.rows);
        else in_.session().expect(each.entries);
      }
  }

  status all_of(std::string_view type, std::string past) {
    for (;;) {
      auto batch = in_.scan(into_, type, by_, past, rows());
      if (!batch) return batch.error();
      for (auto& each : batch->found) {
        // What is somebody else's, or several people's, only names the patient.
        if (fhir::is_kept_alone(type) && each.patient != by_.patients.front()) continue;
        if (!in_time(how_, each)) continue;
        if (int(found.size()) == how_.count) {
          next = found.back().type + "/" + found.back().position;
          return done{};
        }
        found.push_back(std::move(each));
      }
      if (batch->next.empty()) return done{};
      past = std::move(batch->next);
    }
  }

  repository& in_;
  fhir::document& into_;
  const everything_question& how_;
  fhir::narrowing by_;
};

/// The laboratory that a row of the page names, without asking for it.
std::optional<standing> named_laboratory(fhir::document& into, const std::string& id,
                                         const std::vector<standing>& page) {
  if (!id.starts_with("lab-")) return std::nullopt;
  for (const auto& each : page) {
    if (!each.row || (each.row->of != model::table::lab_results && each.row->of != model::table::lab_orders))
      continue;
    if (each.row->text(each.row->of == model::table::lab_orders ? "lab_facility_code"
                                                                : "performing_lab_code") == id.substr(4))
      return stand_laboratory(into, id, *each.row);
  }
  return std::nullopt;
}

/// All that refers to one encounter. A position is the number of a reference, and the place in its search.
class visit_walk {
public:
  visit_walk(repository& in, fhir::document& into, const everything_question& how, const standing& visit)
      : in_(in),
        into_(into),
        how_(how),
        visit_(visit) {
    for (const auto type : fhir::served_types())
      for (const auto& each : fhir::parameters_of(type))
        if (each.type == fhir::parameter_type::reference && may_name(each, "Encounter"))
          references_.push_back({type, &each});
  }

  status from(const std::string& after) {
    const auto slash = after.find('/');
    const auto number = after.substr(0, slash);
    if (!after.empty() &&
        (slash == after.npos || !is_number(number) || std::stoul(number) >= references_.size()))
      return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
    auto past = after.empty() ? std::string() : after.substr(slash + 1);
    for (size_t i = after.empty() ? 0 : std::stoul(number); i < references_.size(); ++i, past.clear()) {
      if (!wanted(how_, references_[i].of, in_.who())) continue;
      if (auto s = all_by(i, std::move(past)); !s || !next.empty()) return s;
    }
    return done{};
  }

  /// Whether one of the references before `end` tells this resource.
  bool is_told(const standing& what, size_t end) const {
    return std::any_of(references_.begin(), references_.begin() + long(end), [&](const reference& each) {
      if (each.of != what.type) return false;
      const auto all = fhir::references_of(*what.resource, *each.by);
      return std::any_of(all.begin(), all.end(), [&](const std::string& one) {
        const auto own = own_reference(one, in_.around().base);
        return own && own->first == visit_.type && own->second == visit_.id;
      });
    });
  }
  bool is_told(const standing& what) const {
    return (what.type == visit_.type && what.id == visit_.id) || is_told(what, references_.size());
  }

  std::vector<standing> found;
  std::string next;

private:
  struct reference {
    std::string_view of;
    const fhir::search_parameter* by;
  };

  /// Rows are looked for among the patient's: not every column that names an encounter has an index.
  fhir::query question(const reference& of) const {
    fhir::query out;
    out.type = of.of;
    const auto add = [&](const fhir::search_parameter* by, std::string_view type, const std::string& id) {
      auto& one = out.all.emplace_back();
      one.what = by;
      one.any_of.resize(1);
      one.any_of[0].type = type;
      one.any_of[0].text = id;
    };
    add(of.by, visit_.type, visit_.id);
    const auto* patient = fhir::is_kept_alone(of.of) ? nullptr : fhir::find_parameter(of.of, "patient");
    if (patient != nullptr && visit_.patient) add(patient, "Patient", std::to_string(*visit_.patient));
    return out;
  }

  status all_by(size_t number, std::string past) {
    auto asked = question(references_[number]);
    for (;;) {
      const int left = how_.count - int(found.size());
      if (left <= 0) {
        next = std::to_string(number) + "/" + past;
        return done{};
      }
      asked.cursor = past;
      auto page = search(in_, into_, asked, left);
      if (!page) return page.error();
      for (auto& each : page->matches)
        if (in_time(how_, each) && !(each.type == visit_.type && each.id == visit_.id) &&
            !is_told(each, number))
          found.push_back(std::move(each));
      if (page->next.empty()) return done{};
      past = std::move(page->next);
    }
  }

  repository& in_;
  fhir::document& into_;
  const everything_question& how_;
  const standing& visit_;
  std::vector<reference> references_;
};

/// What the page's resources name: of a patient's practitioners, organizations and locations, of an
/// encounter's all.
result<std::vector<standing>> referred(repository& in, fhir::document& into, const everything_question& how,
                                       std::vector<standing>& page) {
  std::set<std::pair<std::string, std::string>> names;
  for (auto& each : page)
    fhir::each_reference(*each.resource, [&](fhir::node& reference) {
      auto own = own_reference(reference.text, in.around().base);
      if (own && (is_shared_type(own->first) || !how.of_patient) && wanted(how, own->first, in.who()))
        names.insert(std::move(*own));
    });
  for (const auto& each : page) names.erase({each.type, each.id});
  std::vector<standing> out;
  std::vector<std::pair<std::string, std::string>> others;
  for (const auto& each : names) {
    auto known = each.first == "Organization" ? named_laboratory(into, each.second, page) : std::nullopt;
    if (known) out.push_back(std::move(*known));
    else others.push_back(each);
  }
  if (others.empty()) return out;
  for (auto& each : in.load_all(into, others)) {
    if (!each) return each.error();
    if (*each && !(*each)->deleted) out.push_back(std::move(**each));
  }
  return out;
}

/// What is asked, in the address or as Parameters; nothing: `refused`.
std::optional<everything_question> asked_for(const repository& in, const request& what, bool of_patient,
                                             reply& refused) {
  everything_question how;
  how.of_patient = of_patient;
  how.count = in.around().most_count;
  const auto sent = sent_parameters(what, refused);
  if (!sent) return std::nullopt;
  for (const auto& [name, value] : *sent)
    read_everything_parameter(how, name, value, in.around(), lenient(what));
  if (how.faults.empty()) return how;
  refused = refusal(400, how.faults);
  return std::nullopt;
}

/// One record, and a page of it: its address below the base is what the cursor belongs to.
class everything_page {
public:
  everything_page(const surroundings& around, const everything_question& how, const std::string& of)
      : around_(around),
        how_(how) {
    question_.type = of + "/$everything";
    question_.applied = how.applied;
  }
  /// Nothing: the cursor is none of this question.
  std::optional<std::string> after() const {
    return how_.cursor.empty() ? std::string() : unseal(question_of(question_), how_.cursor);
  }
  reply tell(const request& what, fhir::document& into, const std::vector<standing>& found,
             const std::vector<standing>& named, const std::string& next) const {
    auto* bundle = bundle_of(into, "searchset");
    if (how_.cursor.empty() && next.empty()) into.add(*bundle, "total", into.number(int64_t(found.size())));
    const auto url = around_.base + "/" + question_.type;
    add_link(into, *bundle, "self", link_of(url, how_.applied, how_.cursor));
    if (!next.empty())
      add_link(into, *bundle, "next", link_of(url, how_.applied, seal(question_of(question_), next)));
    for (const auto& each : found) add_entry(into, *bundle, url_of(around_, each), each.resource, "match");
    for (const auto& each : named) add_entry(into, *bundle, url_of(around_, each), each.resource, "include");
    reply out;
    if (what.method == "POST" && !how_.applied.empty()) out.searched = link_of({}, how_.applied).substr(1);
    request shown = what;
    shown.query = how_.applied;
    out.body = body_of(shown, *bundle);
    return out;
  }

private:
  const surroundings& around_;
  const everything_question& how_;
  fhir::query question_;
};

reply foreign_cursor() {
  return refusal(400, "invalid", "this cursor was changed or belongs to another question", "_cursor");
}

} // namespace

result<std::optional<whole_record>> whole_record_of(repository& in, fhir::document& into,
                                                    model::patient_id patient) {
  everything_question how;
  how.count = std::numeric_limits<int>::max();
  record_walk all(in, into, how, patient);
  if (auto s = all.from({}); !s) return s.error();
  if (all.found.empty() || all.found.front().type != "Patient") return std::optional<whole_record>();
  auto named = referred(in, into, how, all.found);
  if (!named) return named.error();
  return std::optional(whole_record{std::move(all.found), std::move(*named)});
}

result<std::vector<standing>> named_by(repository& in, fhir::document& into, std::vector<standing>& page) {
  return referred(in, into, everything_question{}, page);
}

reply everything(repository& in, const request& what, const std::string& patient) {
  reply refused;
  const auto asked = asked_for(in, what, true, refused);
  if (!asked) return refused;
  const auto& how = *asked;
  if (!is_number(patient)) return not_found();
  const everything_page page(in.around(), how, "Patient/" + patient);
  const auto after = page.after();
  if (!after) return foreign_cursor();
  fhir::document into;
  record_walk all(in, into, how, std::stoll(patient));
  if (!wanted(how, "Patient", in.who()) || !after->empty()) {
    fhir::document passing;
    auto self = in.load(passing, "Patient", patient);
    if (!self) return refusal(self.error());
    if (!*self) return not_found();
    if ((*self)->deleted) return gone(**self);
  }
  if (auto s = all.from(*after); !s) return refusal(s.error());
  if (after->empty() && wanted(how, "Patient", in.who()) &&
      (all.found.empty() || all.found.front().type != "Patient")) {
    auto self = in.load(into, "Patient", patient); // deleted, not there, or not changed since
    if (!self) return refusal(self.error());
    if (!*self) return not_found();
    if ((*self)->deleted) return gone(**self);
  }
  auto others = referred(in, into, how, all.found);
  if (!others) return refusal(others.error());
  auto out = page.tell(what, into, all.found, *others, all.next);
  out.about = std::stoll(patient);
  return out;
}

reply encounter_everything(repository& in, const request& what, const std::string& encounter) {
  reply refused;
  const auto asked = asked_for(in, what, false, refused);
  if (!asked) return refused;
  const everything_page page(in.around(), *asked, "Encounter/" + encounter);
  const auto after = page.after();
  if (!after) return foreign_cursor();
  fhir::document into;
  auto visit = in.load(into, "Encounter", encounter);
  if (!visit) return refusal(visit.error());
  if (!*visit) return not_found();
  if ((*visit)->deleted) return gone(**visit);
  const auto self = **visit;

  visit_walk all(in, into, *asked, self);
  if (after->empty() && wanted(*asked, "Encounter", in.who()) && in_time(*asked, self))
    all.found.push_back(self);
  if (auto s = all.from(*after); !s) return search_refusal(s.error());
  auto others = referred(in, into, *asked, all.found);
  if (!others) return refusal(others.error());
  std::erase_if(*others, [&](const standing& each) { return all.is_told(each); }); // on another page
  auto out = page.tell(what, into, all.found, *others, all.next);
  auto shown = all.found;
  shown.insert(shown.end(), others->begin(), others->end());
  shown.push_back(self);
  out.about = only_patient(shown);
  return out;
}

} // namespace aorta::rest
