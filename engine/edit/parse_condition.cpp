// From text to condition: words, then a descent through or, and, not.
#include "engine/base/diagnostic.hpp"
#include "engine/base/text.hpp"
#include "engine/edit/condition.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/hl7/known_fields.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace aorta::edit {
namespace {

constexpr size_t most_text = 10'000, most_depth = 50;

struct token {
  enum class kind : uint8_t { word, place, literal, sign, end } is = kind::end;
  size_t at = 0, length = 0;
  std::string text; ///< of a literal without its quotes
};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::array<std::string_view, 8> words{"and", "or", "not", "in", "matches", "empty", "any", "all"};

std::string hint_for(const std::string& word, const std::vector<std::string>& known) {
  const auto meant = did_you_mean(word, known);
  return meant.empty() ? std::string() : "did you mean '" + meant + "'?";
}

/// Thrown inside the parser alone.
struct stop {
  fault why;
};

class lexer {
public:
  explicit lexer(std::string_view text) : text_(text) { next(); }

  const token& now() const noexcept { return now_; }
  size_t behind_last() const noexcept { return last_end_; }
  token take() {
    auto out = now_;
    last_end_ = out.at + out.length;
    next();
    return out;
  }

private:
  void next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    now_ = {token::kind::end, at_, at_ < text_.size() ? size_t{1} : 0, {}};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '"' || c == '\'') return literal(c);
    if (is_letter(c)) return word();
    sign();
  }

  void literal(char quote) {
    const size_t begin = at_++;
    std::string out;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == quote || text_[at_ + 1] == '\\'))
        ++at_;
      out += text_[at_];
    }
    if (at_ == text_.size())
      throw stop{{begin, text_.size() - begin, "this text has no closing quotation mark", ""}};
    now_ = {token::kind::literal, begin, ++at_ - begin, std::move(out)};
  }

  /// A word of the language, or a place: letters, digits and what paths are written with.
  void word() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || is_digit(text_[at_]) ||
            std::string_view("_-.[]*").find(text_[at_]) != std::string_view::npos) &&
           !(text_[at_] == ']' && text_.substr(begin, at_ - begin).rfind('[') == std::string_view::npos))
      ++at_;
    const auto text = text_.substr(begin, at_ - begin);
    const bool known = std::find(words.begin(), words.end(), text) != words.end();
    now_ = {known ? token::kind::word : token::kind::place, begin, at_ - begin, std::string(text)};
  }

  void sign() {
    const bool two = text_.substr(at_).starts_with("!=");
    const size_t length = two ? 2 : 1;
    if (!two && std::string_view("=()[],").find(text_[at_]) == std::string_view::npos) {
      const bool twice = text_.substr(at_).starts_with("&&") || text_.substr(at_).starts_with("||");
      throw stop{{at_, twice ? size_t{2} : size_t{1}, "this is no sign of the language",
                  text_[at_] == '&'     ? "did you mean 'and'?"
                    : text_[at_] == '|' ? "did you mean 'or'?"
                    : text_[at_] == '!' ? "did you mean 'not'?"
                                        : "its signs are = != ( ) [ ] ,"}};
    }
    now_ = {token::kind::sign, at_, length, std::string(text_.substr(at_, length))};
    at_ += length;
  }

  std::string_view text_;
  size_t at_ = 0, last_end_ = 0;
  token now_;
};

class parser {
public:
  parser(std::string_view text, const tables& known) : lexer_(text), known_(known) {}

  std::vector<node> run() {
    either(0);
    if (!is(token::kind::end))
      complain(lexer_.now(), "a condition ends here, and more follows", "join conditions by 'and' or 'or'");
    return std::move(nodes_);
  }

private:
  bool is(token::kind kind, std::string_view text = {}) const {
    return lexer_.now().is == kind && (text.empty() || lexer_.now().text == text);
  }
  bool skip(token::kind kind, std::string_view text) {
    if (!is(kind, text)) return false;
    lexer_.take();
    return true;
  }
  void want(std::string_view sign) {
    if (!skip(token::kind::sign, sign))
      complain(lexer_.now(), "'" + std::string(sign) + "' is missing before this");
  }
  [[noreturn]] static void complain(const token& about, std::string text, std::string hint = {}) {
    throw stop{{about.at, std::max<size_t>(about.length, 1), std::move(text), std::move(hint)}};
  }
  uint32_t add(node made) {
    made.end = uint32_t(lexer_.behind_last());
    nodes_.push_back(std::move(made));
    return uint32_t(nodes_.size() - 1);
  }

