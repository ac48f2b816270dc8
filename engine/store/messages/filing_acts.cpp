// What a person's act changes beside the message's own rows: links, words about single results, and what is
// learned.
#include "engine/identity/taught.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace aorta::store {
namespace {

using ports::act;
using ports::filing;

const standing_link* link_of(const standing_acts& acts, const uuid& message) {
  const auto at = std::find_if(acts.links.begin(), acts.links.end(),
                               [&](const auto& l) { return l.message == message; });
  return at == acts.links.end() ? nullptr : &*at;
}

std::string word_content(const ports::result_word& word) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json(out);
  const auto member = [&](const char* name, const std::optional<std::string>& text) {
    if (!text) return;
    json.Key(name);
    json.String(text->data(), rapidjson::SizeType(text->size()));
  };
  json.StartObject();
  member("value", word.value);
  member("unit", word.unit);
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

} // namespace

/// Two people at the same time, or one message run again twice at once: the first counts.
status filing_plan::check_again(size_t index, const std::vector<earlier_filing>& earlier,
                                const standing_acts& acts) const {
  const filing& f = batch_[index];
  for (size_t j = 0; j < index; ++j)
    if (batch_[j].how == filing::mode::again && batch_[j].log.id == f.log.id)
      return error{error_code::conflict, "", "this message is being run again already"};
  if (f.act == nullptr) return done{};
  const auto* link = link_of(acts, f.log.id);
  if ((link != nullptr ? std::optional(link->id) : std::nullopt) != f.act->link_seen)
    return error{error_code::conflict, "", "a person has decided about this message's patient meanwhile"};
  const auto before = std::find_if(earlier.begin(), earlier.end(),
                                   [&](const auto& e) { return e.message == f.log.id; });
  const auto patient = before != earlier.end() ? before->patient : std::nullopt;
  const bool moves = f.act->is == act::kind::link || f.act->is == act::kind::unlink ||
    f.act->is == act::kind::reprocess || f.act->is == act::kind::serve;
  if (f.act->is != act::kind::reprocess && patient != f.act->patient_seen)
    return error{error_code::conflict, "", "this message has come to another patient meanwhile"};
  if (!moves && f.log.patient != patient)
    return error{
      error_code::conflict, "",
      "today this message would lead to another patient: link it, or reprocess it, before its results are changed"};
  if (!f.act->review) return done{};
  const bool waits = std::any_of(acts.reviews.begin(), acts.reviews.end(),
                                 [&](const auto& r) { return r.id == *f.act->review && r.open; });
  if (!waits) return error{error_code::conflict, "", "this has been resolved meanwhile"};
  return done{};
}

void filing_plan::take_acts(size_t index, const standing_acts& acts) {
  const filing& f = batch_[index];
  if (f.act == nullptr || !f.act->by || (f.act->is != act::kind::link && f.act->is != act::kind::unlink))
    return;
  for (const auto& learned : acts.decisions)
    if (learned.message == f.log.id) unteach(learned, *f.act, f.log.id);
  for (const auto& what : lessons_) {
    if (what.index != index) continue;
    bool known = false, contradicted = false;
    for (const auto& rival : what.rivals) {
      if (rival.message == f.log.id) continue;
      known = known || rival.patient == f.log.patient;
      if (rival.patient == f.log.patient) continue;
      contradicted = true; // the same claims for two people: they say nothing
      unteach(rival, *f.act, f.log.id);
    }
    if (!known && !contradicted) taught_.push_back(what);
  }
}

/// Messages that were filed because of it are shown to a person, but the one that is decided about now.
void filing_plan::unteach(const standing_decision& what, const act& by, const uuid& but) {
  untaught_.emplace_back(&what, by.by->id);
  for (const auto& message : what.uses) {
    if (message == but) continue;
    const std::string why = "filed under patient " + std::to_string(what.patient) + " because of decision " +
      to_text(what.id) + ", which was withdrawn";
    reviews_.push_back({0,
                        message,
                        "decision-withdrawn",
                        json_list({why}),
                        json_list({std::to_string(what.patient)}),
                        {},
                        {}});
  }
}

