// The decision: identifiers in their order, then name with birth date and sex. A contradiction anywhere means that a person looks.
#include "engine/identity/likeness.hpp"

#include <algorithm>

namespace aorta::identity {

namespace {

constexpr id_kind in_order[] = {id_kind::cyprus_id, id_kind::arc, id_kind::passport, id_kind::mrn, id_kind::gesy};
constexpr std::string_view by_name = "name-and-birth-date";

struct id_hit {
  id_kind kind;
  const model::patient* whom;
};

std::string patient_text(const model::patient& whom) { return "patient " + std::to_string(whom.id); }

bool claims_kind(const claims& who, id_kind kind) {
  return std::any_of(who.ids.begin(), who.ids.end(), [&](const typed_id& id) { return id.kind == kind && !id.value.empty(); });
}

bool has_name(const claims& who) {
  return std::any_of(who.names.begin(), who.names.end(),
                     [](const person_name& said) { return !fold_name(said.family).empty() && !fold_name(said.given).empty(); });
}

/// One decision in the making.
class judge {
public:
  judge(const claims& who, const std::vector<model::patient>& candidates) : who_(who) {
    for (const auto& candidate : candidates) known_.push_back(&candidate);
    std::sort(known_.begin(), known_.end(), [](auto* a, auto* b) { return a->id < b->id; });
  }

  decision run() {
    find_hits();
    find_fits();
    if (hits_.empty() && fits_.empty()) return nobody();
    if (hits_.empty()) return by_name_and_birth_date();
    return by_identifier();
  }

private:
  void find_hits() {
    for (const id_kind kind : in_order)
      for (const auto* whom : known_)
        if (compare_id(who_, kind, *whom) == agreement::agrees) hits_.push_back({kind, whom});
  }

  void find_fits() {
    for (const auto* whom : known_)
      if (compare_name_and_birth_date(who_, *whom) != fit::none) fits_.push_back(whom);
  }

  void note(std::string text) {
    auto& lines = made_.evidence;
    if (std::find(lines.begin(), lines.end(), text) == lines.end()) lines.push_back(std::move(text));
  }

  void weigh(agreement found, const std::string& what, const model::patient& whom) {
    if (found == agreement::agrees) note(what + " agrees with " + patient_text(whom));
    if (found != agreement::differs) return;
    note(what + " differs from " + patient_text(whom));
    contradicted_ = true;
  }

  void weigh_all(const model::patient& whom) {
    weigh(compare_birth_date(who_, whom), "birth date", whom);
    weigh(compare_sex(who_, whom), "sex", whom);
    weigh(compare_name(who_, whom), "name", whom);
    for (const id_kind kind : in_order)
      if (compare_id(who_, kind, whom) == agreement::differs) weigh(agreement::differs, std::string(name(kind)), whom);
  }

  /// A birth date that nobody can read may be another one: then the number needs the name beside it.
  void weigh_doubt(const model::patient& whom) {
    if (!who_.birth_date_unreadable) return;
    note("the birth date cannot be read");
    if (compare_name(who_, whom) != agreement::agrees) contradicted_ = true;
  }

  void note_fits() {
    for (const auto* whom : fits_) {
      const bool whole = compare_name_and_birth_date(who_, *whom) == fit::whole;
      note((whole ? "name and birth date name " : "a variant of the name and birth date name ") + patient_text(*whom));
    }
  }

  decision same(const model::patient& whom, std::string_view rule) {
    made_.is = decision::kind::same;
    made_.patient = whom.id;
    made_.rule = std::string(rule);
    return std::move(made_);
  }

  decision review() {
    made_.is = decision::kind::review;
    const auto add = [&](model::patient_id id) {
      auto& all = made_.candidates;
      if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
    };
    for (const auto& hit : hits_) add(hit.whom->id);
    for (const auto* whom : fits_) add(whom->id);
    return std::move(made_);
  }

  decision nobody() {
    bool any_id = false;
    for (const id_kind kind : in_order) {
      if (!claims_kind(who_, kind)) continue;
      any_id = true;
      note(std::string(name(kind)) + " is not known");
    }
    const bool named = has_name(who_);
    if (who_.birth_date_unreadable) note("the birth date cannot be read");
    if (named && who_.birth_date) note("name and birth date name nobody");
    else if (named && who_.birth_year) note("a name without a whole birth date names nobody");
    else if (named) note("a name without a birth date names nobody");
    else if (!any_id) note("the message names nobody");
    made_.is = decision::kind::none;
    return std::move(made_);
  }

  decision by_identifier() {
    const model::patient& whom = *hits_.front().whom;
    for (const auto& hit : hits_) {
      note(std::string(name(hit.kind)) + " names " + patient_text(*hit.whom));
      if (hit.whom != &whom) contradicted_ = true;
    }
    if (contradicted_) { // two numbers, two people: each is weighed, so that the reasons stand side by side
      for (const auto& hit : hits_) weigh_all(*hit.whom);
      note_fits();
      return review();
    }
    weigh_all(whom);
    weigh_doubt(whom);
    // A namesake does not shake a number, unless the number's owner is not called so or not born then.
    const bool fits = std::find(fits_.begin(), fits_.end(), &whom) != fits_.end();
    if (!fits && !fits_.empty()) contradicted_ = true;
    if (!contradicted_) return same(whom, name(hits_.front().kind));
    note_fits();
    return review();
  }

  decision by_name_and_birth_date() {
    note_fits();
    for (const auto* whom : fits_) weigh_all(*whom);
    if (fits_.size() > 1 || contradicted_) return review();
    const model::patient& whom = *fits_.front();
    if (compare_name_and_birth_date(who_, whom) == fit::variant) {
      note("a variant of a name proves nothing without a number");
      return review();
    }
    for (const id_kind kind : in_order)
      if (claims_kind(who_, kind)) note(std::string(name(kind)) + " is new for " + patient_text(whom));
    return same(whom, by_name);
  }

  const claims& who_;
  std::vector<const model::patient*> known_;
  std::vector<id_hit> hits_;
  std::vector<const model::patient*> fits_;
  bool contradicted_ = false;
  decision made_;
};

} // namespace

std::string_view name(decision::kind kind) noexcept {
  switch (kind) {
  case decision::kind::same: return "same";
  case decision::kind::none: return "none";
  case decision::kind::review: return "review";
  }
  return "none";
}

decision decide(const claims& who, const std::vector<model::patient>& candidates) { return judge(who, candidates).run(); }

} // namespace aorta::identity
