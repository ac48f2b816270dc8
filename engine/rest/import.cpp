#include "engine/rest/import_run.hpp"

#include "engine/base/hash.hpp"
#include "engine/fhir/validate.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::rest {
namespace {

constexpr int most_turns = 50; ///< each finds all that one step refuses; what takes more is not worth the
                               ///< clinic's locks

/// `3` in `Bundle.entry[3].resource.code`.
std::optional<size_t> entry_of(std::string_view path) {
  static constexpr std::string_view start = "Bundle.entry[";
  if (!path.starts_with(start)) return std::nullopt;
  size_t number = 0;
  for (size_t i = start.size(); i < path.size(); ++i) {
    if (path[i] == ']') return number;
    if (path[i] < '0' || path[i] > '9') return std::nullopt;
    number = number * 10 + size_t(path[i] - '0');
  }
  return std::nullopt;
}

/// What stands here is critical by the same value.
bool tells_same(const standing& known, const observed_value& value) {
  if (known.resource == nullptr) return false;
  for (const auto& one : interpreted_values(*known.resource))
    if (one.place == value.place &&
        same_reading(shown_value(*one.of, nullptr), shown_value(*value.of, nullptr)))
      return true;
  return false;
}

/// As the persister's answer to the sender has it.
error_code code_of(records::cause why) noexcept {
  switch (why) {
    case records::cause::undone: return error_code::undone;
    case records::cause::store_away: return error_code::store_unavailable;
    case records::cause::conflict: return error_code::conflict;
    default: return error_code::internal;
  }
}

} // namespace

bool goes_along(std::string_view type) {
  constexpr std::string_view all[] = {"Medication", "Specimen", "Substance", "Device", "Binary"};
  return std::find(std::begin(all), std::end(all), type) != std::end(all);
}

std::string content_key(const fhir::node& resource) {
  return "urn:aorta:content|" + fnv1a_of(fhir::write(resource));
}

import_run::import_run(repository& in, fhir::document& bundle, const uuid& message)
    : in_(in),
      doc_(bundle),
      message_(message) {}

result<import_outcome> import_run::run() {
  // Imports of one clinic follow each other: what one creates the next one recognises.
  if (const auto locked = in_.session().lock({"import"}); !locked) return locked.error();
  if (const auto locked = in_.session().lock({std::string(ports::people_lock)}); !locked)
    return locked.error();
  for (const auto step : {&import_run::read, &import_run::meet_patients, &import_run::recognise_all,
                          &import_run::resolve_references, &import_run::carry_unfiled,
                          &import_run::compare_all, &import_run::file})
    if (const auto done = (this->*step)(); !done) return done.error();
  return std::move(*done_);
}

status import_run::read() {
  auto* list = doc_.root->get("entry");
  if (list == nullptr) return done{};
  if (!list->is_array()) return error{error_code::invalid, "Bundle.entry", "entry must be a list"};
  if (list->size > in_.around().most_entries)
    return error{error_code::invalid, "Bundle.entry", "the bundle has more entries than are taken at once"};
  if (const auto* meta = doc_.root->get("meta")) source_ = meta->str("source");
  items_.reserve(list->size);
  size_t number = 0;
  for (auto* each = list->first; each != nullptr; each = each->next) read_entry(*each, number++);
  for (size_t i = 0; i < items_.size(); ++i) by_url_.emplace(items_[i].url, i);
  for (size_t i = 0; i < items_.size(); ++i)
    index_.add(items_[i].sent_url, items_[i].type, items_[i].resource ? items_[i].resource->str("id") : "",
               i);
  return done{};
}

