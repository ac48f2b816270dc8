#include "engine/pseudonym/message.hpp"

#include "engine/base/base64.hpp"
#include "engine/base/text.hpp"
#include "engine/edit/draft.hpp"
#include "engine/identity/script.hpp"
#include "engine/lab/attachment.hpp"
#include "engine/pseudonym/replace.hpp"
#include "engine/pseudonym/shifted.hpp"

#include <algorithm>

namespace aorta::pseudonym {
namespace {

constexpr size_t least_document = 64; ///< characters of base64 in a text: no word is taken for a document

/// Bytes that were no text stand as letters: they are words of which nobody knows which.
std::string without_holes(std::string text) {
  constexpr std::string_view hole = "\xEF\xBF\xBD";
  for (size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at))
    text.replace(at, hole.size(), "x");
  return text;
}

/// Line feeds as the command for them (HL7 v2.5.1 chapter 2.7.6).
std::string with_line_commands(std::string raw, char escape) {
  const std::string feed{escape, 'X', '0', 'A', escape}, command{escape, '.', 'b', 'r', escape};
  for (size_t at = raw.find(feed); at != std::string::npos; at = raw.find(feed, at))
    raw.replace(at, feed.size(), command);
  return raw;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

content content_of_value(std::string_view type) {
  if (is_one_of(type, {"TX", "FT"})) return content::text;
  if (is_one_of(type, {"DT", "TS", "DTM"})) return content::time;
  if (type == "XPN") return content::name;
  if (type == "XCN") return content::staff;
  if (type == "CX") return content::number;
  if (type == "EI") return content::order;
  if (type == "XTN") return content::phone;
  if (type == "XAD") return content::address;
  return is_one_of(type, {"CE", "CWE", "CNE", "CF", "SN", "TM"}) ? content::kept : content::value;
}

class rewriter {
public:
  rewriter(const hl7::message& msg, std::string_view charset, pseudonyms& by)
      : msg_(msg),
        draft_(msg, charset),
        by_(by) {}

  std::string run() {
    for (size_t i = 0; i < msg_.segments(); ++i) {
      const auto segment = msg_.segment(i);
      const size_t first = declares_delimiters(segment.name()) ? 3 : 1;
      for (size_t n = first; n <= segment.fields(); ++n) {
        const auto raw = segment.field(n).raw;
        if (raw.empty()) continue;
        const auto made = field(segment, n, raw);
        if (made != raw) (void)draft_.write({i, uint16_t(n), 0, 0, 0}, made);
      }
    }
    return draft_.bytes();
  }

private:
  static bool declares_delimiters(std::string_view name) { return is_one_of(name, {"MSH", "BHS", "FHS"}); }

  std::string field(const hl7::segment_view& segment, size_t n, std::string_view raw) {
    auto is = content_of(segment.name(), n);
    if (is == content::value) {
      const auto type = upper(trimmed(text(segment.get(2, 1, 1).raw), blanks));
      if (type == "ED") return encapsulated(raw);
      if (type == "RP") return pointer(raw);
      if (auto document = base64_text(raw, type)) return *document;
      is = content_of_value(type);
    }
    return each_leaf(raw, msg_.marks(), [&](std::string_view leaf, const leaf_place& at) {
      const auto says = [&](size_t component) {
        return segment.get(n, at.repetition, component).is == hl7::presence::value;
      };
      return replace(leaf, {is, at, is != content::coded || says(1) || says(4)});
    });
  }

  std::string text(std::string_view raw) const {
    std::string room;
    bool sure = true;
    return std::string(draft_.read(raw, room, sure));
  }

  std::string replace(std::string_view raw, const leaf_setting& where) {
    if (raw.empty() || raw == "\"\"") return std::string(raw);
    std::string room;
    bool sure = true;
    auto now = std::string(draft_.read(raw, room, sure));
    if (!sure) now = without_holes(std::move(now));
    const auto made = replaced(now, where, by_);
    if (made == now && sure) return std::string(raw); // with the escapes that it has
    auto written = draft_.written(made);
    if (!written) written = draft_.written(identity::to_latin(made));
    return with_line_commands(written ? *written : std::string(made.size(), 'x'), msg_.marks().escape);
  }

  /// ED: the data are the fifth component.
  std::string encapsulated(std::string_view raw) {
    const auto& marks = msg_.marks();
    return each_between(raw, marks.repetition, [&](std::string_view repetition, uint16_t) {
      std::string how;
      return each_between(repetition, marks.component, [&](std::string_view part, uint16_t c) {
        if (c == 4) how = lower(trimmed(part, blanks));
        if (c == 1) return replace(part, {content::text, {}});
        return c < 5 || part.empty() ? std::string(part) : document(part, how);
      });
    });
  }

  /// RP: where a document lies, by names that may be the patient's.
  std::string pointer(std::string_view raw) {
    return each_leaf(raw, msg_.marks(), [&](std::string_view leaf, const leaf_place& at) {
      return replace(leaf, {at.component == 1 ? content::text : content::kept, at});
    });
  }

  std::string document(std::string_view raw, std::string_view how) const {
    const auto data = hl7::unescape(raw, msg_.marks());
    if (how == "a") return neutral_document(data);
    const auto content = how == "hex" ? lab::from_hex(data) : base64::decode(data, lab::as_sent);
    if (!content) return "!"; // no data of this encoding before either
    const auto made = neutral_document(*content);
    if (how != "hex") return base64::encode(made);
    std::string out;
    for (const char c : made)
      out += {"0123456789ABCDEF"[uint8_t(c) >> 4], "0123456789ABCDEF"[uint8_t(c) & 15]};
    return out;
  }

  /// A document in a field of text, as the mapper finds it (`lab::take_document`).
  std::optional<std::string> base64_text(std::string_view raw, std::string_view type) const {
    if (!is_one_of(type, {"TX", "FT", "ST"}) || raw.size() < least_document) return std::nullopt;
    std::string all(raw);
    if (const char mark = msg_.marks().repetition; mark != 0) std::erase(all, mark);
    const auto content = base64::decode_beginning(hl7::unescape(all, msg_.marks()), lab::as_sent);
    if (!content || lab::type_of_content(*content).empty()) return std::nullopt;
    return base64::encode(neutral_document(*content));
  }

  const hl7::message& msg_;
  edit::draft draft_;
  pseudonyms& by_;
};

void learn_leaf(content is, const leaf_place& at, const std::string& text, people& into) {
  const auto component = at.component;
  if (is == content::name && component <= 3) into.known.add_name(text);
  if (is == content::number && component == 1) into.known.add_number(text);
  if (is == content::phone && (component == 1 || component == 4 || component == 7 || component == 12))
    into.known.add_phone(text);
  if (is == content::address && component != 6 && component != 7) into.known.add_address(text);
  const auto born = is == content::birth && component == 1 ? day_of(text) : std::nullopt;
  if (born && born->is != written_day::form::year && born->is != written_day::form::month) {
    into.known.add_birth(born->day);
    into.births.push_back(born->day);
  }
}

/// `take(segment, field, place, text)` for each leaf of the message, as UTF-8.
template <class Take>
void each_text(const hl7::message& msg, const edit::draft& read, Take take) {
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    for (size_t n = 1; n <= segment.fields(); ++n)
      (void)each_leaf(segment.field(n).raw, msg.marks(), [&](std::string_view leaf, const leaf_place& at) {
        std::string room;
        bool sure = true;
        take(i, n, at, std::string(read.read(leaf, room, sure)));
        return leaf;
      });
  }
}

} // namespace

