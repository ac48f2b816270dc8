#include "engine/rest/transaction.hpp"

#include "engine/fhir/validate.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

/// A refusal inside a batch or transaction names its entry, also where its own text names no place.
reply of_entry(reply refused, size_t number) {
  for (auto& each : refused.issues)
    if (each.path.empty()) each.path = entry_path(number);
  refused.body = fhir::outcome_json(refused.issues);
  return refused;
}

class bundle_run {
public:
  bundle_run(repository& in, const request& what, fhir::document& body) : in_(in), what_(what), body_(body) {}

  reply transaction() {
    if (const auto faults = fhir::validate(*body_.root); fhir::has_error(faults)) return refusal(422, faults);
    for (auto* each = first(); each != nullptr; each = each->next) {
      reply refused;
      auto entry = read_entry(*each, entries_.size(), what_, in_.around(), refused);
      if (!entry) return of_entry(std::move(refused), entries_.size());
      entries_.push_back(std::move(*entry));
    }
    if (const auto begun = in_.session().begin(in_.who().clinic, writes()); !begun)
      return refusal(begun.error());
    writing all(in_, body_);
    if (auto refused = run(all)) {
      in_.session().rollback();
      return std::move(*refused);
    }
    return finish("transaction-response", [&](const bundle_entry& each) {
      return each.wants ? &all.tasks()[each.task_index] : nullptr;
    });
  }

  reply batch() {
    std::vector<std::optional<task>> done;
    for (auto* each = first(); each != nullptr; each = each->next) {
      reply refused;
      auto entry = read_entry(*each, entries_.size(), what_, in_.around(), refused);
      if (!entry) {
        entry = bundle_entry();
        entry->number = entries_.size();
        entry->answer = of_entry(std::move(refused), entries_.size());
      }
      entries_.push_back(std::move(*entry));
    }
    if (const auto begun = in_.session().begin(in_.who().clinic, writes()); !begun)
      return refusal(begun.error());
    writing every(in_, body_);
    for (const auto& each : entries_)
      if (each.wants) every.add(*each.wants);
    if (auto failed = every.lock_all()) {
      in_.session().rollback();
      return refusal(*failed);
    }
    done.resize(entries_.size());
    for (auto& each : entries_)
      if (auto failed = run_alone(each, done[each.number])) {
        in_.session().rollback();
        return std::move(*failed);
      }
    return finish("batch-response", [&](const bundle_entry& each) {
      return done[each.number] ? &*done[each.number] : nullptr;
    });
  }

private:
  fhir::node* first() {
    auto* list = body_.root->get("entry");
    return list != nullptr ? list->first : nullptr;
  }

