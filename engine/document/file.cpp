#include "engine/document/file.hpp"

#include "engine/document/attach.hpp"

#include <algorithm>
#include <optional>

namespace aorta::document {
namespace {

using model::table;
using records::known_row;

constexpr std::string_view superseded = "superseded", withdrawn = "entered_in_error", current = "current";
/// In front of the title, for whoever reads the clinic's table alone.
constexpr std::string_view superseded_words = "Superseded: ", withdrawn_words = "Withdrawn: ",
                           addendum_words = "Addendum: ";

std::string with_words(std::string_view words, std::string_view title) {
  return title.starts_with(words) ? std::string(title) : std::string(words).append(title);
}

std::string bare(std::string_view title) {
  for (const auto words : {superseded_words, withdrawn_words})
    if (title.starts_with(words)) title.remove_prefix(words.size());
  return std::string(title);
}

std::string titled(std::string_view status, std::string_view title) {
  if (status == withdrawn) return with_words(withdrawn_words, bare(title));
  if (status == superseded) return with_words(superseded_words, bare(title));
  return bare(title);
}

bool is_locked(const known_row& note) { return note.row.text("is_locked") == "true"; }

class work {
public:
  work(const records::filing_room& room, const notice& what, model::patient_id patient, outcome& out)
      : room_(room),
        what_(what),
        patient_(patient),
        out_(out),
        spoken_(records::spoken_of(what.at, room)) {}

  status run();

private:
  struct found {
    std::optional<known_row> mine;
    bool of_another = false, several = false;
  };
  result<found> find(const number& by);
  status find_both();
  /// Why nothing of it is filed. False: a person was asked.
  result<bool> may_file();
  status ask_person(const char* kind, const char* where, std::string why);
  status ask_person(const char* kind, const std::vector<lab::rule_note>& reasons);
  /// T10 under the number of the document that it replaces: the same document anew.
  bool in_place() const noexcept {
    return what_.parent.value.empty() ||
      (what_.parent.value == what_.own.value && what_.parent.authority == what_.own.authority);
  }
  bool has_parent() const noexcept {
    return (what_.what == event::replace && !in_place()) || what_.what == event::addendum;
  }
  status make();
  bool is_final() const noexcept { return what_.completion == "AU" || what_.completion == "LA"; }
  bool stands_final() const {
    const auto done = own_->row.text("completion_status");
    return done == "AU" || done == "LA";
  }
  bool is_moot();
  void speak_over_preliminary();
  status show_critical();
  void number_it();
  void say(known_row& at, std::string_view column, std::optional<std::string> value);
  void say_if_told(std::string_view column, const std::string& value) {
    if (!value.empty()) say(*own_, column, value);
  }
  void say_status();
  void say_title();
  void say_times();
  status say_people();
  status say_content();
  void say_parent();
  status write_all();
  status tell(const known_row& of);

