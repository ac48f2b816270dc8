// Edits at work on a draft.
#include "engine/edit/edit.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace aorta::edit {
namespace {

/// What an edit wants to stand at a place, or why it cannot say.
using wish = result<std::optional<std::string>>; ///< nothing: as it is

wish stay() { return std::optional<std::string>(); }
wish want(std::string raw) { return std::optional<std::string>(std::move(raw)); }
error cannot(const char* why) { return {error_code::table_value, "", why}; }

bool says_something(std::string_view raw) noexcept { return !raw.empty() && raw != "\"\""; }

/// Segments that hang on the one before them and mean nothing without it.
bool hangs_on(std::string_view name) noexcept {
  return name == "NTE" || name == "PRT" || name == "TCD" || name == "SID";
}

/// Works out one edit at one place.
class worker {
public:
  worker(draft& to, const here& at, const spot& place) : to_(to), at_(at), place_(place) {}

  wish operator()(const set_text& how) const {
    std::string out;
    for (const auto& piece : how.to) {
      if (!piece.literal) {
        const auto raw = to_.get(to_.find(piece.where, at_)).raw;
        if (says_something(raw))
          out += to_.fitted(raw, {0, 1, 1, 1, 1}); // a text, whatever it was divided by
        continue;
      }
      auto written = to_.written(piece.text);
      if (!written) return written.error();
      out += *written;
    }
    return want(std::move(out));
  }

  wish operator()(const copy_place& how) const {
    return want(to_.fitted(to_.get(to_.find(how.from, at_)).raw, place_));
  }

  wish operator()(const remove_place&) const { return want({}); }

  wish operator()(const look_up& how) const {
    return of_text([&](std::string_view text) -> wish {
      const auto found = how.from->rows.find(text);
      if (found == how.from->rows.end()) return cannot("its text is not in the table");
      return in_place(found->second);
    });
  }

  wish operator()(const rewrite_date& how) const {
    return of_text([&](std::string_view text) -> wish {
      const auto now = rewritten(text, how.from, how.to);
      return now ? in_place(*now) : wish(cannot("its text is no date of this form"));
    });
  }

  wish operator()(const write_number& how) const {
    return of_text([&](std::string_view text) -> wish {
      const auto now = plain_number(text, how.decimal);
      return now ? in_place(*now) : wish(cannot("its text is no number"));
    });
  }

  /// Each text between delimiters by itself: those stay.
  wish operator()(const replace_match& how) const {
    const auto raw = to_.get(place_).raw;
    if (!says_something(raw)) return stay();
    const auto& m = to_.marks();
    const auto divides = [&](char c) {
      return c != 0 && (c == m.repetition || c == m.component || c == m.subcomponent);
    };
    std::string out;
    for (size_t at = 0; at <= raw.size();) {
      const auto* end = std::find_if(raw.begin() + at, raw.end(), divides);
      const auto now = replaced(raw.substr(at, size_t(end - raw.begin()) - at), how);
      if (!now) return now.error();
      out += *now;
      if (end == raw.end()) break;
      out += *end;
      at = size_t(end - raw.begin()) + 1;
    }
    return want(std::move(out));
  }

  wish in_place(std::string_view text) const {
    auto written = to_.written(text);
    if (!written) return written.error();
    return want(std::move(*written));
  }

private:
  /// What is absent, empty or null stays so.
  template <class Work>
  wish of_text(Work work) const {
    const auto raw = to_.get(place_).raw;
    if (!says_something(raw)) return stay();
    std::string room;
    bool sure = true;
    const auto text = to_.read(raw, room, sure);
    if (!sure) return cannot("its bytes are not of the message's charset");
    return work(text);
  }

  result<std::string> replaced(std::string_view raw, const replace_match& how) const {
    std::string room;
    bool sure = true;
    const auto text = to_.read(raw, room, sure);
    if (!sure) return cannot("its bytes are not of the message's charset");
    std::string now(text);
    if (re2::RE2::GlobalReplace(&now, *how.match, how.with) == 0 || now == text) return std::string(raw);
    return to_.written(now);
  }

  draft& to_;
  const here& at_;
  const spot& place_;
};

/// One pass over a list of edits.
class run {
public:
  run(draft& to, telling how, outcome& out) : to_(to), how_(how), out_(out) {}

  bool one(const edit& by) {
    by_ = &by;
    if (by.in.empty()) return in_context({});
    for (size_t i = 0; i < to_.segments(); ++i) {
      here at;
      at.segment = i;
      if (to_.named(i, by.in) && !in_context(at)) return false;
    }
    return true;
  }

private:
  bool in_context(const here& at) {
    told_ = nullptr;
    bool runs = true;
    if (how_ == telling::everything) {
      auto& told = out_.told.emplace_back(step_told{by_->rule, by_->says, true, {}, {}});
      if (by_->when) {
        auto verdict = by_->when->explain(to_, at);
        told.ran = runs = verdict.holds;
        told.why = std::move(verdict.why);
      }
      told_ = &told;
    } else if (by_->when) {
      runs = by_->when->holds(to_, at);
    }
    return !runs || every_place(at);
  }

