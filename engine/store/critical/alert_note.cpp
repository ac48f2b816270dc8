#include "engine/store/critical/alert_note.hpp"

#include "engine/store/critical/alert_content.hpp"
#include "engine/store/records/record_log.hpp"

namespace aorta::store {
namespace {

using note_kind = ports::critical_note::kind;

/// Of a message's values its place in it: filed once more, whosever and whichever result it is then, it is
/// the same alert.
half_digest subject_of(const ports::critical_note& what, model::clinic_id clinic, cipher& locks) {
  std::string text = what.message ? to_text(*what.message) + '/' + what.content.where
                                  : what.result + (what.place.empty() ? "" : "/" + what.place);
  const auto add = [&](std::string_view part) {
    text.append("/").append(std::to_string(part.size())).append(":").append(part);
  };
  add(what.is == note_kind::changed ? "changed" : "told");
  for (const auto& part : {what.test_code, what.content.value.value, what.content.value.unit,
                           what.content.value.comparator, what.flag})
    add(part);
  return locks.blind(clinic, "critical", text);
}

void put_end(text_sink& row, model::clinic_id clinic, const std::optional<uuid>& result,
             const std::string& place, const std::optional<half_digest>& subject, timestamp now) {
  row.integer(clinic);
  result ? row.id(*result) : row.null();
  row.null(); // no message, and no place in one
  row.null();
  subject ? row.key(*subject) : row.null();
  row.text(subject ? "superseded" : "withdrawn");
  row.time(now);
  row.text_or_null(place);
}

} // namespace

void write_alert(record_talk& talk, const ports::critical_note& what) {
  const auto now = talk.now();
  const auto clinic = talk.context().clinic;
  auto& locks = *talk.context().locks;
  const auto result = uuid_from_text(what.result);
  const auto send = [&](const text_sink& row) { talk.count(row.send(talk.link())); };
  std::optional<half_digest> subject;
  if (what.is != note_kind::withdrawn) {
    subject = subject_of(what, clinic, locks);
    text_sink row(write::alert);
    for (const auto which : {write::alert_moved, write::alert_unfolded, write::alert_unfold}) {
      text_sink moved(which);
      moved.integer(clinic);
      moved.key(*subject);
      what.patient ? moved.integer(*what.patient) : moved.null();
      moved.boolean(true);
      moved.time(now);
      send(moved);
    }
    row.id(talk.base().how.ids->next(now));
    row.integer(clinic);
    row.key(*subject);
    row.text(what.is == note_kind::changed ? "changed" : what.content.before ? "corrected" : "told");
    what.message ? row.id(*what.message) : row.null();
    row.null(); // no OBX
    result ? row.id(*result) : row.null();
    what.patient ? row.integer(*what.patient) : row.null();
    row.text(what.test_code);
    row.text_or_null(what.loinc);
    row.text_or_null(what.flag);
    row.text(critical::name(band_of(what.flag)));
    row.text(locks.seal(alert_content_text(what.content), now));
    row.boolean(what.repeats);
    what.observed ? row.time(*what.observed) : row.null();
    row.time(now);
    row.text(critical::name(critical::state::open));
    row.time(now);
    row.text_or_null(what.place);
    send(row);
    if (what.repeats || what.waits) return;
  }
  for (const auto which : {write::alert_ended, write::alert_end}) {
    text_sink row(which);
    put_end(row, clinic, result, what.place, subject, now);
    send(row);
  }
}

} // namespace aorta::store
