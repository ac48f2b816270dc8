// Edits of a route: what is written into a message before anything reads it. Each is compiled once and
// applied in its order; what can fail says what then.
#pragma once

#include "engine/edit/condition.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aorta::edit {

/// `ward {PV1-3.1}`: texts and places in turn.
using pieces = std::vector<operand>;
/// Reads it; a brace that is meant is written twice.
std::optional<fault> read_pieces(std::string_view text, pieces& into);

/// A date's form: yyyy MM dd HH mm ss, SSS for thousandths, Z for the offset; all else stands for itself.
struct date_form {
  struct part {
    char letter; ///< y M d H m s S Z; 0: a text
    std::string text = {};
  };
  std::vector<part> parts;
  std::string letters; ///< all of them, each once
};
std::optional<fault> read_date_form(std::string_view text, date_form& into);
/// The same instant in another form; nothing when the text is no such date.
std::optional<std::string> rewritten(std::string_view text, const date_form& from, const date_form& to);

/// A number as people write it, as HL7 writes it (NM, v2.5.1 chapter 2.A.47): a sign, digits, a point.
/// `decimal`: the sign before decimals; blanks, apostrophes and the other one of point and comma divide
/// thousands. Nothing when it is none.
std::optional<std::string> plain_number(std::string_view text, char decimal);

struct set_text {
  pieces to;
};
struct copy_place {
  hl7::places from;
};
struct remove_place {};
struct look_up {
  std::shared_ptr<const table> from;
};
struct replace_match {
  std::shared_ptr<const re2::RE2> match;
  std::string with;
};
struct rewrite_date {
  date_form from, to;
};
struct write_number {
  char decimal = '.';
};

/// What becomes of a message, or of the place, when an edit cannot do its work.
struct otherwise {
  enum class kind : uint8_t { keep, hold, reject, literal } is = kind::hold;
  std::string text = {}; ///< of a literal
};

struct edit {
  std::string rule; ///< `routes/lab-results.toml:12`
  std::optional<condition> when = {};
  std::string in = {}; ///< runs for each segment of this name; empty: once
  hl7::places target = {};
  std::variant<set_text, copy_place, remove_place, look_up, replace_match, rewrite_date, write_number> what =
    {};
  otherwise or_else = {};
  std::string says = {}; ///< `set PV1-2`, for people
};

/// What an edit did to one place. Texts are those of the message: for people who look at this very message.
struct change {
  std::string where; ///< `OBX[2]-5`
  std::string before, after;
  std::string trouble; ///< why it could not be done; empty: it was
};
/// One edit, and in a segment at hand, as it went.
struct step_told {
  std::string rule, says;
  bool ran = false;
  std::string why; ///< what decided
  std::vector<change> changes;
};
/// What is kept of edits: no texts of the message.
struct mark {
  const edit* by;
  uint16_t changed = 0; ///< places
  uint16_t failed = 0;  ///< places where `else` came to its right
};

/// What came of all edits.
struct outcome {
  enum class kind : uint8_t { done, hold, reject } is = kind::done;
  error why;                   ///< of hold and reject: the place, and the edit by its rule
  std::vector<mark> marks;     ///< of the edits that ran, in order
  std::vector<step_told> told; ///< when it was asked for
};
enum class telling : uint8_t { marks, everything };

/// What a route file says of messages.
struct rules {
  std::optional<condition> when = {}; ///< which it takes
  std::string when_rule = {};         ///< `routes/lab-results.toml:7`
  std::vector<edit> edits = {};
};
/// What was done to one message; keeps the rules that did it.
struct account {
  std::shared_ptr<const rules> by;
  outcome came;
};

/// Edits the draft as far as the first `hold` or `reject`.
outcome apply(const std::vector<edit>& edits, draft& to, telling how = telling::marks);

} // namespace aorta::edit