void import_run::read_entry(fhir::node& entry, size_t number) {
  auto& item = items_.emplace_back();
  item.out.number = number;
  item.path = "Bundle.entry[" + std::to_string(number) + "].resource";
  item.sent_url = entry.str("fullUrl");
  item.url = item.sent_url.empty() ? "urn:aorta:entry:" + std::to_string(number) : item.sent_url;
  item.resource = entry.get("resource");
  if (item.resource == nullptr)
    return close(item, fate::not_served, "not-supported", "the entry has no resource");
  item.type = item.out.type = item.resource->str("resourceType");
  const auto served = fhir::served_types();
  if (std::find(served.begin(), served.end(), item.type) == served.end())
    return close(item, fate::not_served, "not-supported",
                 "resources of this type are not served; the message keeps it");
  if (goes_along(item.type))
    return close(item, fate::not_served, "not-supported",
                 "resources of this type go along with what refers to them; the message keeps it");
  if (!in_.who().may(access::write, item.type))
    return close(item, fate::refused, "forbidden", "the key may not write resources of this type");
  fhir::validation how;
  how.root = item.path;
  item.out.issues = fhir::validate(*item.resource, how);
  if (fhir::has_error(item.out.issues)) return;
  for (auto& fault : fhir::to_row(*item.resource, in_.around().systems).faults) {
    fault.path = item.path +
      (fault.path.starts_with(item.type) ? fault.path.substr(item.type.size()) : std::string());
    item.out.issues.push_back(std::move(fault));
  }
  if (fhir::has_error(item.out.issues)) return;
  item.open = true;
  item.origin = origin_of(item);
}

std::string import_run::origin_of(const import_item& each) const {
  if (!each.sent_url.empty()) return source_key(each.sent_url);
  const auto id = each.resource->str("id");
  if (!source_.empty() && !id.empty()) return source_key(source_ + '/' + each.type + '/' + std::string(id));
  return content_key(*each.resource);
}

/// What is refused as it is about to be written is put down, with what is of a patient who is refused, and
/// the rest is tried again.
status import_run::file() {
  for (int turn = 0; turn < most_turns; ++turn) {
    bool again = false;
    if (const auto filed = file_once(again); !filed || !again) return filed;
  }
  return error{error_code::internal, {}, "the bundle could not be filed"};
}

status import_run::file_once(bool& again) {
  writing all(in_, doc_, true);
  std::vector<import_item*> filed;
  for (auto& each : items_) {
    if (!each.open) continue; // others refer to what is unchanged by its id already
    task one;
    one.how = each.known ? task::kind::update : task::kind::create;
    one.resource = each.resource;
    one.type = each.type;
    one.path = each.path;
    one.full_url = each.url;
    one.more_identifiers = {each.origin};
    one.message = message_;
    if (each.known) one.id = each.known->id;
    fhir::document::remove(*each.resource, "id");
    mark(each);
    all.add(std::move(one));
    filed.push_back(&each);
  }
  if (!filed.empty())
    if (const auto refused = all.run()) {
      again = std::all_of(all.refusals().begin(), all.refusals().end(),
                          [this](const records::refusal& each) { return put_down(each); }) &&
        std::any_of(filed.begin(), filed.end(), [](const import_item* each) { return !each->open; });
      if (again) hold_followers();
      if (again) return carry_unfiled();
      return error{code_of(refused->why), {}, "the bundle could not be filed"};
    }
  for (size_t i = 0; i < filed.size(); ++i) {
    const auto& made = all.tasks()[i];
    filed[i]->out.is = !made.writes    ? fate::unchanged
      : made.how == task::kind::create ? fate::created
                                       : fate::updated;
    filed[i]->out.id = made.id;
    filed[i]->out.version_id = made.version_id;
    filed[i]->patient = made.patient;
  }
  if (const auto told = tell_waiting(); !told) return told;
  done_ = outcome(all);
  return done{};
}

bool import_run::put_down(const records::refusal& refused) {
  if (refused.is_of_engine()) return false;
  bool any = false;
  for (const auto& each : refused.issues) {
    const auto number = entry_of(each.path);
    if (!number || *number >= items_.size()) continue;
    auto& item = items_[*number];
    const bool first = item.open;
    any = true;
    item.open = false;
    item.unclear = item.type == "Patient";
    item.out.is = refused.why == cause::conflict ? fate::conflict : fate::refused;
    item.out.issues.push_back({fhir::issue::severity::error, each.code, each.path, each.text});
    if (first && refused.why == cause::conflict && !review(item, each.code, each.text)) return false;
  }
  return any;
}