  bool writes() const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [](const bundle_entry& each) { return each.wants.has_value(); });
  }

  /// All of it, deletions first; what is read is read as the writes leave it.
  std::optional<reply> run(writing& all) {
    std::vector<bundle_entry*> order;
    for (auto& each : entries_) order.push_back(&each);
    std::stable_sort(order.begin(), order.end(),
                     [](const bundle_entry* a, const bundle_entry* b) { return a->how < b->how; });
    for (auto* each : order)
      if (each->wants) each->task_index = all.add(*each->wants);
    if (writes())
      if (const auto refused = all.run()) return refusal(*refused);
    for (auto* each : order)
      if (!each->wants) {
        if (in_.overdue(writes()))
          return refusal(422, "too-costly", "what the transaction reads takes too long; read it by itself",
                         entry_path(each->number));
        auto answer = handle(each->asked, in_.who(), in_.session(), in_.around());
        if (answer.status >= 400) return of_entry(std::move(answer), each->number);
        each->answer = std::move(answer);
      }
    return std::nullopt;
  }

  /// The store's own failures end the batch; all else is that entry's answer.
  std::optional<reply> run_alone(bundle_entry& each, std::optional<task>& done) {
    if (each.answer) return std::nullopt;
    if (!each.wants && in_.overdue(writes())) {
      each.answer = refusal(422, "too-costly",
                            "the entries before this one took too long; send it again in a smaller batch",
                            entry_path(each.number));
      return std::nullopt;
    }
    if (!each.wants) {
      each.answer = handle(each.asked, in_.who(), in_.session(), in_.around());
      return std::nullopt;
    }
    if (each.wants->resource != nullptr) {
      const auto path = each.wants->path;
      fhir::validation how;
      how.root = path;
      if (const auto faults = fhir::validate(*each.wants->resource, how); fhir::has_error(faults)) {
        each.answer = refusal(422, faults);
        return std::nullopt;
      }
    }
    if (const auto marked = in_.session().mark(); !marked) return refusal(marked.error());
    writing alone(in_, body_);
    alone.add(*each.wants);
    if (const auto refused = alone.run()) {
      if (refused->why == cause::store_away || refused->why == cause::undone) return refusal(*refused);
      if (const auto back = in_.session().back_to_mark(); !back) return refusal(back.error());
      each.answer = of_entry(refusal(*refused), each.number);
      return std::nullopt;
    }
    done = std::move(alone.tasks().front());
    return std::nullopt;
  }

  template <class Find>
  reply finish(std::string_view type, Find find) {
    if (writes()) {
      if (const auto kept = in_.session().commit(); !kept) {
        in_.session().rollback();
        return refusal(kept.error());
      }
    } else {
      in_.session().rollback();
    }
    fhir::document out;
    out.root = out.object();
    out.add(*out.root, "resourceType", out.literal("Bundle"));
    out.add(*out.root, "id", to_text(in_.around().ids->next(in_.around().clock->now())));
    out.add(*out.root, "type", out.literal(type));
    fhir::node* list = nullptr;
    reply answer;
    std::set<std::optional<model::patient_id>> about;
    for (const auto& each : entries_) {
      if (list == nullptr) list = out.add(*out.root, "entry", out.array());
      const task* done = find(each);
      add_response(out, *list, what_, each, done, in_.around());
      const auto patient = done != nullptr ? done->patient : each.answer ? each.answer->about : std::nullopt;
      if (patient) about.insert(patient);
    }
    if (about.size() == 1) answer.about = *about.begin();
    answer.body = body_of(what_, *out.root);
    return answer;
  }

  repository& in_;
  const request& what_;
  fhir::document& body_;
  std::vector<bundle_entry> entries_;
};

/// What its entries search for, a line each: addresses with criteria, and conditions of creates.
std::string searched_in(const fhir::node& bundle) {
  std::string out;
  const auto* list = bundle.get("entry");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next) {
    const auto* asked = each->get("request");
    if (asked == nullptr) continue;
    const auto url = asked->str("url"), unless = asked->str("ifNoneExist");
    if (url.find('?') == url.npos && unless.empty()) continue;
    (((out += out.empty() ? "" : "\n") += asked->str("method")) += ' ') += url;
    if (!unless.empty()) (out += " If-None-Exist: ") += unless;
  }
  return out;
}

} // namespace

bool is_read_batch(const request& what) {
  if (what.method != "POST" || !what.path.empty()) return false;
  if (what.body.find("\"batch\"") == what.body.npos) return false; // transactions need not be read twice
  const auto body = fhir::document::parse(what.body);
  if (!body || body->root->str("resourceType") != "Bundle" || body->root->str("type") != "batch")
    return false;
  const auto* list = body->root->get("entry");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next) {
    const auto* asked = each->get("request");
    const auto method = asked != nullptr ? asked->str("method") : std::string_view();
    if (method != "GET" && method != "HEAD") return false;
  }
  return list != nullptr;
}

reply bundle(repository& in, const request& what) {
  reply refused;
  auto body = read_unchecked(what, "Bundle", refused);
  if (!body) return refused;
  if (const auto* list = body->root->get("entry");
      list != nullptr && (!list->is_array() || list->size > in.around().most_entries))
    return list->is_array()
      ? refusal(413, "too-long", "the bundle has more entries than are taken at once", "Bundle.entry")
      : refusal(422, "structure", "entry must be a list", "Bundle.entry");
  auto searched = searched_in(*body->root);
  bundle_run run(in, what, *body);
  const auto type = body->root->str("type");
  if (type == "transaction" || type == "batch") {
    auto out = type == "batch" ? run.batch() : run.transaction();
    out.searched = std::move(searched);
    return out;
  }
  return refusal(400, "value",
                 "here a bundle is a transaction or a batch; documents and collections are sent to /Bundle",
                 "Bundle.type");
}

} // namespace aorta::rest
