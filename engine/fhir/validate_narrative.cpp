// The XHTML of a narrative (FHIR R4 2.4, txt-1 and txt-2). One pass, nothing kept but the open elements.
#include "engine/fhir/definitions.hpp"
#include "engine/fhir/validate_format.hpp"

#include <cstring>

namespace aorta::fhir {
namespace {

constexpr size_t most_open = 200;

const name_table& allowed() {
  static const name_table names(
    {"a",      "abbr", "acronym", "address", "b",        "bdo",    "big",    "blockquote", "br",  "caption",
     "center", "cite", "code",    "col",     "colgroup", "dd",     "del",    "dfn",        "dir", "div",
     "dl",     "dt",   "em",      "font",    "h1",       "h2",     "h3",     "h4",         "h5",  "h6",
     "hr",     "i",    "img",     "ins",     "kbd",      "li",     "menu",   "ol",         "p",   "pre",
     "q",      "s",    "samp",    "small",   "span",     "strike", "strong", "sub",        "sup", "table",
     "tbody",  "td",   "tfoot",   "th",      "thead",    "tr",     "tt",     "u",          "ul",  "var"});
  return names;
}

constexpr bool is_xml_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
    c == '-' || c == '.' || (c & 0x80) != 0;
}

/// Messages begin with the number of the invariant that they break.
class narrative {
public:
  explicit narrative(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* check() noexcept {
    spaces();
    if (!starts("<div")) return "1a narrative is a div of XHTML";
    while (at_ < end_) {
      const char* why = *at_ == '<' ? markup() : text();
      if (why) return why;
      if (depth_ == 0) break;
    }
    if (depth_ > 0) return "1an element of the narrative is not closed";
    spaces();
    if (at_ < end_) return "1something follows the div of the narrative";
    return shows_ ? nullptr : "2a narrative must have something to read";
  }

private:
  const char* text() noexcept {
    const auto* tag = static_cast<const char*>(std::memchr(at_, '<', size_t(end_ - at_)));
    const char* until = tag ? tag : end_;
    while (at_ < until) {
      const auto* mark = static_cast<const char*>(std::memchr(at_, '&', size_t(until - at_)));
      const char* plain = mark ? mark : until;
      for (; !shows_ && at_ < plain; ++at_) shows_ = !is_xml_space(*at_);
      at_ = plain;
      if (mark)
        if (const char* why = entity(until)) return why;
    }
    return nullptr;
  }

  const char* entity(const char* until) noexcept {
    const char* from = ++at_;
    while (at_ < until && (is_name(*at_) || *at_ == '#')) ++at_;
    if (at_ == until || *at_ != ';' || at_ == from) return "1the narrative holds a bare ampersand";
    const std::string_view name(from, size_t(at_ - from));
    shows_ = shows_ || (name != "nbsp" && name != "#160" && name != "#xa0" && name != "#xA0");
    ++at_;
    return nullptr;
  }

  const char* markup() noexcept {
    if (starts("<!--")) {
      const std::string_view rest(at_ + 4, size_t(end_ - at_ - 4));
      const auto end = rest.find("-->");
      if (end == rest.npos) return "1a comment of the narrative does not end";
      at_ += 4 + end + 3;
      return nullptr;
    }
    if (starts("<!") || starts("<?")) return "1a narrative holds elements and comments only";
    const bool closes = starts("</");
    at_ += closes ? 2 : 1;
    const auto name = word();
    if (name.empty()) return "1the narrative holds a bare <";
    if (closes) {
      spaces();
      if (depth_ == 0 || open_[depth_ - 1] != name || !take('>'))
        return "1the elements of the narrative do not nest";
      --depth_;
      return nullptr;
    }
    if (allowed().find(name) < 0) return "1the narrative holds an element that is not allowed";
    shows_ = shows_ || name == "img";
    return attributes(name);
  }

  const char* attributes(std::string_view element) noexcept {
    bool named_space = depth_ > 0;
    while (true) {
      const char* before = at_;
      spaces();
      const bool ends = take('/');
      if (take('>')) {
        if (!named_space) return "1the div of a narrative names the namespace of XHTML";
        if (ends) return nullptr;
        if (depth_ == most_open) return "1the narrative is nested too deeply";
        open_[depth_++] = element;
        return nullptr;
      }
      if (ends || before == at_) return "1a tag of the narrative is malformed";
      const auto name = word();
      spaces();
      if (name.empty() || !take('=')) return "1a tag of the narrative is malformed";
      spaces();
      const char quote = at_ < end_ ? *at_ : '\0';
      if (quote != '"' && quote != '\'') return "1a tag of the narrative is malformed";
      const auto* close = static_cast<const char*>(std::memchr(at_ + 1, quote, size_t(end_ - at_ - 1)));
      if (!close) return "1a tag of the narrative is malformed";
      const std::string_view value(at_ + 1, size_t(close - at_ - 1));
      at_ = close + 1;
      if (value.find('<') != value.npos) return "1a tag of the narrative is malformed";
      if (name.starts_with("on") || (name == "href" && value.starts_with("javascript:")))
        return "1the narrative holds active content";
      named_space = named_space || (name == "xmlns" && value == "http://www.w3.org/1999/xhtml");
    }
  }

  std::string_view word() noexcept {
    const char* from = at_;
    while (at_ < end_ && is_name(*at_)) ++at_;
    return {from, size_t(at_ - from)};
  }
  void spaces() noexcept {
    while (at_ < end_ && is_xml_space(*at_)) ++at_;
  }
  bool starts(std::string_view with) const noexcept {
    return std::string_view(at_, size_t(end_ - at_)).starts_with(with);
  }
  bool take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  const char *at_, *end_;
  std::string_view open_[most_open]; ///< names of the elements around
  size_t depth_ = 0;
  bool shows_ = false;
};

} // namespace

const char* malformed_narrative(std::string_view div) noexcept { return narrative(div).check(); }

} // namespace aorta::fhir
