// What a plan asks of people, and what they have answered already.
#include "engine/ports/critical.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace aorta::store {
namespace {

using ports::act;
using ports::filing;
using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void member(json_writer& to, const char* name, std::string_view text) {
  to.Key(name);
  const std::string safe = cleaned(text);
  to.String(safe.data(), rapidjson::SizeType(safe.size()));
}

std::string note_list(const std::vector<lab::rule_note>& notes, std::string_view rule) {
  rapidjson::StringBuffer out;
  json_writer json(out);
  json.StartArray();
  for (const auto& note : notes) {
    if (note.rule != rule) continue;
    json.StartObject();
    member(json, "where", note.where);
    member(json, "rule", note.rule);
    member(json, "detail", note.detail);
    json.EndObject();
  }
  json.EndArray();
  return {out.GetString(), out.GetSize()};
}

/// `OBX[3]-6` is the third.
size_t result_in(std::string_view where) noexcept {
  size_t out = 0;
  if (where.starts_with("OBX[")) std::from_chars(where.data() + 4, where.data() + where.size(), out);
  return out;
}

std::string day_text(const std::chrono::year_month_day& day) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", int(day.year()), unsigned(day.month()),
                unsigned(day.day()));
  return buffer;
}

/// What the message says of its patient, for whoever has to decide.
std::string claims_json(const identity::claims& who) {
  rapidjson::StringBuffer out;
  json_writer json(out);
  json.StartObject();
  member(json, "sender", who.sender);
  json.Key("numbers");
  json.StartArray();
  for (const auto& id : who.ids) {
    json.StartObject();
    member(json, "kind", identity::name(id.kind));
    member(json, "value", id.value);
    member(json, "authority", id.authority);
    json.EndObject();
  }
  json.EndArray();
  json.Key("names");
  json.StartArray();
  for (const auto& said : who.names) {
    json.StartObject();
    member(json, "family", said.family);
    member(json, "given", said.given);
    json.EndObject();
  }
  json.EndArray();
  if (who.birth_date) member(json, "birth_date", day_text(*who.birth_date));
  else if (who.birth_year)
    member(json, "birth_date",
           std::to_string(int(*who.birth_year)) +
             (who.birth_month ? "-" + std::to_string(unsigned(*who.birth_month)) : ""));
  json.Key("birth_date_unreadable");
  json.Bool(who.birth_date_unreadable);
  member(json, "sex", model::name(who.sex));
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

constexpr std::string_view unmatched = "unmatched"; ///< kind of review: nobody knows whose a message is

/// The words with which a person closes a doubt for good.
bool closes_doubt(std::string_view action) noexcept {
  return action == "accept" || action == "correct" || action == "reject";
}

} // namespace

void filing_plan::ask_by_kind(size_t index, const std::vector<lab::rule_note>& notes,
                              std::vector<review_row>& out) const {
  const auto& results = batch_[index].report->results;
  std::unordered_map<size_t, size_t> places; // number of the OBX -> place among the results
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i].set_id > 0) places.emplace(results[i].set_id, i);
  for (size_t i = 0; i < results.size(); ++i)
    if (results[i].set_id == 0) places.emplace(i + 1, i);
  std::vector<std::string_view> kinds;
  for (const auto& note : notes)
    if (std::find(kinds.begin(), kinds.end(), note.rule) == kinds.end()) kinds.push_back(note.rule);
  for (const auto kind : kinds) {
    review_row row{index, batch_[index].log.id, std::string(kind), note_list(notes, kind), "[]", {}, {}};
    for (const auto& note : notes) {
      const size_t place = note.rule == kind ? result_in(note.where) : 0;
      const auto about = places.find(place);
      if (place == 0 || about == places.end() || about->second >= placed_[index].size()) continue;
      row.positions.push_back(place);
      row.results.push_back(placed_[index][about->second]->id);
    }
    out.push_back(std::move(row));
  }
}