/// Where it came from, with which message, and how old it is there.
void import_run::mark(import_item& each) {
  auto* meta = each.resource->get("meta");
  if (meta == nullptr)
    meta = doc_.set_first(*each.resource, "meta", doc_.object()), meta = each.resource->get("meta");
  if (meta->str("source").empty()) {
    // A fragment behind `urn:uuid:` would be no UUID any more.
    const auto from = each.sent_url.starts_with("http") ? each.sent_url
      : source_.starts_with("http")                     ? source_
                                                        : std::string("urn:aorta:message");
    doc_.set(*meta, "source", doc_.string(from.substr(0, from.find('#')) + '#' + to_text(message_)));
  }
  const auto* age = meta->get("lastUpdated");
  if (age == nullptr) return;
  auto* extensions = meta->get("extension");
  if (extensions == nullptr)
    extensions = doc_.set_first(*meta, "extension", doc_.array()), extensions = meta->get("extension");
  for (const auto* one = extensions->first; one != nullptr; one = one->next)
    if (one->str("url") == source_time) return;
  auto* told = doc_.push(*extensions, doc_.object());
  doc_.add(*told, "url", doc_.literal(source_time));
  doc_.add(*told, "valueInstant", age->text);
}

/// What waits for a person is filed nowhere, and may be urgent. Filed from the same message later, it is the
/// same alert.
status import_run::tell_waiting() {
  for (const auto& each : items_) {
    if (each.out.is != fate::conflict || each.resource == nullptr) continue;
    for (const auto& value : alarming_values(*each.resource, in_.around().critical)) {
      if (!value.flag) continue;
      auto note = critical_note_of(*each.resource, *value.of, nullptr, model::name(*value.flag));
      note.message = message_;
      note.place = value.place;
      note.content.where = value.path.empty() ? each.path : each.path + '.' + value.path;
      note.waits = true;
      if (each.known && tells_same(*each.known, value)) {
        const bool of_row = each.known->at && each.known->at->of == model::table::lab_results;
        note.result = of_row ? each.known->at->key : each.known->id;
        note.repeats = true;
      }
      if (const auto told = in_.session().alert(note); !told) return told;
    }
  }
  return done{};
}

import_outcome import_run::outcome(writing& run) {
  import_outcome out;
  std::set<model::patient_id> about;
  for (auto& each : items_) {
    if (each.patient &&
        (each.out.is == fate::created || each.out.is == fate::updated || each.out.is == fate::unchanged))
      about.insert(*each.patient);
    out.entries.push_back(std::move(each.out));
  }
  if (about.size() == 1) out.patient = *about.begin();
  for (const auto& each : run.tasks())
    if (each.writes)
      out.critical += int(std::count_if(each.alarms.begin(), each.alarms.end(),
                                        [](const auto& value) { return value.flag.has_value(); }));
  return out;
}

void import_run::close(import_item& each, fate is, std::string_view code, std::string_view text) {
  each.open = false;
  each.out.is = is;
  const auto level = is == fate::not_served ? fhir::issue::severity::warning : fhir::issue::severity::error;
  each.out.issues.push_back({level, std::string(code), each.path, std::string(text)});
}

status import_run::review(import_item& each, std::string_view rule, std::string_view why,
                          const std::vector<model::patient_id>& candidates) {
  fhir::document json;
  auto* reasons = json.array();
  auto* one = json.push(*reasons, json.object());
  json.add(*one, "where", each.path);
  json.add(*one, "rule", rule);
  json.add(*one, "detail", why);
  auto* people = json.array();
  for (const auto id : candidates) json.push(*people, json.string(std::to_string(id)));
  ports::review_item item;
  item.kind = each.type == "Patient" ? "fhir-patient" : "fhir-conflict";
  item.reasons_json = fhir::write(*reasons);
  item.candidates_json = fhir::write(*people);
  item.state = "open";
  return in_.session().review(message_, item);
}

result<import_outcome> import_bundle(repository& in, fhir::document& bundle, const uuid& message) {
  return import_run(in, bundle, message).run();
}

} // namespace aorta::rest
