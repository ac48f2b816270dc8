#include "engine/hl7/frame.hpp"

#include "engine/base/text.hpp"
#include "engine/hl7/lines.hpp"
#include "engine/hl7/message.hpp"
#include "engine/hl7/path.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace aorta::hl7 {
namespace {

constexpr size_t most_common_bytes = 16 * 1024; ///< each group repeats them
constexpr size_t nowhere = std::string_view::npos;

enum class sort : uint8_t { blank, message, file_header, batch_header, batch_trailer, file_trailer, other };

/// A line without what stands in front of its first letter.
struct line {
  sort is = sort::blank;
  std::string_view text;
  size_t begin = 0; ///< of the text, in the frame
  bool ended = false;
};

/// Goes over a frame's lines; a CR and an LF each end one, as the parser sees it in front of a standard
/// segment.
class line_reader {
public:
  explicit line_reader(std::string_view bytes) : bytes_(bytes) {}

  bool next(line& out) {
    if (at_ >= bytes_.size()) return false;
    if (carriage_ < at_ || at_ == 0) carriage_ = bytes_.find('\r', at_);
    if (feed_ < at_ || at_ == 0) feed_ = bytes_.find('\n', at_);
    const size_t end = std::min({carriage_, feed_, bytes_.size()});
    size_t begin = at_;
    while (begin < end && uint8_t(bytes_[begin]) <= ' ') ++begin;
    if (bytes_.substr(begin, end - begin).starts_with(byte_order_mark)) begin += byte_order_mark.size();
    out = {sort::blank, bytes_.substr(begin, end - begin), begin, end < bytes_.size()};
    out.is = sort_of(out.text);
    at_ = end + 1;
    return true;
  }

private:
  static sort sort_of(std::string_view text) noexcept {
    if (text.empty()) return sort::blank;
    if (text.size() < 3) return sort::other;
    const auto name = text.substr(0, 3);
    if (name == "MSH") return begins_message(text) ? sort::message : sort::other;
    const char behind = text.size() > 3 ? text[3] : '|';
    const bool letter = (behind >= 'a' && behind <= 'z') || (behind >= 'A' && behind <= 'Z');
    if (behind <= ' ' || uint8_t(behind) >= 0x7f || letter || (behind >= '0' && behind <= '9'))
      return sort::other;
    if (name == "BHS") return sort::batch_header;
    if (name == "BTS") return sort::batch_trailer;
    if (name == "FHS") return sort::file_header;
    return name == "FTS" ? sort::file_trailer : sort::other;
  }