  const records::filing_room& room_;
  const notice& what_;
  const model::patient_id patient_;
  outcome& out_;
  timestamp spoken_;
  std::optional<known_row> own_, parent_;
  bool of_another_ = false, several_ = false, parent_of_another_ = false;
};

result<work::found> work::find(const number& by) {
  if (auto held = records::hold_number(room_.in, table::clinical_notes, by.value); !held) return held.error();
  ports::row_query ask;
  ask.of = table::clinical_notes;
  ask.equals = {{"document_number", by.value}};
  ask.with_content = true;
  auto rows = records::read_rows(room_.in, ask);
  if (!rows) return rows.error();
  found out;
  for (auto& each : *rows) {
    if (each.row.text("document_authority") != by.authority) continue;
    if (each.row.text("patient_id") != std::to_string(patient_)) {
      out.of_another = out.of_another || each.row.text("document_status") != withdrawn;
      continue;
    }
    out.several = out.mine.has_value();
    out.mine = std::move(each);
  }
  // What a person has taken to somebody else has left a note behind of which nobody tells any more.
  if (out.mine && out.of_another && !out.several && records::left_behind(*out.mine)) out.mine.reset();
  return out;
}

status work::find_both() {
  auto own = find(what_.own);
  if (!own) return own.error();
  own_ = std::move(own->mine), of_another_ = own->of_another, several_ = own->several;
  if (!has_parent() || what_.parent.value.empty()) return done{};
  auto parent = find(what_.parent);
  if (!parent) return parent.error();
  parent_ = std::move(parent->mine), parent_of_another_ = parent->of_another;
  several_ = several_ || parent->several;
  return done{};
}

status work::ask_person(const char* kind, const std::vector<lab::rule_note>& reasons) {
  ports::review_item item;
  item.kind = kind;
  item.reasons_json = "[";
  for (const auto& each : reasons) {
    item.reasons_json += (item.reasons_json.size() > 1 ? ",{\"where\":\"" : "{\"where\":\"") + each.where +
      "\",\"rule\":\"" + each.rule + "\",\"detail\":\"" + each.detail + "\"}";
    out_.rules.push_back(each);
  }
  item.reasons_json += "]";
  return room_.in.review(room_.message, item);
}

status work::ask_person(const char* kind, const char* where, std::string why) {
  return ask_person(kind, {{where, kind, std::move(why)}});
}

result<bool> work::may_file() {
  const auto ask = [&](const char* kind, const char* where, std::string why) -> result<bool> {
    if (auto asked = ask_person(kind, where, std::move(why)); !asked) return asked.error();
    return false;
  };
  if (several_) return ask("which-document", "TXA-12", "several documents of the patient have the number");
  if (!own_ && of_another_)
    return ask("document-of-another", "TXA-12", "the number is that of a document of another patient");
  if (!own_ && what_.what == event::cancel)
    return ask("unknown-document", "TXA-12",
               "nobody told of it before: what is sent of it later would stand");
  if (what_.what == event::addendum && in_place())
    return ask("unknown-document", "TXA-13", "it does not say which document it continues");
  if (has_parent() && !parent_ && parent_of_another_)
    return ask("document-of-another", "TXA-13", "the document is one of another patient");
  if ((has_parent() && !parent_) || (what_.what == event::replace && in_place() && !own_))
    return ask("unknown-document", "TXA-13",
               what_.what == event::addendum ? "the document that it continues is not known"
                                             : "the document that it replaces is not known");
  const bool needs_content = what_.what == event::addendum || what_.what == event::edit ||
    what_.what == event::replace;
  if (needs_content && !what_.has_content())
    return ask("no-content", "OBX", "there is nothing in it: what stands would be lost");
  if ((own_ && is_locked(*own_)) || (what_.what == event::replace && parent_ && is_locked(*parent_)))
    return ask("note-locked", "TXA-12", "the clinic has locked the note: it stands");
  return true;
}

/// Of a report: what says nothing of which anybody would have to decide.
bool work::is_moot() {
  if (!what_.of_report) return false;
  if (!own_ && (what_.what == event::cancel || !what_.has_content())) {
    out_.rules.push_back({"OBR", "no-content", "nothing of it stands, and nobody told of it before"});
    return true;
  }
  if (!own_ || what_.what == event::cancel || is_final() || !stands_final()) return false;
  out_.rules.push_back({"OBR-25", "preliminary-after-final", "the final report stands"});
  return true;
}

/// A final report that was sent before a preliminary one counts all the same.
void work::speak_over_preliminary() {
  if (!what_.of_report || !is_final() || !own_ || own_->fresh || stands_final()) return;
  const auto told = own_->story.fields.find("completion_status");
  if (told == own_->story.fields.end()) return;
  for (const auto& each : told->second.all())
    spoken_ = std::max(spoken_, each.until() + std::chrono::microseconds{1});
}

/// It is filed; and a person has to see it, since no value of a document raises an alert.
status work::show_critical() {
  return what_.critical.empty() ? status(done{}) : ask_person("critical-in-document", what_.critical);
}

status work::make() {
  const auto keys = room_.in.reserve(table::clinical_notes, 1);
  if (!keys) return keys.error();
  known_row fresh;
  fresh.fresh = true;
  fresh.story.made_by = to_text(room_.message);
  fresh.row = model::record(table::clinical_notes);
  fresh.row.set("note_id", std::to_string(keys->front()));
  fresh.row.set("patient_id", std::to_string(patient_));
  own_ = std::move(fresh);
  return done{};
}

void work::number_it() {
  own_->row.set("document_number", what_.own.value);
  own_->row.set("document_authority", what_.own.authority);
}

void work::say(known_row& at, std::string_view column, std::optional<std::string> value) {
  records::statement one;
  one.at = spoken_;
  one.value = std::move(value);
  one.by = to_text(room_.message);
  one.event = code(what_.what);
  records::say(at, column, std::move(one));
}

/// What was replaced does not come back because something is said of it once more.
void work::say_status() {
  const bool begins = what_.what == event::announce || what_.what == event::original || has_parent();
  if (what_.what == event::cancel || what_.availability == "CA")
    say(*own_, "document_status", std::string(withdrawn));
  else if (what_.availability == "OB") say(*own_, "document_status", std::string(superseded));
  else if (own_->row.text("document_status").empty() ||
           (begins && own_->row.text("document_status") != superseded))
    say(*own_, "document_status", std::string(current));
  if (what_.what == event::cancel && own_->row.text("availability") == "AV")
    out_.rules.push_back({"TXA-19", "cancelled", "it had been available for patient care"});
}

void work::say_title() {
  auto title = what_.title.empty() || what_.what == event::cancel ? own_->row.text("title") : what_.title;
  if (what_.what == event::addendum) title = with_words(addendum_words, title);
  title = titled(own_->row.text("document_status"), title);
  if (!title.empty()) say(*own_, "title", std::move(title));
}

void work::say_times() {
  if (what_.active) say(*own_, "activity_at", to_iso(*what_.active));
  if (what_.authenticated) say(*own_, "authenticated_at", to_iso(*what_.authenticated));
}

status work::say_people() {
  say_if_told("author_name", what_.author.name);
  say_if_told("authenticator_name", what_.authenticator.name);
  if (what_.author.licence.empty() && what_.author.name.empty()) return done{};
  std::optional<std::string> user;
  if (!what_.author.licence.empty()) {
    auto known = records::user_of_licence(room_.in, what_.author.licence);
    if (!known) return known.error();
    user = std::move(*known);
  }
  if (user || own_->row["author_id"]) say(*own_, "author_id", std::move(user));
  return done{};
}

status work::say_content() {
  if (!what_.has_content()) {
    if (what_.what == event::original)
      out_.rules.push_back({"OBX", "no-content", "what is told of it is filed without any"});
    return done{};
  }
  auto attached = attach(room_, what_);
  if (!attached) return attached.error();
  say(*own_, "content_text", what_.text.empty() ? std::nullopt : std::optional(what_.text));
  say(*own_, "structured_data", std::move(*attached));
  return done{};
}

void work::say_parent() {
  if (!parent_) return;
  say(*own_, "parent_note_id", parent_->row.key());
  say(*own_, "parent_relation", what_.what == event::replace ? "replaces" : "appends");
  if (what_.what != event::replace || parent_->row.text("document_status") == withdrawn) return;
  say(*parent_, "document_status", std::string(superseded));
  if (parent_->row.text("document_status") == superseded)
    say(*parent_, "title", titled(superseded, parent_->row.text("title")));
}

status work::run() {
  if (!what_.doubts.empty()) return ask_person(what_.doubts.front().rule.c_str(), what_.doubts);
  if (auto looked = find_both(); !looked) return looked;
  if (is_moot()) return done{};
  if (const auto may = may_file(); !may || !*may) return may ? status(done{}) : may.error();
  if (!own_)
    if (auto made = make(); !made) return made;
  if (own_->fresh) number_it();
  speak_over_preliminary();
  say_status();
  say_title();
  if (what_.what != event::cancel) {
    if (!what_.type.empty()) {
      say(*own_, "document_type", what_.type);
      say(*own_, "note_type", std::string(note_type(what_.type)));
    } else if (what_.of_report) {
      say(*own_, "note_type", std::string(note_type({})));
    }
    say_if_told("completion_status", what_.completion);
    say_if_told("confidentiality", what_.confidentiality);
    say_if_told("placer_order_number", what_.placer.value);
    say_if_told("filler_order_number", what_.filler.value);
    say_times();
    auto visit = records::visit_of(room_.in, patient_, what_.visit.value, what_.visit.authority);
    if (!visit) return visit.error();
    if (*visit) say(*own_, "encounter_id", **visit);
    if (auto said = say_people(); !said) return said;
    if (auto said = say_content(); !said) return said;
    say_parent();
  }
  say_if_told("availability", what_.availability);
  if (auto written = write_all(); !written) return written;
  return show_critical();
}

status work::write_all() {
  std::vector<known_row*> all{&*own_};
  if (parent_) all.push_back(&*parent_);
  if (auto written = records::write(room_, all); !written) return written;
  for (const auto* each : all)
    if (auto told = tell(*each); !told) return told;
  return done{};
}

/// Thin: who listens reads with a key of his own, which is audited.
status work::tell(const known_row& of) {
  const char* before = &of == &*own_ ? "clinical_notes." : "parent: clinical_notes.";
  for (const auto& column : of.changed)
    out_.rules.push_back({before + column, of.fresh ? "set" : "changed", {}});
  if (!of.fresh && of.changed.empty()) return done{};
  const bool ended = what_.what == event::cancel;
  const std::string payload = "{\"patient_id\":\"" + std::to_string(patient_) + "\",\"note_id\":\"" +
    of.row.key() + "\"}";
  return room_.in.event(of.fresh  ? "document_created"
                          : ended ? "document_withdrawn"
                                  : "document_changed",
                        patient_, {}, payload);
}

} // namespace

result<outcome> file(const records::filing_room& room, const notice& what,
                     const identity::decision& decided) {
  return records::file_for_patient<outcome>(room, decided, [&](model::patient_id patient, outcome& out) {
    return work(room, what, patient, out).run();
  });
}

status take_back(const records::filing_room& room, model::patient_id patient, bool leaves) {
  return records::take_back(room, table::clinical_notes, patient, leaves, [](known_row& each) {
    each.row.set("document_status", std::string(withdrawn));
    each.row.set("title", "Withdrawn");
    each.changed.insert(each.changed.end(), {"document_status", "title"});
  });
}

} // namespace aorta::document
