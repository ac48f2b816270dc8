// Whether a condition holds, and why.
#include "engine/edit/condition.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace aorta::edit {
namespace {

/// A text of the message while a comparison looks at it.
struct looked_at {
  std::string room;
  std::string_view text;
  looked_at(const operand& what, const draft& of, const here& at) {
    bool sure = true;
    if (what.literal) text = what.text;
    else if (const auto raw = of.get(of.find(what.where, at)).raw; !raw.empty())
      text = of.read(raw, room, sure);
  }
  looked_at(const looked_at&) = delete;
};

bool compare(const node& how, const draft& of, const here& at) {
  const looked_at left(how.left, of, at);
  switch (how.is) {
    case node::kind::equal: return left.text == looked_at(how.right, of, at).text;
    case node::kind::unequal: return left.text != looked_at(how.right, of, at).text;
    case node::kind::member:
      return how.from ? how.from->rows.find(left.text) != how.from->rows.end()
                      : std::binary_search(how.list.begin(), how.list.end(), left.text);
    case node::kind::matches:
      return re2::RE2::PartialMatch(re2::StringPiece(left.text.data(), left.text.size()), *how.pattern);
    default: return left.text.empty(); // empty()
  }
}

/// Calls `look(here)` for each place that `[*]` stands for, until it answers true.
template <class Look>
bool run_through(const hl7::places& over, const draft& of, here at, Look look) {
  using kind = hl7::which::kind;
  const auto repetitions = [&](size_t segment) {
    at.bound_segment = segment;
    if (over.repetition.is != kind::every) return look(at);
    auto spot = of.find(over, at);
    const size_t count = of.repetitions(spot);
    for (size_t i = 1; i <= count; ++i) {
      at.bound_repetition = uint16_t(i);
      if (look(at)) return true;
    }
    return false;
  };
  if (over.occurrence.is != kind::every) return repetitions(no_segment);
  for (size_t i = 0; i < of.segments(); ++i)
    if (of.named(i, over.name()) && repetitions(i)) return true;
  return false;
}

bool evaluate(const std::vector<node>& all, const node& is, const draft& of, const here& at) {
  const auto part = [&](uint32_t which) { return evaluate(all, all[which], of, at); };
  switch (is.is) {
    case node::kind::both: return std::all_of(is.parts.begin(), is.parts.end(), part);
    case node::kind::either: return std::any_of(is.parts.begin(), is.parts.end(), part);
    case node::kind::negated: return !part(is.parts.front());
    case node::kind::any:
      return run_through(is.over, of, at,
                         [&](const here& each) { return evaluate(all, all[is.parts.front()], of, each); });
    case node::kind::all:
      return !run_through(is.over, of, at,
                          [&](const here& each) { return !evaluate(all, all[is.parts.front()], of, each); });
    default: return compare(is, of, at);
  }
}

/// What decided, one sentence a part.
class teller {
public:
  teller(const condition& of, const draft& in) : condition_(of), in_(in) {}

  bool tell(const node& is, const here& at) {
    const auto& all = condition_.nodes();
    switch (is.is) {
      case node::kind::both: return among(is, at, false);
      case node::kind::either: return among(is, at, true);
      case node::kind::negated: return !tell(all[is.parts.front()], at);
      case node::kind::any: return through(is, at, true);
      case node::kind::all: return through(is, at, false);
      default: break;
    }
    const bool holds = compare(is, in_, at);
    add(is, at, holds);
    return holds;
  }
  std::string take() { return std::move(out_); }

private:
  /// One part that is `deciding` decides alone; otherwise all of them do.
  bool among(const node& is, const here& at, bool deciding) {
    for (const auto part : is.parts) {
      const auto& each = condition_.nodes()[part];
      if (evaluate(condition_.nodes(), each, in_, at) == deciding) return tell(each, at);
    }
    for (const auto part : is.parts) tell(condition_.nodes()[part], at);
    return !deciding;
  }

  bool through(const node& is, const here& at, bool deciding) {
    const auto& inner = condition_.nodes()[is.parts.front()];
    size_t looked = 0;
    const bool decided = run_through(is.over, in_, at, [&](const here& each) {
      ++looked;
      if (evaluate(condition_.nodes(), inner, in_, each) != deciding) return false;
      tell(inner, each);
      return true;
    });
    if (decided) return deciding;
    line(std::string(deciding ? "none" : "each") + " of " + std::to_string(looked) + " " +
         (deciding ? "is so: " : "is so: ") + std::string(condition_.text_of(inner)));
    return !deciding;
  }

  void add(const node& is, const here& at, bool holds) {
    std::string out(condition_.text_of(is));
    out += holds ? " holds" : " does not hold";
    std::string values;
    for (const auto* each : {&is.left, &is.right}) {
      if (each->literal || (each == &is.right && is.is != node::kind::equal && is.is != node::kind::unequal))
        continue;
      const auto spot = in_.find(each->where, at);
      const looked_at now(*each, in_, at);
      values += values.empty() ? "" : ", ";
      values += spot.segment == no_segment
        ? "there is no " + std::string(each->where.name())
        : in_.text_of(spot) + (now.text.empty() ? " is empty" : " is \"" + std::string(now.text) + "\"");
    }
    line(out + (values.empty() ? "" : " (" + values + ")"));
  }

  void line(const std::string& text) { out_ += (out_.empty() ? "" : "; ") + text; }

  const condition& condition_;
  const draft& in_;
  std::string out_;
};

} // namespace

bool condition::holds(const draft& of, const here& at) const {
  return nodes_.empty() || evaluate(nodes_, nodes_.back(), of, at);
}

condition::verdict condition::explain(const draft& of, const here& at) const {
  if (nodes_.empty()) return {true, {}};
  teller out(*this, of);
  const bool holds = out.tell(nodes_.back(), at);
  return {holds, out.take()};
}

} // namespace aorta::edit
