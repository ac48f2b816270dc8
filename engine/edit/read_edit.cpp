#include "engine/edit/read_edit.hpp"

#include "engine/base/diagnostic.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/hl7/known_fields.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace aorta::edit {
namespace {

using word = edit_text::word;

/// What an edit is called by, and what else it takes.
struct act {
  const char* key;
  word edit_text::*target;
  std::vector<const char*> needs;
  bool may_fail, must_say_else;
};

const std::array<act, 7>& acts() {
  static const std::array<act, 7> all{{{"set", &edit_text::set, {"to"}, true, false},
                                       {"copy", &edit_text::copy, {"to"}, false, false},
                                       {"remove", &edit_text::remove, {}, false, false},
                                       {"map", &edit_text::map, {"table"}, true, true},
                                       {"replace", &edit_text::replace, {"match", "with"}, true, false},
                                       {"date", &edit_text::date, {"from", "to"}, true, true},
                                       {"number", &edit_text::number, {}, true, true}}};
  return all;
}

/// Keys that belong to some of them.
const std::array<std::pair<const char*, word edit_text::*>, 6>& extras() {
  static const std::array<std::pair<const char*, word edit_text::*>, 6> all{
    {{"to", &edit_text::to},
     {"table", &edit_text::table},
     {"match", &edit_text::match},
     {"with", &edit_text::with},
     {"from", &edit_text::from},
     {"decimal", &edit_text::decimal}}};
  return all;
}

/// Segments under which others stand: without them those would be somebody else's.
constexpr std::array<std::string_view, 6> heads{"MSH", "PID", "PV1", "ORC", "OBR", "SPM"};

std::string near(const std::string& given, const std::vector<std::string>& known) {
  const auto meant = did_you_mean(given, known);
  return meant.empty() ? std::string() : "did you mean '" + meant + "'?";
}

class reader {
public:
  reader(const edit_text& from, const tables& known, std::vector<complaint>& wrong)
      : from_(from),
        known_(known),
        wrong_(wrong) {}

  std::optional<edit> run() {
    const size_t before = wrong_.size();
    const auto* what = find_act();
    if (what == nullptr) return std::nullopt;
    out_.rule = from_.rule;
    read_condition();
    read_in();
    read_target(*what);
    check_extras(*what);
    if (wrong_.size() == before) read_act(*what);
    read_else(*what);
    if (wrong_.size() != before) return std::nullopt;
    return std::move(out_);
  }

private:
  void complain(const char* key, std::string text, std::string hint = {}, size_t at = 0, size_t length = 0) {
    wrong_.push_back({key, {at, length, std::move(text), std::move(hint)}});
  }
  bool take(const char* key, std::optional<fault> wrong) {
    if (!wrong) return true;
    wrong_.push_back({key, std::move(*wrong)});
    return false;
  }

  const act* find_act() {
    const act* found = nullptr;
    for (const auto& each : acts()) {
      if (!(from_.*each.target)) continue;
      if (found != nullptr) {
        complain(each.key, "an edit does one thing, and this one has '" + std::string(found->key) + "' too",
                 "write two");
        return nullptr;
      }
      found = &each;
    }
    // `copy` names its source, `to` its target.
    if (found == nullptr) complain("", "an edit has one of set, copy, remove, map, replace, date and number");
    return found;
  }

  void read_condition() {
    if (from_.when && take("when", condition::compile(*from_.when, known_, out_.when.emplace()))) return;
    out_.when.reset();
  }

  void read_in() {
    if (!from_.in) return;
    out_.in = *from_.in;
    hl7::places place;
    if (!take("in", read_places(out_.in, 0, place))) return;
    if (place.name() != out_.in) complain("in", "'in' names a segment alone, as in OBX");
    if (out_.in == "MSH") complain("in", "there is one MSH: 'in' says nothing");
  }

  void read_target(const act& what) {
    const bool copies = what.target == &edit_text::copy;
    const char* key = copies ? "to" : what.key;
    const auto& text = copies ? from_.to : from_.*what.target;
    if (!text) return; // told with what else is missing
    if (!take(key, read_places(*text, 0, out_.target))) return;
    out_.says = std::string(what.key) + " " + (copies ? *from_.copy + " to " : "") + *text;
    const auto& at = out_.target;
    const auto name = std::string(at.name());
    if (at.field == 0 && what.target != &edit_text::remove)
      return complain(key, "'" + std::string(what.key) + "' writes a field, and this is a whole segment",
                      "as in " + name + "-1");
    if (at.field == 0 && std::find(heads.begin(), heads.end(), name) != heads.end())
      return complain(key, "without its " + name + " what stands under it would be somebody else's");
    if (at.field == 0) return;
    if (name == "MSH" && at.field <= 2)
      return complain(key, "MSH-1 and MSH-2 are the delimiters of everything else and stay as they are");
    if (name == "MSH" && (at.field == 9 || at.field == 10) && !from_.force)
      complain(key,
               "MSH-" + std::to_string(at.field) +
                 (at.field == 9 ? " says what the message is" : " is what its sender knows it by"),
               "with force = true it is written all the same");
  }