  std::string_view bytes_;
  size_t at_ = 0, carriage_ = 0, feed_ = 0;
};

/// The n-th field of a segment that declares no delimiters.
std::string_view field_of(std::string_view text, char separator, size_t n) noexcept {
  for (; n > 0; --n) {
    const size_t at = text.find(separator);
    if (at == nowhere) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find(separator));
}

std::optional<size_t> count_in(std::string_view text) noexcept {
  size_t out = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// A message while its lines are read.
struct found_message {
  size_t begin = 0, end = 0;
  std::vector<std::string_view> people; ///< its PID lines
  bool order_first = false;             ///< an order stands in front of them
};

/// Whether two PID segments name one person; set ids and what else a sender counts aside.
bool same_person(std::string_view a, std::string_view b, char separator) noexcept {
  constexpr size_t says_who[] = {2, 3, 4, 5, 7, 8}; // numbers, names, birth date, sex
  return std::all_of(std::begin(says_who), std::end(says_who),
                     [&](size_t n) { return field_of(a, separator, n) == field_of(b, separator, n); });
}

class reader {
public:
  explicit reader(std::string_view frame) : frame_(frame) {}

  result<frame_content> run() {
    line_reader lines(frame_);
    line one;
    bool first = true, ended = true;
    while (lines.next(one)) {
      if (one.is == sort::blank) continue;
      if (std::exchange(first, false) && one.is == sort::other) return whole();
      ended = one.ended;
      take(one);
      if (messages_.size() > most_frame_parts) return too_many();
    }
    out_.last_may_be_cut = open_ && pending_.empty() && cut_ && !ended;
    flush();
    if (messages_.empty() && (stray_ || out_.around.empty())) return whole();
    end_file({}, false);
    out_.messages = uint32_t(messages_.size());
    if (out_.around.empty() && messages_.size() == 1) { // with what stands around it too
      messages_.front().begin = 0;
      messages_.front().end = frame_.size();
    }
    for (size_t i = 0; i < messages_.size(); ++i) divide(messages_[i], uint32_t(i));
    if (out_.parts.size() > most_frame_parts) return too_many();
    return std::move(out_);
  }

private:
  frame_content whole() const {
    frame_content out;
    out.parts.push_back({{}, frame_, 0, 0, 1});
    out.messages = 1;
    return out;
  }
  static error too_many() {
    return {error_code::frame_too_large, "",
            "one frame with more than " + std::to_string(most_frame_parts) + " messages: send several"};
  }

  void take(const line& one) {
    switch (one.is) {
      case sort::blank: break;
      case sort::message:
        flush();
        if (open_) messages_.back().end = one.begin;
        messages_.push_back({one.begin, frame_.size(), {}, false});
        open_ = true;
        count_message();
        break;
      case sort::other: take_other(one); break;
      default: pending_.push_back(one);
    }
  }

  /// A line of a batch ends a message only when nothing else of one follows: it may stand in a text.
  void take_other(const line& one) {
    const bool begins_batch = std::any_of(pending_.begin(), pending_.end(), [](const line& each) {
      return each.is == sort::batch_header || each.is == sort::file_header;
    });
    if (!open_ || begins_batch) {
      flush();
      stray_ = true;
      tell({error_code::segment_sequence, "", "lines stand outside of any message; they were kept"});
      add_around(one);
      return;
    }
    pending_.clear();
    auto& message = messages_.back();
    const char separator = frame_[message.begin + 3];
    const auto name = standard_name(one.text.substr(0, 3));
    if (one.text.size() > 3 && one.text[3] != separator) return;
    if (name == "PID") message.people.push_back(one.text);
    else if (message.people.empty() && (name == "OBR" || name == "ORC" || name == "OBX" || name == "SPM"))
      message.order_first = true;
  }

  void add_around(const line& one) { out_.around.append(one.text).append("\r"); }

  /// What waits is of a batch.
  void flush() {
    if (pending_.empty()) return;
    if (open_) messages_.back().end = pending_.front().begin;
    open_ = false;
    for (const auto& one : std::exchange(pending_, {})) {
      add_around(one);
      take_batch_line(one);
    }
  }

  void take_batch_line(const line& one) {
    switch (one.is) {
      case sort::file_header:
        end_file({}, false);
        out_.file_header = one.text;
        in_file_ = cut_ = true;
        break;
      case sort::batch_header:
        end_batch({});
        out_.batches.push_back({one.text, {}, 0});
        in_batch_ = cut_ = true;
        break;
      case sort::batch_trailer: end_batch(one.text); break;
      default: end_file(one.text, true);
    }
  }

  void count_message() {
    if (in_batch_) ++out_.batches.back().messages;
    else ++loose_;
  }

  void end_batch(std::string_view trailer) {
    if (!in_batch_ && loose_ == 0 && trailer.empty()) return;
    if (!in_batch_) out_.batches.push_back({{}, {}, std::exchange(loose_, 0)});
    auto& batch = out_.batches.back();
    batch.trailer = trailer;
    in_batch_ = false;
    if (!trailer.empty()) cut_ = in_file_;
    check_count(trailer, "BTS", out_.batches.size(), batch.messages, "messages");
  }

  void end_file(std::string_view trailer, bool told) {
    // Messages alone are no batch.
    if (in_batch_ || in_file_ || told || !out_.batches.empty()) end_batch({});
    if (told) check_count(trailer, "FTS", ++files_, out_.batches.size() - batches_before_, "batches");
    batches_before_ = out_.batches.size();
    in_file_ = false;
    if (told) cut_ = false;
  }

  void check_count(std::string_view trailer, const std::string& name, size_t occurrence, size_t came,
                   const std::string& of_what) {
    const auto told = trailer.size() > 3 ? trimmed(field_of(trailer, trailer[3], 1), " ")
                                         : std::string_view{};
    if (told.empty()) return;
    const auto where = name + (occurrence > 1 ? "[" + std::to_string(occurrence) + "]" : "") + "-1";
    const auto count = count_in(told);
    if (!count) return tell({error_code::data_type, where, name + "-1 is no number of " + of_what});
    if (*count != came)
      tell({error_code::segment_sequence, where,
            name + "-1 tells of " + std::to_string(*count) + " " + of_what + ", and " + std::to_string(came) +
              " came"});
  }

  void tell(error what) {
    if (!out_.fault) out_.fault = std::move(what);
  }

  /// A report on several patients, by the places of their PID; anything else in one piece.
  void divide(const found_message& message, uint32_t number) {
    const auto own = frame_.substr(message.begin, message.end - message.begin);
    const auto starts = group_starts(message, own);
    if (starts.size() < 2) {
      out_.parts.push_back({{}, own, number, 0, 1});
      return;
    }
    for (size_t i = 0; i < starts.size(); ++i) {
      const size_t end = i + 1 < starts.size() ? starts[i + 1] : own.size();
      out_.parts.push_back({own.substr(0, starts.front()), own.substr(starts[i], end - starts[i]), number,
                            uint32_t(i), uint32_t(starts.size())});
    }
  }

  static std::vector<size_t> group_starts(const found_message& message, std::string_view own) {
    std::vector<size_t> out;
    if (message.people.size() < 2 || message.order_first) return out;
    const auto begin = size_t(message.people.front().data() - own.data());
    const auto header = parse(own.substr(0, begin));
    if (begin > most_common_bytes || !header || upper(trimmed(peek(*header).type, " ")) != "ORU") return out;
    std::string_view before;
    for (const auto& each : message.people) {
      if (before.empty() || !same_person(before, each, header->marks().field))
        out.push_back(size_t(each.data() - own.data()));
      before = each;
    }
    return out;
  }

  std::string_view frame_;
  frame_content out_;
  std::vector<found_message> messages_;
  std::vector<line> pending_; ///< lines of batches behind the last line of a message
  bool open_ = false;         ///< a message's lines are coming
  bool in_batch_ = false, in_file_ = false;
  bool cut_ = false;   ///< something was begun whose end has not come
  bool stray_ = false; ///< there is a line of no message
  uint32_t loose_ = 0; ///< messages in no batch so far
  size_t files_ = 0, batches_before_ = 0;
};

template <class F>
void each_name(std::string_view lines, F&& with) {
  line_reader all(lines);
  for (line one; all.next(one);)
    if (const auto name = standard_name(one.text.substr(0, 3)); !name.empty()) with(name);
}

} // namespace

result<frame_content> read_frame(std::string_view frame) { return reader(frame).run(); }

std::string group_places::in_message(const frame_part& group, std::string_view where) const {
  auto place = parse_path(where);
  if (!place) return std::string(where);
  const std::string_view name(place->segment, 3);
  const auto before = before_.find(name);
  size_t in_common = 0;
  each_name(group.common, [&](std::string_view each) { in_common += each == name ? 1 : 0; });
  if (before == before_.end() || place->occurrence <= in_common) return std::string(where);
  const size_t occurrence = place->occurrence + before->second;
  if (occurrence > 0xffff) return std::string(name);
  place->occurrence = uint16_t(occurrence);
  return to_text(*place);
}

void group_places::pass(const frame_part& group) {
  each_name(group.own, [&](std::string_view each) { ++before_[std::string(each)]; });
}

std::string_view header_line_field(std::string_view text, size_t n) noexcept {
  return text.size() > 3 && n > 1 ? field_of(text, text[3], n - 1) : std::string_view{};
}

std::string batch_as_message(std::string_view header) {
  if (header.size() < 4) return {};
  std::string out = "MSH";
  const auto add = [&](std::string_view field) { (out += header[3]) += field; };
  for (const size_t n : {2, 3, 4, 5, 6, 7}) add(header_line_field(header, n));
  add({}); // security
  add({}); // it has no type
  add(header_line_field(header, 11));
  add("P");
  add("2.5.1");
  return out += '\r';
}

bool joins_people(std::string_view message) noexcept {
  for (auto at = message.find("MRG"); at != message.npos; at = message.find("MRG", at + 1))
    if (at > 0 && (message[at - 1] == '\r' || message[at - 1] == '\n')) return true;
  return false;
}

} // namespace aorta::hl7