std::vector<filing_plan::review_row> filing_plan::asked_of_person(size_t index) const {
  const filing& f = batch_[index];
  std::vector<review_row> out;
  if (f.log.status == ports::message_status::unmatched && f.claims != nullptr) {
    std::vector<std::string> candidates;
    if (f.decision != nullptr)
      for (const auto id : f.decision->candidates) candidates.push_back(std::to_string(id));
    out.push_back({index,
                   f.log.id,
                   std::string(unmatched),
                   json_list(f.decision ? f.decision->evidence : std::vector<std::string>{}),
                   json_list(candidates),
                   {},
                   {},
                   true});
  } else if (f.held != nullptr) {
    const std::vector<lab::rule_note> why{{f.held->where, std::string(name(f.held->code)), f.held->text}};
    out.push_back({index, f.log.id, "held", note_list(why, why[0].rule), "[]", {}, {}, false, true});
  } else if (f.log.status == ports::message_status::processed && f.report != nullptr) {
    ask_by_kind(index, f.report->reviews, out);
    ask_by_kind(index, doubts_[index], out);
  } else if (f.log.status == ports::message_status::failed && f.for_person && f.log.fault) {
    const std::vector<lab::rule_note> why{
      {f.log.fault->where, std::string(name(f.log.fault->code)), f.log.fault->text}};
    out.push_back({index, f.log.id, "refused", note_list(why, why[0].rule), "[]", {}, {}, false, true});
  }
  return out;
}

void filing_plan::decide_reviews(size_t index, const standing_acts& acts) {
  const filing& f = batch_[index];
  // What changes records is not known to wait before that was tried.
  if (f.how == filing::mode::complete ? f.log.status != ports::message_status::unmatched
                                      : f.records != nullptr) {
    if (f.how == filing::mode::again) keep_answers(index, {}, acts);
    return;
  }
  auto asked = asked_of_person(index);
  if (f.how == filing::mode::again) return keep_answers(index, std::move(asked), acts);
  for (auto& row : asked) reviews_.push_back(std::move(row));
}

/// What is open stays open, what a person has answered is not asked again, and what is no longer in doubt is
/// closed.
void filing_plan::keep_answers(size_t index, std::vector<review_row> asked, const standing_acts& acts) {
  const filing& f = batch_[index];
  const bool by_itself = f.act != nullptr &&
    (f.act->is == act::kind::reprocess || f.act->is == act::kind::serve);
  const auto resolves = [&](const standing_review& r) {
    return f.act != nullptr && f.act->review == r.id && !by_itself;
  };
  std::vector<const standing_review*> kept;
  std::vector<review_row> answered, open;
  for (auto& row : asked) {
    const standing_review* waits = nullptr;
    bool told = false;
    for (const auto& r : acts.reviews) {
      if (r.message != f.log.id || r.kind != row.kind) continue;
      const bool whose = row.with_claims && r.open && !resolves(r); // one question, whatever speaks for and
                                                                    // against
      if (whose && r.reasons != row.reasons) row.stands = r.id;
      if (whose) waits = &r;
      if (r.reasons != row.reasons) continue;
      if (r.open && !resolves(r)) waits = &r;
      told = told || closes_doubt(r.action) || (r.open && resolves(r) && closes_doubt(f.act->word));
    }
    if (waits != nullptr) kept.push_back(waits);
    if (waits != nullptr ? row.stands.has_value() : !told) reviews_.push_back(row);
    (waits == nullptr && told ? answered : open).push_back(std::move(row));
  }
  for (const auto& r : acts.reviews) {
    const bool of_other_work = r.kind == ports::call_by_hand || r.kind == ports::delivery_parked;
    if (of_other_work && !resolves(r)) continue; // whatever the message says now
    if (r.message != f.log.id || !r.open || std::find(kept.begin(), kept.end(), &r) != kept.end()) continue;
    const bool by_person = f.act != nullptr && f.act->by && (f.act->review == r.id || !by_itself);
    settlements_.push_back({&r, by_person ? std::optional(f.act->by->id) : std::nullopt,
                            f.act != nullptr && f.act->review == r.id ? f.act->word : std::string("settled"),
                            f.act != nullptr && f.act->review == r.id ? f.act->reason : ""});
  }
  vouch(index, answered, open);
}