  /// Parts joined by one word; a single one stands for itself.
  template <class Part>
  uint32_t joined(node::kind is_kind, std::string_view word, Part part) {
    node made{is_kind, uint32_t(lexer_.now().at)};
    made.parts.push_back(part());
    while (skip(token::kind::word, word)) made.parts.push_back(part());
    return made.parts.size() == 1 ? made.parts.front() : add(std::move(made));
  }
  uint32_t either(size_t depth) {
    return joined(node::kind::either, "or", [&] { return both(depth); });
  }
  uint32_t both(size_t depth) {
    return joined(node::kind::both, "and", [&] { return single(depth); });
  }

  uint32_t single(size_t depth) {
    if (depth > most_depth) complain(lexer_.now(), "parentheses are nested too deep");
    const auto begin = uint32_t(lexer_.now().at);
    if (skip(token::kind::word, "not")) {
      node made{node::kind::negated, begin};
      made.parts.push_back(single(depth + 1));
      return add(std::move(made));
    }
    if (skip(token::kind::sign, "(")) {
      const auto inner = either(depth + 1);
      want(")");
      return inner;
    }
    if (is(token::kind::word, "empty")) return empty();
    if (is(token::kind::word, "any") || is(token::kind::word, "all")) return every(depth);
    return comparison();
  }

  uint32_t empty() {
    node made{node::kind::empty, uint32_t(lexer_.take().at)};
    want("(");
    made.left = place();
    want(")");
    return add(std::move(made));
  }

  /// All `[*]` inside run together: they are one segment's, or one field's.
  uint32_t every(size_t depth) {
    const auto name = lexer_.take();
    if (within_) complain(name, "any() and all() do not stand inside one another");
    node made{name.text == "any" ? node::kind::any : node::kind::all, uint32_t(name.at)};
    want("(");
    within_.emplace();
    made.parts.push_back(either(depth + 1));
    want(")");
    if (!within_->several())
      complain(name, name.text + "() runs through every segment or repetition, and no place in it has [*]",
               "as in any(OBX[*]-8 = \"HH\")");
    made.over = *within_;
    within_.reset();
    return add(std::move(made));
  }

  uint32_t comparison() {
    node made{node::kind::equal, uint32_t(lexer_.now().at)};
    made.left = text();
    if (skip(token::kind::word, "in")) {
      made.is = node::kind::member;
      members(made);
    } else if (skip(token::kind::word, "matches")) {
      made.is = node::kind::matches;
      pattern(made);
    } else if (skip(token::kind::sign, "=")) {
      skip(token::kind::sign, "="); // as others write it
      made.right = text();
    } else if (skip(token::kind::sign, "!=")) {
      made.is = node::kind::unequal;
      made.right = text();
    } else {
      complain(lexer_.now(), "after a place or a text comes =, !=, in or matches");
    }
    return add(std::move(made));
  }

  operand text() {
    if (is(token::kind::literal)) return {true, lexer_.take().text, {}};
    return place();
  }

  operand place() {
    const auto at = lexer_.take();
    if (at.is != token::kind::place)
      complain(at,
               at.is == token::kind::end && at.length == 0
                 ? "a condition ends where a place or a text is missing"
                 : "a place or a text is missing before this",
               "as in PV1-2 = \"O\"");
    operand out;
    if (auto wrong = read_places(at.text, at.at, out.where)) throw stop{std::move(*wrong)};
    if (out.where.several()) bind(at, out.where);
    return out;
  }

  void bind(const token& at, const hl7::places& where) {
    using kind = hl7::which::kind;
    if (!within_)
      complain(at, at.text + " is several places: say of how many it must hold", "any(...) or all(...)");
    auto& over = *within_;
    if (!over.several()) {
      over = where;
      over.component = over.subcomponent = 0;
      if (where.repetition.is != kind::every) over.field = 0;
      return;
    }
    const bool same_segment = over.name() == where.name() && over.occurrence == where.occurrence;
    const bool repeats = where.repetition.is == kind::every, repeated = over.repetition.is == kind::every;
    if (!same_segment || (repeats && repeated && over.field != where.field))
      complain(at, "two different [*] in one any() or all()", "write one for each");
    if (repeats && !repeated) {
      over.field = where.field;
      over.repetition = where.repetition;
    }
  }