void learn(const hl7::message& msg, std::string_view charset, people& into) {
  const edit::draft read(msg, charset);
  each_text(msg, read, [&](size_t i, size_t n, const leaf_place& at, const std::string& text) {
    const auto name = msg.segment(i).name();
    if (tells_of_people(name) && text != "\"\"") learn_leaf(content_of(name, n), at, text, into);
  });
}

void learn(const model::patient& who, people& into) {
  for (const auto* name : {&who.first_name, &who.last_name}) into.known.add_name(*name);
  for (const auto* number : {&who.mrn, &who.cyprus_id, &who.arc_number, &who.gesy_beneficiary_id})
    into.known.add_number(*number);
  for (const auto* contact : {&who.phone, &who.email}) into.known.add_phone(*contact);
  into.known.add_address(who.city);
  if (who.birth_date) {
    into.known.add_birth(*who.birth_date);
    into.births.push_back(*who.birth_date);
  }
}

std::string rewritten(const hl7::message& msg, std::string_view charset, pseudonyms& by) {
  // Twice, since an initial may stand before the name whose it is.
  (void)rewriter(msg, charset, by).run();
  return rewriter(msg, charset, by).run();
}

model::patient rewritten(const model::patient& who, pseudonyms& by) {
  model::patient out;
  out.sex = who.sex;
  out.mrn = by.number(who.mrn);
  out.first_name = by.name(who.first_name);
  out.last_name = by.name(who.last_name);
  if (who.birth_date) out.birth_date = by.birth(*who.birth_date);
  out.cyprus_id = by.number(who.cyprus_id);
  out.arc_number = by.number(who.arc_number);
  out.gesy_beneficiary_id = by.number(who.gesy_beneficiary_id);
  out.phone = by.phone(who.phone);
  out.email = by.phone(who.email);
  out.city = by.text(who.city);
  return out;
}

std::optional<leak> find_leak(const hl7::message& msg, std::string_view charset, const known_data& known) {
  const edit::draft read(msg, charset);
  std::optional<leak> out;
  each_text(msg, read, [&](size_t i, size_t n, const leaf_place& at, const std::string& text) {
    if (out || text.empty()) return;
    const auto what = known.find(text);
    if (what.empty() || (msg.segment(i).name() == "MSH" && what == "an address")) return;
    const bool divided = msg.segment(i).field(n).raw.find(msg.marks().component) != std::string_view::npos;
    out = leak{read.text_of({i, uint16_t(n), at.repetition, divided ? at.component : uint16_t(0), 0}), what};
  });
  return out;
}

std::string neutral_document(std::string_view content) {
  const auto type = lab::type_of_content(content);
  const bool whole = !lab::is_cut_off(content);
  std::string out = "lorem ipsum\n";
  if (type == "application/pdf")
    return "%PDF-1.4\n1 0 obj << >> endobj\n" + std::string(whole ? "%%EOF\n" : "");
  if (type == "image/jpeg") return "\xff\xd8\xff\xe0" + out + (whole ? "\xff\xd9" : "");
  if (type == "image/png") return "\x89PNG\r\n\x1a\n" + out + (whole ? "IEND" : "");
  if (type == "image/gif") return "GIF89a" + out;
  if (type == "image/tiff") return std::string(content.substr(0, 4)) + out;
  return type == "application/rtf" ? "{\\rtf" + out + "}" : out;
}

} // namespace aorta::pseudonym