/// A later message of the same order is shown to a person when it leads to somebody else.
void filing_plan::write_linked_orders(const filing& of, ledger& to, cipher& locks) {
  const auto claims = locks.blind(of.log.clinic, identity::decided_kind,
                                  identity::decision_key(of.report->who));
  for (const auto& order : of.report->orders)
    for (const auto key : number_keys(of.log.clinic, of.report->laboratory, order)) {
      row_sink& row = to.into(write::linked_order);
      row.integer(of.log.clinic);
      row.integer(key);
      row.id(of.log.id);
      row.integer(minute_of(order));
      row.key(claims);
    }
}

void filing_plan::write_acts(ledger& to, cipher& locks) const {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    if (treatments_[i].is != treatment::kind::filed) continue;
    if (const auto followed = f.decision != nullptr && f.log.patient
          ? uuid_from_text(f.decision->person_decision)
          : std::nullopt) {
      row_sink& row = to.into(write::taught_by);
      row.id(*followed);
      row.id(f.log.id);
      row.integer(f.log.clinic);
    }
    // Also when it is only run again: it may name other orders than before.
    if (f.act != nullptr && f.report != nullptr && (f.act->patient || f.act->taken_from))
      write_linked_orders(f, to, locks);
    if (f.act == nullptr || !f.act->by) continue;
    if (f.act->is == act::kind::link || f.act->is == act::kind::unlink) {
      row_sink& end = to.into(write::link_end);
      end.id(f.log.id);
      end.time(now_);
      row_sink& row = to.into(write::link);
      row.id(ids_.next(now_));
      row.integer(f.log.clinic);
      row.id(f.log.id);
      f.act->is == act::kind::link&& f.log.patient ? row.integer(*f.log.patient) : row.null();
      f.act->patient_seen ? row.integer(*f.act->patient_seen) : row.null();
      row.integer(f.act->by->id);
      row.time(now_);
    }
    for (size_t n = f.act->words.size() - std::min(f.act->new_words, f.act->words.size());
         n < f.act->words.size(); ++n) {
      const auto& word = f.act->words[n];
      const std::string content = locks.seal(word_content(word), now_);
      row_sink& row = to.into(write::word);
      row.id(ids_.next(now_));
      row.integer(f.log.clinic);
      row.id(f.log.id);
      row.integer(word.position);
      row.text(word.is == ports::result_word::kind::rejected ? "rejected" : "corrected");
      row.text(content);
      row.text(word.reason);
      row.integer(f.act->by->id);
      row.time(now_);
    }
  }
  for (const auto& [what, by] : untaught_) {
    row_sink& row = to.into(write::unteach);
    row.id(what->id);
    row.time(now_);
    row.integer(by);
    row_sink& hint = to.into(write::unhint);
    hint.key(what->claims);
    hint.integer(what->patient);
  }
  for (const auto& what : taught_) {
    const filing& f = batch_[what.index];
    row_sink& row = to.into(write::teach);
    row.id(ids_.next(now_));
    row.integer(f.log.clinic);
    row.key(what.claims);
    row.integer(*f.log.patient);
    row.key(what.patient_state);
    row.text(f.decision->teaches);
    row.text(f.claims->sender);
    row.id(f.log.id);
    row.integer(f.act->by->id);
    row.time(now_);
    row_sink& hint = to.into(write::hint);
    hint.integer(f.log.clinic);
    hint.key(what.claims);
    hint.text("decided");
    hint.integer(*f.log.patient);
    row_sink& news = to.into(write::news); // others wait with the same claims
    news.integer(f.log.clinic);
    news.integer(*f.log.patient);
    news.null();
    news.null();
    news.time(now_);
  }
}

std::vector<uuid> filing_plan::standing_ids() const {
  std::vector<uuid> out = withdrawn_;
  for (const slot* at : touched_)
    if (at->stored) out.push_back(at->id);
  return out;
}

std::vector<uuid> filing_plan::new_ids() const {
  std::vector<uuid> out;
  for (const slot* at : touched_)
    if (!at->stored && at->next) out.push_back(at->id);
  return out;
}

/// What is withdrawn leaves its patient with a message that is committed alone.
int filing_plan::versions(size_t index) const {
  const auto brought = [&](const slot* at) { return at->next && at->next->from == &batch_[index]; };
  const auto late = [&](const result_version& row) { return row.from == &batch_[index]; };
  return int(std::count_if(touched_.begin(), touched_.end(), brought)) +
    int(std::count_if(history_.begin(), history_.end(), late)) +
    (batch_.size() == 1 ? int(withdrawn_.size()) : 0);
}

} // namespace aorta::store
