// The decision: identifiers in their order, then name with birth date and sex. A contradiction anywhere means
// that a person looks.
#include "engine/identity/likeness.hpp"

#include <algorithm>

namespace aorta::identity {

namespace {

constexpr id_kind in_order[] = {id_kind::cyprus_id, id_kind::arc, id_kind::passport, id_kind::mrn,
                                id_kind::gesy};
constexpr std::string_view by_name = "name-and-birth-date";

struct id_hit {
  id_kind kind;
  const model::patient* whom;
};

std::string patient_text(const model::patient& whom) { return "patient " + std::to_string(whom.id); }

struct fitting {
  const model::patient* whom;
  fit how;
};

bool claims_kind(const claims& who, id_kind kind) {
  return std::any_of(who.ids.begin(), who.ids.end(), [&](const typed_id& id) {
    return id.kind == kind && !id.value.empty() && !is_placeholder(kind, id.value);
  });
}

std::string_view words_for(fit how) noexcept {
  switch (how) {
    case fit::whole: return "name and birth date name ";
    case fit::variant: return "a variant of the name and birth date name ";
    default: return "a name like this and the birth date lead to ";
  }
}

bool has_name(const claims& who) {
  return std::any_of(who.names.begin(), who.names.end(), [](const person_name& said) {
    return !fold_name(said.family).empty() && !fold_name(said.given).empty();
  });
}

/// One decision in the making.
class judge {
public:
  judge(const claims& who, const std::vector<model::patient>& candidates) : who_(who) {
    for (const auto& candidate : candidates) known_.push_back(&candidate);
    std::sort(known_.begin(), known_.end(), [](auto* a, auto* b) { return a->id < b->id; });
  }

  decision run() {
    note_placeholders();
    find_hits();
    find_fits();
    if (hits_.empty() && fits_.empty()) fits_ = candidates_;
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
    for (const auto* whom : known_) {
      const auto how = compare_name_and_birth_date(who_, *whom);
      if (how == fit::candidate && !is_contradicted(*whom)) candidates_.push_back({whom, how});
      else if (how > fit::candidate) fits_.push_back({whom, how});
    }
  }

  /// Who is a mere candidate and holds another number, or is of the other sex, need not be shown.
  bool is_contradicted(const model::patient& whom) const {
    return compare_sex(who_, whom) == agreement::differs ||
      std::any_of(std::begin(in_order), std::end(in_order),
                  [&](id_kind kind) { return compare_id(who_, kind, whom) == agreement::differs; });
  }

  fit best_fit_but_for(const model::patient& whom) const {
    fit best = fit::none;
    for (const auto& each : fits_)
      if (each.whom != &whom) best = std::max(best, each.how);
    return best;
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
      if (compare_id(who_, kind, whom) == agreement::differs)
        weigh(agreement::differs, std::string(name(kind)), whom);
  }

  /// A birth date that nobody can read may be another one: then the number needs the name beside it.
  void weigh_doubt(const model::patient& whom) {
    note_doubts();
    if ((who_.birth_date_unreadable || who_.sex_unreadable) && compare_name(who_, whom) != agreement::agrees)
      contradicted_ = true;
  }

  void note_doubts() {
    if (who_.birth_date_unreadable) note("the birth date cannot be read");
    if (who_.sex_unreadable) note("the sex cannot be read");
  }

  void note_fits() {
    for (const auto& each : fits_) note(std::string(words_for(each.how)) + patient_text(*each.whom));
  }

  void note_placeholders() {
    for (const auto& id : who_.ids)
      if (!id.value.empty() && is_placeholder(id.kind, id.value))
        note(std::string(name(id.kind)) + " is a placeholder: it says nothing");
    if (who_.birth_date && weigh_date(*who_.birth_date) == date_weight::nothing)
      note("the birth date is a placeholder: it says nothing");
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
    for (const auto& each : fits_) add(each.whom->id);
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
    note_doubts();
    const bool dated = who_.birth_date && weigh_date(*who_.birth_date) != date_weight::nothing;
    if (named && dated) note("name and birth date name nobody");
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
    // A namesake does not shake a number, unless he fits better than its owner: of twins the card may say one
    // and the name the other.
    if (best_fit_but_for(whom) > compare_name_and_birth_date(who_, whom)) contradicted_ = true;
    if (!contradicted_) return same(whom, name(hits_.front().kind));
    note_fits();
    return review();
  }

  /// Who holds an ID card holds no ARC. A number of the one kind that nobody holds is not that of somebody
  /// with the other.
  void weigh_other_kind(const model::patient& whom) {
    for (const auto& [said, held] :
         {std::pair(id_kind::arc, id_kind::cyprus_id), std::pair(id_kind::cyprus_id, id_kind::arc)}) {
      if (!claims_kind(who_, said) || claims_kind(who_, held) || held_id(held, whom).empty() ||
          !held_id(said, whom).empty())
        continue;
      note(std::string(name(said)) + " is known of nobody, and " + patient_text(whom) +
           " holds the other kind: " + std::string(name(held)));
      contradicted_ = true;
    }
  }

  decision by_name_and_birth_date() {
    note_fits();
    for (const auto& each : fits_) weigh_all(*each.whom);
    if (fits_.size() > 1 || contradicted_) return review();
    const auto& [whom, how] = fits_.front();
    if (how != fit::whole) {
      note("a variant of a name proves nothing without a number");
      return review();
    }
    weigh_other_kind(*whom);
    if (who_.sex_unreadable) contradicted_ = true;
    note_doubts();
    if (weigh_date(*who_.birth_date) == date_weight::weak) {
      note(
        "1 January is what registries write for a day that nobody knows: with a name alone it proves nothing");
      contradicted_ = true;
    }
    if (contradicted_) return review();
    for (const id_kind kind : in_order)
      if (claims_kind(who_, kind)) note(std::string(name(kind)) + " is new for " + patient_text(*whom));
    return same(*whom, by_name);
  }

  const claims& who_;
  std::vector<const model::patient*> known_;
  std::vector<id_hit> hits_;
  std::vector<fitting> fits_, candidates_;
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

decision decide(const claims& who, const std::vector<model::patient>& candidates) {
  return judge(who, candidates).run();
}

} // namespace aorta::identity
