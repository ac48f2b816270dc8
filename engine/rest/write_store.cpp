// What the store gets of a task: the entry, the row, the version, and events.
#include "engine/base/decimal.hpp"
#include "engine/fhir/withdraw.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/search_steps.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <cctype>

namespace aorta::rest {
namespace {

/// Rows that others name come before those that name them.
int rank(const task& each) {
  if (!each.row) return 3;
  switch (each.row->of) {
    case model::table::patients: return 0;
    case model::table::encounters: return 1;
    case model::table::lab_orders: return 2;
    default: return 3;
  }
}

/// A cell that a database gives back letter by letter: no digits behind a point that end in 0, no time that
/// is told in another offset.
bool comes_back(const std::optional<std::string>& cell) {
  if (!cell || cell->empty() || std::isdigit(static_cast<unsigned char>(cell->front())) == 0) return true;
  if (cell->find('T') != cell->npos) return cell->ends_with('Z') && cell->find('.') == cell->npos;
  return cell->find('.') == cell->npos || cell->back() != '0';
}

/// The row alone, as a resource, gives it back element by element.
bool row_says_all(const task& each, const fhir::node* told) {
  return told != nullptr && std::all_of(each.row->cells.begin(), each.row->cells.end(), comes_back) &&
    same_content(*told, *each.resource);
}

/// What searches find by the row needs no word beside it.
void keep_terms(ports::fhir_entry& to, const fhir::node& shown, const fhir::node* told) {
  auto terms = fhir::kept_terms_of(shown);
  if (told != nullptr) {
    const auto known = fhir::kept_terms_of(*told);
    std::erase_if(terms.words, [&](const auto& word) {
      return std::binary_search(known.words.begin(), known.words.end(), word);
    });
    std::erase_if(terms.spans, [&](const auto& span) {
      return std::find(known.spans.begin(), known.spans.end(), span) != known.spans.end();
    });
  }
  to.words = std::move(terms.words);
  to.spans = std::move(terms.spans);
}

bool tells_code(const model::record& row, const std::string& code) {
  const auto& columns = model::shape(row.of).codes;
  return std::any_of(columns.begin(), columns.end(),
                     [&](const auto column) { return row.text(column) == code; });
}

/// Whether this overwrites a state that no history holds: a row that the clinic's own system wrote last. Lab
/// results keep theirs in the store.
bool overwrites_unkept(const task& each) {
  return each.before && each.before->resource != nullptr && each.before->row &&
    each.before->row->of != model::table::lab_results &&
    each.before->version_id.find('-') != std::string::npos;
}

std::string without_fragment(std::string_view source) {
  return std::string(source.substr(0, source.find('#')));
}

} // namespace

std::string source_key(std::string_view full_url) {
  return "urn:aorta:full-url|" + without_fragment(full_url);
}

bool writing::may_write_for(const task& each) {
  const auto bound = in_.who().patient;
  if (!bound || !each.writes) return true;
  if (each.patient == bound && (!each.before || each.before->patient == bound)) return true;
  return refuse(cause::forbidden, "forbidden", "the key may write for its own patient only", each.path);
}

void writing::stamp(task& each) {
  each.last_updated = now_;
  each.version = each.before ? each.before->version + 1 : 1;
  if (overwrites_unkept(each) && each.before->entry) ++each.version; // the version between is the clinic's
  if (each.row && each.row->of == model::table::lab_results)
    each.row->set("version", std::to_string(each.version));
  each.version_id = std::to_string(each.version);
  each.status = each.how == task::kind::create ? 201 : each.how == task::kind::remove ? 204 : 200;
  if (each.resource != nullptr) set_meta(into_, *each.resource, each.id, each.version_id, now_);
}

ports::change writing::change_of(task& each) {
  ports::change out;
  const bool removes = each.how == task::kind::remove;
  auto& entry = out.entry;
  if (each.before && each.before->entry) entry.content = each.before->entry->content;
  entry.type = each.type;
  entry.id = each.id;
  entry.version = each.version;
  entry.last_updated = now_;
  entry.deleted = removes;
  entry.patient = each.patient;
  if (each.at) {
    entry.home = each.at->of;
    entry.home_key = each.at->key;
  }
  if (each.row) entry.tag = each.kept ? std::string(fhir::kept_tag) : tag_of(*each.row, each.at->part);
  out.version = {each.type,
                 each.id,
                 each.version,
                 now_,
                 each.how == task::kind::create ? "POST"
                   : removes                    ? "DELETE"
                                                : "PUT",
                 {},
                 each.patient};
  if (!removes) {
    out.version.content = fhir::write(*each.resource);
    const auto* told = each.row
      ? fhir::to_resource(into_, each.type, *each.row, each.at->part, {}, in_.around().systems)
      : nullptr;
    const bool says_all = row_says_all(each, told);
    entry.content = says_all ? std::string() : out.version.content;
    if (!says_all) keep_terms(entry, *each.resource, each.kept ? nullptr : told);
  }
  if (overwrites_unkept(each)) {
    const auto& was = *each.before;
    set_meta(into_, *was.resource, each.id, std::to_string(each.version - 1), was.last_updated);
    out.before = ports::fhir_version{each.type,
                                     each.id,
                                     each.version - 1,
                                     was.last_updated.value_or(now_),
                                     "PUT",
                                     fhir::write(*was.resource),
                                     was.patient};
  }
  if (const auto* shown = removes ? each.before->resource : each.resource; shown != nullptr) {
    auto terms = fhir::terms_of(*shown);
    if (!fhir::is_kept_alone(each.type)) entry.codes = std::move(terms.codes); // else among its words
    if (each.row) std::erase_if(entry.codes, [&](const auto& code) { return tells_code(*each.row, code); });
    entry.keys = further_keys(*shown, each.row ? &*each.row : nullptr);
    entry.identifiers = std::move(terms.identifiers);
    entry.from = terms.from;
    entry.to = terms.to;
    if (const auto* meta = shown->get("meta"); meta != nullptr && !meta->str("source").empty())
      entry.identifiers.push_back(source_key(meta->str("source")));
  }
  entry.identifiers.insert(entry.identifiers.end(), each.more_identifiers.begin(),
                           each.more_identifiers.end());
  std::sort(entry.identifiers.begin(), entry.identifiers.end());
  entry.identifiers.erase(std::unique(entry.identifiers.begin(), entry.identifiers.end()),
                          entry.identifiers.end());
  out.update_row = each.before.has_value() && each.row.has_value();
  out.row = each.row;
  return out;
}

bool writing::store() {
  std::vector<task*> order;
  for (auto& each : tasks_) {
    if (!each.writes) continue;
    if (const auto at = each.row ? rows_.find({each.row->of, each.row->key()}) : rows_.end();
        at != rows_.end() && each.type != "Patient")
      each.row = at->second; // as all tasks leave it
    note_alarms(each);
    stamp(each);
    order.push_back(&each);
  }
  if (order.empty()) return true;
  std::stable_sort(order.begin(), order.end(),
                   [](const task* a, const task* b) { return rank(*a) < rank(*b); });
  std::vector<ports::change> all;
  all.reserve(order.size());
  for (auto* each : order) all.push_back(change_of(*each));
  if (const auto stored = in_.session().write(all); !stored)
    return stored.error().code == error_code::conflict
      ? refuse(cause::conflict, "duplicate",
               "a number of these resources is taken in the clinic's database, perhaps by another clinic", {})
      : refuse(records::refusal(stored.error()));
  return raise_events();
}

} // namespace aorta::rest
