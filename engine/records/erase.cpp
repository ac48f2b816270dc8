#include "engine/records/erase.hpp"

#include "engine/records/people.hpp"

#include <algorithm>

namespace aorta::records {
namespace {

using model::patient_id;

error conflict(std::string text) { return {error_code::conflict, "", std::move(text)}; }

status known(ports::record_session& in, patient_id who) {
  ports::row_query ask;
  ask.of = model::table::patients;
  ask.with_entries = false;
  ask.keys.push_back(std::to_string(who));
  const auto found = in.rows(ask);
  if (!found) return found.error();
  if (found->empty()) return error{error_code::unknown_key, "", "the clinic has no " + patient_text(who)};
  return done{};
}

std::string waiting_words(const std::vector<uuid>& messages) {
  constexpr size_t most = 20;
  std::string out =
    "messages that name this person wait for somebody to decide whose they are; link or reject them first:";
  for (size_t i = 0; i < std::min(most, messages.size()); ++i)
    out += (i > 0 ? ", " : " ") + to_text(messages[i]);
  if (messages.size() > most) out += " and " + std::to_string(messages.size() - most) + " more";
  return out;
}

} // namespace

result<std::vector<patient_id>> people_of(ports::record_session& in, patient_id who) {
  if (const auto is = known(in, who); !is) return is.error();
  const auto last = in.erasure().last(who);
  if (!last) return last.error();
  if (*last && (*last)->done_at) return conflict(patient_text(who) + " was erased before");
  std::vector<patient_id> out{who};
  for (size_t i = 0; i < out.size(); ++i) {
    const auto merges = in.merges().standing({&out[i], 1});
    if (!merges) return merges.error();
    for (const auto& each : *merges) {
      if (each.merged == who)
        return conflict(patient_text(who) + " was merged into " + patient_text(each.survivor) +
                        ": erase that one, or take the merge back first");
      if (each.survivor == out[i] && each.merged &&
          std::find(out.begin(), out.end(), *each.merged) == out.end())
        out.push_back(*each.merged);
    }
  }
  return out;
}

namespace {

status told(ports::record_session& in, patient_id who, const uuid& request) {
  return in.event("patient_erased", who, to_text(request),
                  R"({"patient_id":")" + std::to_string(who) + R"("})");
}

enum class again : uint8_t { done, left };

/// Reading all messages of nobody takes its time: before the transaction that keeps others from filing.
/// Nothing: not now, as `erased_again` tells.
result<std::optional<ports::traces>> traces_again(ports::record_session& in, model::clinic_id clinic,
                                                  const ports::erasure& what,
                                                  const std::vector<ports::erasure>& all) {
  if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
  const auto people = people_of(in, what.patient);
  const auto agreed = [&](patient_id who) {
    return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.patient == who; });
  };
  auto found = people && std::all_of(people->begin(), people->end(), agreed)
    ? in.erasure().search(*people, {})
    : result<ports::traces>(people ? conflict("merged with somebody whose erasure nobody asked for")
                                   : people.error());
  in.rollback();
  if (!found)
    return passes(found.error().code) ? result<std::optional<ports::traces>>(found.error())
                                      : std::optional<ports::traces>();
  if (!found->waiting.empty()) return std::optional<ports::traces>();
  return std::optional(std::move(*found));
}

result<again> erase_one_again(ports::record_session& in, const ports::erasure& what,
                              const ports::traces& before) {
  if (const auto locked = in.lock({std::string(ports::people_lock)}); !locked) return locked.error();
  const auto people = people_of(in, what.patient);
  if (!people) return passes(people.error().code) ? result<again>(people.error()) : again::left;
  std::vector<std::string> locks;
  for (const auto each : *people) locks.push_back(ports::patient_lock(each));
  if (const auto locked = in.lock(std::move(locks)); !locked) return locked.error();
  const auto found = in.erasure().search(*people, before);
  if (!found) return found.error();
  if (!found->waiting.empty()) return again::left;
  const auto made = in.erasure().erase(*people, *found, &what, what.done_by);
  if (!made) return made.error();
  if (made->under_way) return again::left;
  if (const auto event = told(in, what.patient, what.id); !event) return event.error();
  return again::done;
}

} // namespace

result<erased_again> erase_again(ports::record_session& in, model::clinic_id clinic) {
  if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
  const auto all = in.erasure().to_repeat();
  in.rollback();
  if (!all) return all.error();
  erased_again out;
  for (const auto& each : *all) {
    const auto before = traces_again(in, clinic, each, *all);
    if (!before) return before.error();
    auto made = result<again>(again::left);
    if (*before) {
      if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
      made = erase_one_again(in, each, **before);
      const auto kept = made && *made == again::done ? in.commit()
        : made                                       ? status(done{})
                                                     : status(made.error());
      if (!kept || *made == again::left) in.rollback();
      if (!kept && passes(kept.error().code)) return kept.error();
      if (!kept) made = again::left; // those behind are not held up
    }
    if (*made == again::done) ++out.people;
    else out.left.push_back(each.patient);
  }
  return out;
}

result<erase_outcome> erase_patient(ports::record_session& in, patient_id who, const ports::traces& found,
                                    const ports::person& by, const std::string& reason, bool rehearsal) {
  if (const auto locked = in.lock({std::string(ports::people_lock)}); !locked) return locked.error();
  const auto people = people_of(in, who);
  if (!people) return people.error();
  std::vector<std::string> locks;
  for (const auto each : *people) locks.push_back(ports::patient_lock(each));
  if (const auto locked = in.lock(std::move(locks)); !locked) return locked.error();
  const auto traces = in.erasure().search(*people, found);
  if (!traces) return traces.error();
  erase_outcome out;
  out.waiting = traces->waiting;
  out.request = {
    .id = {}, .patient = who, .reason = reason, .asked_by = by.id, .asked_at = {}, .done_at = {}};
  if (!rehearsal) {
    if (!out.waiting.empty()) return conflict(waiting_words(out.waiting));
    const auto request = in.erasure().last(who);
    if (!request) return request.error();
    if (!*request || (*request)->lapsed) {
      out.is = erase_outcome::kind::asked;
      if (const auto asked = in.erasure().ask(out.request); !asked) return asked.error();
      return out;
    }
    out.request = **request;
    if (out.request.asked_by == by.id)
      return conflict(
        "you asked for this yourself; another person with a key of scope admin has to say the same");
  }
  auto made = in.erasure().erase(*people, *traces, rehearsal ? nullptr : &out.request, by.id);
  if (!made) return made.error();
  out.what = std::move(*made);
  if (out.what.under_way)
    return conflict(
      "something of this person is being sent, or files are being taken in (GET /api/imports), at this moment: try again in a minute");
  out.is = rehearsal ? erase_outcome::kind::shown : erase_outcome::kind::done;
  if (!rehearsal)
    if (const auto event = told(in, who, out.request.id); !event) return event.error();
  return out;
}

} // namespace aorta::records
