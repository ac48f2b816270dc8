// Conditions of routes and edits: `MSH-3 = "LIS" and OBR-24 != "RAD"`. Compiled once, evaluated over a
// message's index. They compare decoded text, and know neither loops nor a clock.
#pragma once

#include "engine/edit/draft.hpp"
#include "engine/edit/table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace aorta::edit {

/// What is wrong with a text of the language, and where in it.
struct fault {
  size_t at = 0, length = 1; ///< bytes of the text
  std::string text, hint;
};

/// A text of the message, or one that is written down.
struct operand {
  bool literal = false;
  std::string text;  ///< of a literal
  hl7::places where; ///< of a place
  friend bool operator==(const operand&, const operand&) = default;
};

/// A part of a condition. The parts that it is made of stand before it.
struct node {
  enum class kind : uint8_t { both, either, negated, equal, unequal, member, matches, empty, any, all } is;
  uint32_t begin = 0, end = 0;      ///< of the condition's text
  std::vector<uint32_t> parts = {}; ///< of and, or, not, any(), all()
  operand left = {}, right = {};
  std::vector<std::string> list = {};           ///< of `in`, sorted
  std::shared_ptr<const table> from = {};       ///< of `in`, when it names a table
  std::shared_ptr<const re2::RE2> pattern = {}; ///< of `matches`
  hl7::places over = {};                        ///< of any() and all(): what their [*] run through
};

class condition {
public:
  /// Nothing: `into` is the condition. Otherwise the first fault; `into` is then as it was.
  static std::optional<fault> compile(std::string_view text, const tables& known, condition& into);

  bool holds(const draft& of, const here& at = {}) const;
  /// Whether it holds, and the parts that decided, each with what stands in the message: for people who look
  /// at this very message, never for a log.
  struct verdict {
    bool holds;
    std::string why;
  };
  verdict explain(const draft& of, const here& at = {}) const;

  const std::string& text() const noexcept { return text_; }
  const std::vector<node>& nodes() const noexcept { return nodes_; } ///< the whole is the last one
  std::string_view text_of(const node& part) const noexcept {
    return std::string_view(text_).substr(part.begin, part.end - part.begin);
  }

private:
  std::string text_;
  std::vector<node> nodes_;
};

/// A place as a person wrote it, at `at` of a longer text: no path, or one that no version of HL7 has, is a
/// fault.
std::optional<fault> read_places(std::string_view text, size_t at, hl7::places& into);

/// A pattern in RE2's syntax, or the fault at its place in `text`.
std::optional<fault> read_pattern(std::string_view text, std::shared_ptr<const re2::RE2>& into);

/// What conditions hold together, for whoever asks whether they can: places by themselves are free, unless
/// they are said to be fixed.
struct fixed_place {
  hl7::places where;
  std::vector<std::string> values; ///< it is one of these
  bool others = false;             ///< or something that no comparison names
};
enum class chance : uint8_t { sometimes, always, never };
/// Whether all of these hold for some messages, for all, or for none; `sometimes` too where there are too
/// many ways to look at.
chance chance_of(const std::vector<const condition*>& all, const std::vector<fixed_place>& fixed = {});
/// A part of the condition that says nothing, since it is always true or never; null when there is none.
const node* idle_part(const condition& of, const std::vector<fixed_place>& fixed, chance& is);

} // namespace aorta::edit