void filing_plan::vouch(size_t index, const std::vector<review_row>& answered,
                        const std::vector<review_row>& open) {
  const auto concerns = [](const std::vector<review_row>& rows, size_t position) {
    return std::any_of(rows.begin(), rows.end(), [&](const review_row& row) {
      return std::find(row.positions.begin(), row.positions.end(), position) != row.positions.end();
    });
  };
  const auto mark = [&](result_version& v) {
    if (v.from != &batch_[index]) return;
    const size_t position = v.value->set_id > 0 ? v.value->set_id : position_of(index, *v.value) + 1;
    v.vouched = v.vouched || (concerns(answered, position) && !concerns(open, position));
  };
  if (answered.empty()) return;
  for (slot* at : touched_)
    if (at->next) mark(*at->next);
  for (auto& old : history_) mark(old);
}

void filing_plan::write_reviews(ledger& to, cipher& locks) const {
  for (const auto& s : settlements_) {
    row_sink& row = to.into(write::settle);
    row.id(s.what->id);
    row.time(now_);
    s.by ? row.integer(*s.by) : row.null();
    row.text(s.action);
    row.text_or_null(s.reason);
    if (s.what->kind == unmatched) to.into(write::found).id(s.what->message);
  }
  for (const auto& r : reviews_) {
    const filing& f = batch_[r.index];
    std::vector<std::string> results;
    for (const auto& id : r.results) results.push_back(to_text(id));
    const std::string claims = r.with_claims ? locks.seal(claims_json(*f.claims), now_) : std::string();
    const std::string list = results.empty() ? std::string() : json_list(results);
    if (r.with_claims && !r.stands) write_wait(f, to, locks);
    if (r.stands) {
      row_sink& row = to.into(write::ask_anew);
      row.id(*r.stands);
      row.text(r.reasons);
      row.text(r.candidates);
      row.text_or_null(claims);
      continue;
    }
    row_sink& row = to.into(write::review);
    row.id(ids_.next(now_));
    row.integer(f.log.clinic);
    row.id(r.message);
    row.text(r.kind);
    row.text(r.reasons);
    row.text(r.candidates);
    row.time(now_);
    row.text_or_null(claims);
    row.text_or_null(list);
    const half_digest subject = half(hashes_[r.index]);
    r.with_subject ? row.key(subject) : row.null();
  }
  for (size_t i = 0; i < batch_.size(); ++i) {
    const filing& f = batch_[i];
    const bool fresh = f.how == filing::mode::first || f.how == filing::mode::resume;
    if (!fresh || treatments_[i].is != treatment::kind::filed ||
        f.log.status == ports::message_status::failed || f.log.status == ports::message_status::received)
      continue;
    const half_digest subject = half(hashes_[i]); // the sink may keep a view of it
    row_sink& row = to.into(write::answered);
    row.key(subject);
    row.integer(f.log.clinic);
    row.time(now_);
  }
}

/// Whoever has one of these keys from now on may be the patient; and somebody may have got one, or changed,
/// since the matcher looked.
void filing_plan::write_wait(const filing& of, ledger& to, cipher& locks) const {
  for (const auto& key : identity::lookup_keys(*of.claims)) {
    const half_digest hash = locks.blind(of.log.clinic, key.kind, key.value);
    row_sink& row = to.into(write::waits);
    row.integer(of.log.clinic);
    row.key(hash);
    row.id(of.log.id);
  }
  if (of.considered == nullptr) return;
  std::vector<std::string> seen;
  for (const auto id : *of.considered) seen.push_back(std::to_string(id));
  const std::string list = json_list(seen);
  row_sink& row = to.into(write::news);
  row.integer(of.log.clinic);
  row.null();
  row.id(of.log.id);
  row.text(list);
  row.time(now_);
}

std::vector<ports::review_item> filing_plan::opened() const {
  std::vector<ports::review_item> out;
  for (const auto& r : reviews_) {
    if (r.stands) continue;
    ports::review_item item;
    item.kind = r.kind;
    item.reasons_json = r.reasons;
    item.candidates_json = r.candidates;
    item.state = "open";
    item.message = r.message;
    out.push_back(std::move(item));
  }
  return out;
}

std::vector<ports::review_item> filing_plan::closed() const {
  std::vector<ports::review_item> out;
  for (const auto& s : settlements_) {
    ports::review_item item;
    item.id = s.what->id;
    item.kind = s.what->kind;
    item.reasons_json = s.what->reasons;
    item.state = "resolved";
    item.action = s.action;
    item.message = s.what->message;
    out.push_back(std::move(item));
  }
  return out;
}

} // namespace aorta::store