  /// All places that the target names.
  bool every_place(const here& at) {
    using kind = hl7::which::kind;
    if (by_->target.occurrence.is != kind::every) return every_repetition(at, to_.find(by_->target, at));
    for (size_t i = 0; i < to_.segments(); ++i) {
      if (!to_.named(i, by_->target.name())) continue;
      here bound = at;
      bound.bound_segment = i;
      if (!every_repetition(bound, to_.find(by_->target, bound))) return false;
    }
    return true;
  }

  bool every_repetition(const here& at, spot place) {
    if (place.segment == no_segment) return true; // what the message has not is not edited
    if (by_->target.repetition.is != hl7::which::kind::every) return place_edited(at, place);
    const size_t count = to_.repetitions(place);
    for (size_t i = 1; i <= count; ++i) {
      here bound = at;
      bound.bound_segment = at.bound_segment == no_segment ? place.segment : at.bound_segment;
      bound.bound_repetition = place.repetition = uint16_t(i);
      if (!place_edited(bound, place)) return false;
    }
    return true;
  }

  bool place_edited(const here& at, const spot& place) {
    if (std::holds_alternative<remove_place>(by_->what) && removed(place)) return true;
    const worker work(to_, at, place);
    auto wanted = std::visit(work, by_->what);
    if (!wanted) return failed(work, place, wanted.error());
    return !*wanted || write(work, place, **wanted);
  }

  bool write(const worker& work, const spot& place, const std::string& raw) {
    const std::string before(told_ != nullptr ? to_.get(place).raw : std::string_view{});
    const bool same = to_.get(place).raw == raw;
    if (const auto written = to_.write(place, raw); !written) return failed(work, place, written.error());
    if (same) return true;
    ++mark_now().changed;
    tell(place, before, raw, {});
    return true;
  }

  /// A whole segment with what hangs on it, or one of several repetitions. False: it is a matter of
  /// emptying.
  bool removed(const spot& place) {
    if (place.field == 0) {
      tell(place, to_.get(place).raw, {}, {});
      const bool note = hangs_on(by_->target.name());
      to_.remove_segment(place.segment);
      ++mark_now().changed;
      for (size_t i = place.segment + 1; !note && i < to_.segments() && next_hangs(i); ++i)
        if (!to_.removed(i)) to_.remove_segment(i);
      return true;
    }
    const bool numbered = by_->target.repetition.is == hl7::which::kind::numbered;
    if (!numbered || place.component != 0 || place.repetition > to_.repetitions(place)) return false;
    tell(place, to_.get(place).raw, {}, {});
    to_.remove_repetition(place);
    ++mark_now().changed;
    return true;
  }
  bool next_hangs(size_t i) const {
    return to_.removed(i) || to_.named(i, "NTE") || to_.named(i, "PRT") || to_.named(i, "TCD") ||
      to_.named(i, "SID");
  }

  bool failed(const worker& work, const spot& place, const error& why) {
    using kind = otherwise::kind;
    if (mark_now().failed < UINT16_MAX) ++mark_now().failed;
    tell(place, to_.get(place).raw, to_.get(place).raw, why.text);
    const auto& then = by_->or_else;
    if (then.is == kind::keep) return true;
    if (then.is == kind::literal) {
      if (const auto written = work.in_place(then.text); written && *written)
        if (to_.write(place, **written)) {
          tell(place, {}, **written, {});
          return true;
        }
    }
    out_.is = then.is == kind::reject ? outcome::kind::reject : outcome::kind::hold;
    out_.why = {error_code::table_value, to_.text_of(place),
                "the edit at " + by_->rule + " (" + by_->says + ") could not be done: " + why.text};
    return false;
  }

  mark& mark_now() {
    if (out_.marks.empty() || out_.marks.back().by != by_) out_.marks.push_back({by_});
    return out_.marks.back();
  }

  void tell(const spot& place, std::string_view before, std::string_view after, std::string trouble) {
    if (told_ == nullptr) return;
    std::string old_room, new_room;
    bool sure = true;
    change made{to_.text_of(place), {}, {}, std::move(trouble)};
    made.before = to_.read(before, old_room, sure);
    made.after = to_.read(after, new_room, sure);
    told_->changes.push_back(std::move(made));
  }

  draft& to_;
  telling how_;
  outcome& out_;
  const edit* by_ = nullptr;
  step_told* told_ = nullptr;
};

} // namespace

outcome apply(const std::vector<edit>& edits, draft& to, telling how) {
  outcome out;
  run all(to, how, out);
  for (const auto& each : edits)
    if (!all.one(each)) break;
  return out;
}

} // namespace aorta::edit