  void members(node& of) {
    if (is(token::kind::literal)) {
      const auto name = lexer_.take();
      const auto found = known_.find(name.text);
      std::vector<std::string> names;
      for (const auto& [each, table] : known_) names.push_back(each);
      if (found == known_.end())
        complain(name, "there is no table '" + name.text + "'",
                 hint_for(name.text, names).empty() ? "a list of texts stands in brackets: [\"A\", \"B\"]"
                                                    : hint_for(name.text, names));
      of.from = found->second;
      return;
    }
    want("[");
    do {
      if (!is(token::kind::literal)) complain(lexer_.now(), "a text is missing before this");
      of.list.push_back(lexer_.take().text);
    } while (skip(token::kind::sign, ","));
    want("]");
    std::sort(of.list.begin(), of.list.end());
  }

  void pattern(node& of) {
    if (!is(token::kind::literal)) complain(lexer_.now(), "after matches comes a pattern in quotation marks");
    const auto text = lexer_.take();
    if (auto wrong = read_pattern(text.text, of.pattern)) {
      wrong->at += text.at + 1; // behind the quotation mark
      throw stop{std::move(*wrong)};
    }
  }

  lexer lexer_;
  const tables& known_;
  std::vector<node> nodes_;
  std::optional<hl7::places> within_; ///< of the any() or all() around
};

} // namespace

std::optional<fault> read_places(std::string_view text, size_t at, hl7::places& into) {
  const auto parsed = hl7::parse_places(text);
  if (!parsed) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    const std::string given(text);
    auto hint = hl7::parse_places(upper) ? "did you mean '" + upper + "'?"
                                         : hint_for(given, {words.begin(), words.end()});
    if (hint.empty()) hint = "as in PID-3, PID-3[2].1 or OBX[*]-5; a text stands in quotation marks";
    return fault{at, text.size(), "'" + given + "' is no place in a message", hint};
  }
  const auto most = hl7::most_fields(parsed->name());
  if (most == 0) {
    const auto known = hl7::known_segments();
    return fault{at, 3, "no version of HL7 has a segment " + std::string(parsed->name()),
                 parsed->field == 0 ? "a text stands in quotation marks: \"" + std::string(text) + "\""
                                    : hint_for(std::string(parsed->name()), {known.begin(), known.end()})};
  }
  if (parsed->field > most)
    return fault{at, text.size(),
                 std::string(parsed->name()) + " has no field " + std::to_string(parsed->field) +
                   " in any version of HL7",
                 "its last one is " + std::string(parsed->name()) + "-" + std::to_string(most)};
  into = *parsed;
  return std::nullopt;
}

std::optional<fault> read_pattern(std::string_view text, std::shared_ptr<const re2::RE2>& into) {
  re2::RE2::Options how;
  how.set_log_errors(false);
  how.set_max_mem(4 << 20);
  auto made = std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), how);
  if (made->ok()) {
    into = std::move(made);
    return std::nullopt;
  }
  const auto found = made->error_arg().empty() ? std::string_view::npos : text.rfind(made->error_arg());
  return fault{found == std::string_view::npos ? 0 : found,
               found == std::string_view::npos ? text.size() : made->error_arg().size(),
               "the pattern does not compile: " + made->error(), ""};
}

std::optional<fault> condition::compile(std::string_view text, const tables& known, condition& into) {
  if (text.size() > most_text)
    return fault{0, text.size(), "a condition of more than 10000 characters",
                 "write several routes or edits"};
  if (!hl7::is_utf8(text)) return fault{0, text.size(), "a condition is UTF-8", ""};
  try {
    condition made;
    made.text_ = text;
    made.nodes_ = parser(text, known).run();
    into = std::move(made);
    return std::nullopt;
  } catch (stop& at) { return std::move(at.why); }
}

} // namespace aorta::edit
