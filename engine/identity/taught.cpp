#include "engine/identity/taught.hpp"

#include <algorithm>

namespace aorta::identity {
namespace {

constexpr id_kind numbers[] = {id_kind::cyprus_id, id_kind::arc, id_kind::passport, id_kind::mrn,
                               id_kind::gesy};

/// Length before text, so that no two lists of texts are the same.
void add(std::string& to, std::string_view text) {
  to.append(std::to_string(text.size())).append(1, ':').append(text);
}

/// One digit repeated, running digits, or too short to be anybody's: it is written where there is none.
bool placeholder(std::string_view number) noexcept {
  if (number.size() < 4) return true;
  bool same = true, up = true, down = true;
  for (size_t i = 1; i < number.size(); ++i) {
    same = same && number[i] == number[0];
    up = up && (number[i] == number[i - 1] + 1 || (number[i] == '0' && number[i - 1] == '9'));
    down = down && number[i] == number[i - 1] - 1;
  }
  return same || up || down;
}

bool has_number(const claims& who) {
  return std::any_of(who.ids.begin(), who.ids.end(),
                     [](const typed_id& id) { return !placeholder(id.value); });
}

/// 1 January is what registries write for whoever has no known day.
bool has_whole_name_and_birth_date(const claims& who) {
  if (!who.birth_date ||
      (who.birth_date->month() == std::chrono::January && who.birth_date->day() == std::chrono::day{1}))
    return false;
  return std::any_of(who.names.begin(), who.names.end(), [](const person_name& said) {
    return fold_exactly(said.family).size() > 1 && fold_exactly(said.given).size() > 1;
  });
}

std::string seen_start(decision::kind engine) { return "{\"engine\":\"" + std::string(name(engine)) + "\""; }

/// A person moved one message away from a patient of whom the engine was certain: that settles this message,
/// and no doubt of others. Earlier releases kept it as if it taught.
bool says_certain(std::string_view seen) { return seen.starts_with(seen_start(decision::kind::same)); }

decision ask_again(decision engine, const person_decision& before, std::string_view why) {
  engine.evidence.push_back("a person decided for patient " + std::to_string(before.patient) + " on " +
                            before.made_at + " (decision " + before.id + "), but " + std::string(why));
  const auto offer = [&](model::patient_id id) {
    if (std::find(engine.candidates.begin(), engine.candidates.end(), id) == engine.candidates.end())
      engine.candidates.push_back(id);
  };
  if (engine.is == decision::kind::same) { // the engine and a person say different things
    offer(*engine.patient);
    engine.patient.reset();
    engine.rule.clear();
    engine.is = decision::kind::review;
  }
  offer(before.patient);
  return engine;
}

} // namespace

std::string_view name(agreement is) noexcept {
  switch (is) {
    case agreement::unsaid: return "unsaid";
    case agreement::agrees: return "agrees";
    case agreement::differs: return "differs";
  }
  return "unsaid";
}

std::vector<weighed> weigh(const claims& who, const model::patient& known) {
  std::vector<weighed> out;
  const auto note = [&](std::string what, agreement is) {
    if (is != agreement::unsaid) out.push_back({std::move(what), is});
  };
  if (compare_name_and_birth_date(who, known) == fit::whole) note("name and birth date", agreement::agrees);
  note("name", compare_name(who, known));
  note("birth date", compare_birth_date(who, known));
  note("sex", compare_sex(who, known));
  for (const id_kind kind : numbers) note(std::string(name(kind)), compare_id(who, kind, known));
  return out;
}

std::string decision_key(const claims& who) {
  if (who.sender.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& id : who.ids) {
    std::string part = "#";
    for (const std::string_view text :
         {name(id.kind), std::string_view(id.value), std::string_view(id.authority)})
      add(part, text);
    parts.push_back(std::move(part));
  }
  for (const auto& said : who.names) {
    std::string part = "n";
    add(part, said.family);
    add(part, said.given);
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  std::string out;
  add(out, who.sender);
  for (const auto& part : parts) add(out, part);
  const auto number = [](auto value) { return std::to_string(int(value)); };
  if (who.birth_date)
    add(out,
        number(who.birth_date->year()) + "-" + number(unsigned(who.birth_date->month())) + "-" +
          number(unsigned(who.birth_date->day())));
  if (who.birth_year)
    add(out,
        "y" + number(*who.birth_year) + (who.birth_month ? "-" + number(unsigned(*who.birth_month)) : ""));
  add(out,
      std::string(model::name(who.sex)) + (who.birth_date_unreadable ? "?" : "") +
        (who.sex_unreadable ? "??" : ""));
  return out;
}

std::string seen(const claims& who, const decision& engine, const std::vector<model::patient>& candidates) {
  std::vector<const model::patient*> all;
  all.reserve(candidates.size());
  for (const auto& each : candidates) all.push_back(&each);
  std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->id < b->id; });
  std::string out = seen_start(engine.is) +
    ",\"patient_id\":" + (engine.patient ? "\"" + std::to_string(*engine.patient) + "\"" : "null") +
    ",\"patients\":{";
  for (const auto* known : all) {
    if (known != all.front()) out += ',';
    out += "\"" + std::to_string(known->id) + "\":{";
    bool first = true;
    for (const auto& each : weigh(who, *known)) {
      out += (first ? "\"" : ",\"") + each.what + "\":\"" + std::string(name(each.is)) + "\"";
      first = false;
    }
    out += '}';
  }
  return out + "}}";
}

bool teachable(const claims& who, const decision& engine, const std::vector<model::patient>& candidates,
               model::patient_id chosen) {
  if (who.sender.empty() || engine.is == decision::kind::same) return false;
  if (has_number(who)) return true;
  if (!has_whole_name_and_birth_date(who)) return false;
  return std::none_of(candidates.begin(), candidates.end(), [&](const model::patient& other) {
    return other.id != chosen && compare_name_and_birth_date(who, other) != fit::none;
  });
}

decision follow(decision engine, const claims& who, const std::vector<model::patient>& candidates,
                const person_decision& before) {
  if (engine.is == decision::kind::same && (engine.patient == before.patient || says_certain(before.seen)))
    return engine;
  const bool there = std::any_of(candidates.begin(), candidates.end(),
                                 [&](const model::patient& each) { return each.id == before.patient; });
  if (!there) return ask_again(std::move(engine), before, "the clinic does not have this patient any more");
  if (before.patient_changed)
    return ask_again(std::move(engine), before, "what the clinic holds of the patient has changed since");
  if (seen(who, engine, candidates) != before.seen)
    return ask_again(std::move(engine), before, "what speaks for and against has changed since");
  engine.is = decision::kind::same;
  engine.patient = before.patient;
  engine.rule = std::string(decided_by_person);
  engine.person_decision = before.id;
  engine.evidence.push_back("a person decided for patient " + std::to_string(before.patient) +
                            " when the same sender said the same, on " + before.made_at + " (decision " +
                            before.id + ")");
  engine.candidates.clear();
  return engine;
}

} // namespace aorta::identity
