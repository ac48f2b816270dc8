// Comments belong to what they follow (HL7 v2.5.1 chapter 2.10): those of a result are its own; those of an
// order, a specimen or the patient are of all its results. An order that brings comments and no results is a
// text: the comments are its result.
#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

/// How much the copies of one comment may take: a few sentences with each result of a large order, but no
/// page.
constexpr size_t copies_take = 64 * 1024;

/// `before` in front of what stands there.
void put_before(std::string& text, std::string_view before) {
  std::string out(before);
  if (!text.empty()) add_line(out, text);
  text = std::move(out);
}

void hand_out(report& to, const shared_note& note, size_t past) {
  auto& results = to.results;
  const bool short_one = note.text.size() * (past - note.first) <= copies_take;
  const auto& holder = results[note.first];
  const std::string pointer = "The comment on several results stands with the first of them, " +
    holder.test_code + ".";
  for (size_t i = note.first; i < past; ++i)
    put_before(results[i].comments, short_one || i == note.first ? note.text : pointer);
}

/// The result that an order's comments are.
void note_result(mapping& all) {
  const auto& order = all.out.orders[all.order.index];
  auto& note = all.notes[all.order.note];
  model::lab_result out;
  set_state(out, "P");
  if (set_state_of_order(out, order.status)) out.sent.status = order.status;
  out.test_code = !order.panel_code.empty() ? order.panel_code
    : !order.panel_name.empty()             ? order.panel_name
                                            : "NTE";
  out.test_name = order.panel_name;
  out.sent.code = order.panel_code, out.sent.name = order.panel_name;
  out.order = all.order.index;
  out.performing_lab = all.from.name;
  out.performing_lab_code = all.from.code;
  out.needs_review = all.order.time_in_doubt;
  if (out.status == model::result_status::cancelled) {
    out.comments = std::move(note.text);
  } else {
    out.kind = model::value_kind::text;
    out.sent.value = note.text;
    out.value_text = std::move(note.text);
  }
  note.text.clear();
  if (all.order.collected) set_clinical_time(all, out, *all.order.collected);
  set_report_time(all, out);
  count_repeat(all, out);
  all.note(all.order.where, "comment",
           "the order brings comments and no results: they are filed as its text");
  all.out.results.push_back(std::move(out));
}

/// A comment on results that did not come: on all that the message brings, else a text of its own.
void lone_note(mapping& all, const shared_note& note) {
  if (!all.out.results.empty()) return hand_out(all.out, {note.text, 0}, all.out.results.size());
  all.order = {};
  model::lab_result out;
  set_state(out, "P");
  out.test_code = "NTE";
  out.performing_lab = all.from.name;
  out.performing_lab_code = all.from.code;
  out.kind = model::value_kind::text;
  out.value_text = out.sent.value = note.text;
  if (!all.out.orders.empty()) out.order = 0;
  set_report_time(all, out);
  count_repeat(all, out);
  all.out.results.push_back(std::move(out));
}

} // namespace

void add_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

void end_order(mapping& all) {
  if (all.order.note != order_frame::no_note) {
    if (all.out.results.size() == all.order.first_result) note_result(all);
    all.notes[all.order.note].past = all.out.results.size();
  }
  all.order = {};
}

void hand_out_notes(mapping& all) {
  // What was noted first speaks of more: the patient's comment, then the specimen's, then the order's. The
  // last one goes in front first.
  for (auto note = all.notes.rbegin(); note != all.notes.rend(); ++note) {
    if (note->text.empty()) continue;
    const size_t past = std::min(note->past, all.out.results.size());
    if (past > note->first) hand_out(all.out, *note, past);
    else lone_note(all, *note);
  }
}

} // namespace aorta::lab
