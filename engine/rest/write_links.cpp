// References of what is written: to entries of the same bundle, by condition, and to what is here already.
#include "engine/rest/write.hpp"

#include "engine/fhir/validate.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

using form_kind = reference_form::kind;

/// Keys that the mapping takes for those of rows until the real ones are known.
std::string provisional(std::string_view type) {
  const auto tables = fhir::tables_of(type);
  const bool number = !tables.empty() && model::shape(tables.front()).integer_key;
  return std::string(type) + '/' +
    (number ? std::to_string(key_to_come) : "00000000-0000-7000-8000-000000000000");
}

} // namespace

bool writing::link_entries() {
  std::map<std::string, size_t, std::less<>> urns; // uri elements mean an entry only by its exact fullUrl
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].full_url.empty() || tasks_[i].how == task::kind::remove) continue;
    entries_.add(tasks_[i].full_url, tasks_[i].type, {}, i);
    if (tasks_[i].full_url.starts_with("urn:")) urns.emplace(plain_urn(tasks_[i].full_url), i);
  }
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].resource == nullptr) continue;
    fhir::each_reference(*tasks_[i].resource, [&](fhir::node& text) {
      if (const auto to = entries_.find(text.text, tasks_[i].full_url)) {
        links_.push_back({i, *to, &text, text.text});
        text.text = into_.keep(provisional(tasks_[*to].type));
      } else {
        own_references_.emplace_back(i, &text);
      }
    });
    if (!entries_.empty())
      each_narrative(*tasks_[i].resource, [&](fhir::node& div) {
        narratives_.push_back({i, &div, div.text});
      });
    if (urns.empty()) continue;
    each_uri(*tasks_[i].resource, [&](fhir::node& text) {
      if (const auto to = urns.find(plain_urn(text.text)); to != urns.end())
        links_.push_back({i, to->second, &text, text.text});
    });
  }
  return true;
}

bool writing::resolve_conditional_references() {
  std::map<std::string, std::string> known;
  for (auto& [owner, text] : own_references_) {
    if (!tasks_[owner].writes) continue;
    const auto is = form_of(text->text, in_.around().base);
    if (is.is != form_kind::conditional) continue;
    const auto fault = [&, at = text, of = owner](std::string_view code, std::string_view why) {
      return refuse(cause::precondition, code, why, path_to(*tasks_[of].resource, *at, tasks_[of].path));
    };
    auto& name = known[std::string(text->text)];
    if (name.empty()) {
      const auto params = decode_query(is.query);
      if (!params || params->empty() || !in_.who().may(access::read, is.type))
        return fault("processing", "the conditional reference cannot be read");
      const auto asked = fhir::read_query(is.type, *params, false);
      if (fhir::has_error(asked.faults) || asked.value.all.empty())
        return fault("processing", "the conditional reference has criteria that are not known");
      const auto found = search(in_, into_, asked.value, 2);
      if (!found) return refuse(records::refusal(found.error()));
      if (found->matches.empty()) return fault("not-found", "the conditional reference finds nothing");
      if (found->matches.size() > 1)
        return fault("multiple-matches", "the conditional reference finds more than one resource");
      name = is.type + '/' + found->matches[0].id;
    }
    text->text = into_.keep(name);
  }
  return true;
}

/// What a relative reference names must be here, and of the same patient.
bool writing::check_references() {
  point_links(); // what has an id already is compared by it, and what is ours by its name here
  for (auto& [owner, text] : own_references_)
    if (const auto is = form_of(text->text, in_.around().base); is.is == form_kind::own)
      text->text = into_.keep(is.type + '/' + is.id + is.version);
  settle_unchanged();
  std::vector<std::pair<std::string, std::string>> wanted;
  std::map<std::string, size_t, std::less<>> places;
  struct use {
    size_t owner, what;
    fhir::node* text;
  };
  std::vector<use> uses;
  for (auto& [owner, text] : own_references_) {
    if (!tasks_[owner].writes) continue;
    auto is = form_of(text->text, in_.around().base);
    if (is.is == form_kind::contained || is.is == form_kind::elsewhere ||
        (tolerant_ && is.is != form_kind::own))
      continue;
    const auto where = [&, at = text, of = owner] {
      return path_to(*tasks_[of].resource, *at, tasks_[of].path);
    };
    if (is.is == form_kind::urn)
      return refuse(cause::against_rules, "not-found", "the reference names no entry of the bundle", where());
    if (is.is != form_kind::own)
      return refuse(cause::against_rules, "value", "this is no reference that can be followed", where());
    auto name = is.type + '/' + is.id;
    const auto [place, fresh] = places.emplace(std::move(name), wanted.size());
    if (fresh) wanted.emplace_back(is.type, is.id);
    uses.push_back({owner, place->second, text});
  }
  if (wanted.empty()) return true;
  const auto found = in_.load_all(into_, wanted);
  const auto check = [&](const use& each) {
    const auto& there = found[each.what];
    if (!there && there.error().code != error_code::unknown_key)
      return refuse(records::refusal(there.error()));
    const auto where = [&] {
      return path_to(*tasks_[each.owner].resource, *each.text, tasks_[each.owner].path);
    };
    if (!there || !*there || (*there)->deleted)
      return refuse(cause::against_rules, "not-found", "the reference names a resource that is not here",
                    where());
    const auto& owner = tasks_[each.owner];
    if ((*there)->type == "Patient" || owner.type == "Patient" || !(*there)->patient ||
        owner.resource == nullptr)
      return true;
    const bool of_new_patient = std::any_of(links_.begin(), links_.end(), [&](const link& l) {
      return l.from == each.owner && tasks_[l.to].type == "Patient" && tasks_[l.to].id.empty();
    });
    const auto own = fhir::patient_of(*owner.resource);
    if (of_new_patient || (own && *own != *(*there)->patient))
      return refuse(cause::against_rules, "business-rule",
                    "the reference names a resource of another patient", where());
    return true;
  };
  bool fine = true;
  for (const auto& each : uses) {
    if (check(each)) continue;
    fine = false;
    if (!goes_on()) break;
  }
  return fine;
}

/// Entries of one bundle that refer to each other are of one patient.
bool writing::check_owners() {
  bool fine = true;
  for (const auto& each : links_) {
    const auto &from = tasks_[each.from], &to = tasks_[each.to];
    if (from.type == "Patient" || to.type == "Patient" || !from.patient || !to.patient ||
        *from.patient == *to.patient)
      continue;
    fine = refuse(cause::against_rules, "business-rule", "the reference names a resource of another patient",
                  path_to(*from.resource, *each.text, from.path));
    if (!goes_on()) break;
  }
  return fine && every([this](const task& each) { return may_write_for(each); });
}

} // namespace aorta::rest