  void check_extras(const act& what) {
    const auto wanted = [&](const char* key) {
      return std::any_of(what.needs.begin(), what.needs.end(),
                         [&](const char* each) { return std::string_view(each) == key; }) ||
        (std::string_view(key) == "decimal" && what.target == &edit_text::number);
    };
    for (const auto& [key, at] : extras()) {
      if ((from_.*at) && !wanted(key))
        complain(key, "'" + std::string(key) + "' says nothing to '" + what.key + "'");
      if (!(from_.*at) && wanted(key) && std::string_view(key) != "decimal")
        complain("", "'" + std::string(what.key) + "' needs '" + key + "'");
    }
  }

  /// A place that is read may have the target's own [*] alone.
  void check_bound(const char* key, const hl7::places& place, size_t at, size_t length) {
    using kind = hl7::which::kind;
    const auto& target = out_.target;
    const bool segment = place.occurrence.is == kind::every, repetition = place.repetition.is == kind::every;
    const bool known = (!segment || (target.occurrence.is == kind::every && target.name() == place.name())) &&
      (!repetition || target.repetition.is == kind::every);
    if (!known)
      complain(key, hl7::to_text(place) + " is several places, and one text is wanted",
               "[*] stands for the place that is written when that has [*] too", at, length);
  }

  void read_act(const act& what) {
    if (what.target == &edit_text::set) out_.what = read_set();
    else if (what.target == &edit_text::copy) out_.what = read_copy();
    else if (what.target == &edit_text::remove) out_.what = remove_place{};
    else if (what.target == &edit_text::map) out_.what = read_map();
    else if (what.target == &edit_text::replace) out_.what = read_replace();
    else if (what.target == &edit_text::date) out_.what = read_date();
    else out_.what = read_number();
  }

  set_text read_set() {
    set_text out;
    if (!take("to", read_pieces(*from_.to, out.to))) return out;
    for (const auto& each : out.to)
      if (each.literal && !hl7::is_ascii(each.text) && !from_.or_else)
        complain("to", "a charset may lack these letters: 'else' must say what then",
                 "else = \"keep\", \"hold\", \"reject\" or another text");
      else if (!each.literal) check_bound("to", each.where, 0, from_.to->size());
    return out;
  }

  copy_place read_copy() {
    copy_place out;
    if (take("copy", read_places(*from_.copy, 0, out.from)))
      check_bound("copy", out.from, 0, from_.copy->size());
    if (out.from.field == 0) complain("copy", "a whole segment is not copied", "name a field of it");
    return out;
  }

  look_up read_map() {
    const auto found = known_.find(*from_.table);
    if (found != known_.end()) return {found->second};
    std::vector<std::string> names;
    for (const auto& [name, each] : known_) names.push_back(name);
    auto hint = near(*from_.table, names);
    complain("table", "there is no table '" + *from_.table + "'",
             hint.empty() ? "its file is tables/" + *from_.table + ".csv" : hint);
    return {};
  }

  replace_match read_replace() {
    replace_match out;
    out.with = *from_.with;
    if (!take("match", read_pattern(*from_.match, out.match))) return out;
    std::string why;
    if (!out.match->CheckRewriteString(out.with, &why)) complain("with", "this cannot be written: " + why);
    if (!hl7::is_ascii(out.with) && !from_.or_else)
      complain("with", "a charset may lack these letters: 'else' must say what then",
               "else = \"keep\", \"hold\", \"reject\" or another text");
    return out;
  }

  rewrite_date read_date() {
    rewrite_date out;
    const bool read = take("from", read_date_form(*from_.from, out.from));
    if (!take("to", read_date_form(*from_.to, out.to)) || !read) return out;
    for (const char c : out.to.letters)
      if (out.from.letters.find(c) == std::string::npos)
        complain("to", std::string("'from' does not say what stands here for ") + c, "", from_.to->find(c),
                 1);
    return out;
  }

  write_number read_number() {
    if (!from_.decimal) return {};
    if (*from_.decimal == "," || *from_.decimal == ".") return {from_.decimal->front()};
    complain("decimal", "'decimal' is the sign before decimals: \",\" or \".\"");
    return {};
  }

  void read_else(const act& what) {
    if (!from_.or_else) {
      if (what.must_say_else)
        complain("", "'" + std::string(what.key) + "' can fail: 'else' must say what then",
                 "else = \"keep\", \"hold\", \"reject\" or another text");
      return;
    }
    if (!what.may_fail) return complain("else", "'" + std::string(what.key) + "' cannot fail");
    using kind = otherwise::kind;
    const auto& text = *from_.or_else;
    out_.or_else.is = text == "keep" ? kind::keep
      : text == "hold"               ? kind::hold
      : text == "reject"             ? kind::reject
                                     : kind::literal;
    if (out_.or_else.is == kind::literal) out_.or_else.text = text;
  }

  const edit_text& from_;
  const tables& known_;
  std::vector<complaint>& wrong_;
  edit out_;
};

} // namespace

std::optional<edit> read_edit(const edit_text& from, const tables& known, std::vector<complaint>& wrong) {
  return reader(from, known, wrong).run();
}

} // namespace aorta::edit
