// simdjson's first stage finds where tokens start and proves UTF-8 and closed strings; the grammar is walked
// here, because numbers must keep their digits and every fault needs its place.
#include "engine/fhir/json_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace aorta::fhir {
namespace {

constexpr size_t keep_scanner_below = 4 << 20; ///< bytes of input; a larger scanner is freed after its use

struct scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;

  simdjson::error_code scan(const char* bytes, size_t size) {
    if (!stage || stage->capacity() < size) {
      const size_t capacity = std::max<size_t>(size + size / 4, 16'384);
      const auto failed = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity,
                                                                                                  16, stage);
      if (failed) return failed;
    }
    return stage->stage1(reinterpret_cast<const uint8_t*>(bytes), size, simdjson::stage1_mode::regular);
  }
};

/// Where the bytes stop being UTF-8, hold a control character inside a string, or end inside one.
size_t place_of_broken_bytes(std::string_view json) {
  for (size_t at = 0, line_end; at < json.size(); at = line_end) { // whole lines: no character of UTF-8 spans
                                                                   // one
    line_end = std::min(json.find('\n', at), json.size() - 1) + 1;
    if (simdjson::validate_utf8(json.data() + at, line_end - at)) continue;
    size_t good = at;
    while (good < line_end) {
      const auto lead = static_cast<unsigned char>(json[good]);
      const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if (good + length > line_end || !simdjson::validate_utf8(json.data() + good, length)) return good;
      good += length;
    }
    return at;
  }
  bool inside = false;
  size_t opened = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '"') inside = !inside, opened = at;
    else if (!inside) continue;
    else if (json[at] == '\\') ++at;
    else if (static_cast<unsigned char>(json[at]) < 0x20) return at;
  }
  return inside ? opened : json.size();
}

bool is_number(std::string_view text) noexcept {
  const char *at = text.data(), *const end = at + text.size();
  const auto digits = [&] {
    const char* from = at;
    while (at < end && *at >= '0' && *at <= '9') ++at;
    return at > from;
  };
  if (at < end && *at == '-') ++at;
  if (at < end && *at == '0') ++at;
  else if (!digits()) return false;
  if (at < end && *at == '.' && (++at, !digits())) return false;
  if (at < end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at < end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  return at == end;
}

bool read_hex(const char* at, const char* end, uint32_t& out) noexcept {
  if (end - at < 4) return false;
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = c >= '0' && c <= '9' ? c - '0'
      : c >= 'a' && c <= 'f'               ? c - 'a' + 10
      : c >= 'A' && c <= 'F'               ? c - 'A' + 10
                                           : -1;
    if (digit < 0) return false;
    out = out * 16 + uint32_t(digit);
  }
  return true;
}

char* put_utf8(char* out, uint32_t point) noexcept {
  if (point < 0x80) return *out++ = char(point), out;
  if (point < 0x800) *out++ = char(0xc0 | point >> 6);
  else {
    if (point < 0x10000) *out++ = char(0xe0 | point >> 12);
    else *out++ = char(0xf0 | point >> 18), *out++ = char(0x80 | (point >> 12 & 0x3f));
    *out++ = char(0x80 | (point >> 6 & 0x3f));
  }
  *out++ = char(0x80 | (point & 0x3f));
  return out;
}

/// Decodes in place: an escape is never shorter than what it means. Null when one is broken.
char* unescape(char* at, char* end) noexcept {
  char* out = at;
  while (at < end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    if (++at == end) return nullptr;
    const char kind = *at++;
    static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const auto known = from.find(kind); known != from.npos) {
      *out++ = to[known];
      continue;
    }
    uint32_t point = 0, low = 0;
    if (kind != 'u' || !read_hex(at, end, point)) return nullptr;
    at += 4;
    if (point >= 0xdc00 && point <= 0xdfff) return nullptr;
    if (point >= 0xd800 && point <= 0xdbff) {
      if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || !read_hex(at + 2, end, low) || low < 0xdc00 ||
          low > 0xdfff)
        return nullptr;
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
    out = put_utf8(out, point);
  }
  return out;
}

/// Most objects have few members with different names: a bit a name says so without comparing; the rest are
/// compared or sorted.
struct open_container {
  node* of;
  uint64_t seen = 0;
  bool doubtful = false;

  void saw(std::string_view name) noexcept {
    const auto first = name.empty()
      ? 0U
      : unsigned(static_cast<unsigned char>(name.front())) * 31 + static_cast<unsigned char>(name.back());
    const uint64_t bit = uint64_t(1) << ((first + name.size() * 7) & 63);
    doubtful = doubtful || (seen & bit) != 0;
    seen |= bit;
  }
  const node* doubled() const {
    if (!doubtful) return nullptr;
    if (of->size > 16) return doubled_among_many();
    for (const node* a = of->first; a; a = a->next)
      for (const node* b = a->next; b; b = b->next)
        if (a->name == b->name) return b;
    return nullptr;
  }
  const node* doubled_among_many() const {
    std::vector<const node*> all;
    for (const node* each = of->first; each; each = each->next) all.push_back(each);
    std::stable_sort(all.begin(), all.end(), [](const node* a, const node* b) { return a->name < b->name; });
    const auto found = std::adjacent_find(all.begin(), all.end(),
                                          [](const node* a, const node* b) { return a->name == b->name; });
    return found == all.end() ? nullptr : found[1];
  }
};

struct fault {
  size_t at;
  const char* text;
};

class reader {
public:
  reader(char* bytes, size_t size, const uint32_t* starts, uint32_t count, const json_limits& limits,
         document& into)
      : bytes_(bytes),
        size_(size),
        starts_(starts),
        count_(count),
        limits_(limits),
        into_(into) {}

  node* read() {
    if (count_ == 0 || bytes_[starts_[0]] != '{') return fail("a resource is a JSON object"), nullptr;
    node* root = into_.object();
    stack_.push_back({root});
    ++next_;
    while (!stack_.empty())
      if (!step()) return nullptr;
    return next_ == count_ ? root : (fail("something follows the end of the JSON object"), nullptr);
  }
  const fault& why() const { return fault_; }

private:
  /// One member or item, or the end of the container.
  bool step() {
    open_container& top = stack_.back();
    const bool in_object = top.of->is_object();
    char sign = sign_now();
    if (sign == (in_object ? '}' : ']')) return close(top);
    if (top.of->first) {
      if (sign != ',') return fail(in_object ? "a comma or } is missing" : "a comma or ] is missing");
      ++next_;
      sign = sign_now();
    }
    std::string_view name;
    if (in_object) {
      if (sign != '"') return fail("the name of a member is missing");
      if (!text(name)) return false;
      if (limits_.refuse_duplicates) top.saw(name);
      if (sign_now() != ':') return fail("a colon is missing after the name of a member");
      ++next_;
      sign = sign_now();
    }
    node* value = read_value(sign);
    if (!value) return false;
    value->name = name;
    into_.push(*top.of, value);
    if (sign != '{' && sign != '[') return true;
    if (stack_.size() >= limits_.max_depth) return --next_, fail("nested too deeply");
    stack_.push_back({value});
    return true;
  }

  bool close(open_container& top) {
    if (const node* twice = top.doubled()) {
      const char* name = twice->name.data();
      if (name >= bytes_ && name < bytes_ + size_)
        fault_ = {size_t(name - bytes_) - 1, "a member is named twice in one object"};
      return false;
    }
    stack_.pop_back();
    ++next_;
    return true;
  }

  node* read_value(char sign) {
    std::string_view token;
    switch (sign) {
      case '{': return ++next_, into_.object();
      case '[': return ++next_, into_.array();
      case '"': return text(token) ? into_.literal(token) : nullptr;
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        if (token = scalar(); !is_number(token)) return fail("a number is malformed"), nullptr;
        ++next_;
        return in_place(node::kind::number, token);
      case 't':
      case 'f':
        if (token = scalar(); token != "true" && token != "false") break;
        ++next_;
        return into_.boolean(sign == 't');
      case 'n':
        if (scalar() != "null") break;
        ++next_;
        return in_place(node::kind::null, {});
      default: break;
    }
    return fail(next_ >= count_ ? "the JSON ends too early" : "a value is missing or malformed"), nullptr;
  }

  node* in_place(node::kind is, std::string_view text) {
    node* out = into_.literal(text);
    out->is = is;
    return out;
  }
  char sign_now() const noexcept { return next_ < count_ ? bytes_[starts_[next_]] : '\0'; }
  /// From the token's start to its last byte that is not white space.
  std::string_view scalar() const noexcept {
    size_t end = next_ + 1 < count_ ? starts_[next_ + 1] : size_;
    while (bytes_[end - 1] == ' ' || bytes_[end - 1] == '\n' || bytes_[end - 1] == '\r' ||
           bytes_[end - 1] == '\t')
      --end;
    return {bytes_ + starts_[next_], end - starts_[next_]};
  }
  bool text(std::string_view& out) {
    const auto token = scalar();
    if (token.size() < 2 || token.back() != '"') return fail("a text is malformed");
    char* from = bytes_ + starts_[next_] + 1;
    size_t length = token.size() - 2;
    if (std::memchr(from, '\\', length)) {
      const char* end = unescape(from, from + length);
      if (!end) return fail("a text holds a broken escape");
      length = size_t(end - from);
    }
    out = {from, length};
    ++next_;
    return true;
  }
  bool fail(const char* text) {
    fault_ = {next_ < count_ ? starts_[next_] : size_, text};
    return false;
  }

  char* const bytes_;
  const size_t size_;
  const uint32_t* const starts_;
  const uint32_t count_;
  const json_limits& limits_;
  document& into_;
  std::vector<open_container> stack_;
  uint32_t next_ = 0;
  fault fault_{0, "malformed"};
};

error broken(std::string_view json, const fault& why) {
  const auto before = json.substr(0, std::min(why.at, json.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t from = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const auto column = 1 +
    std::count_if(before.begin() + ptrdiff_t(from), before.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return {error_code::data_type, "line " + std::to_string(line) + ", column " + std::to_string(column),
          why.text};
}

} // namespace

result<node*> read_json(std::string_view json, char* copy, const json_limits& limits, document& into) {
  static_assert(json_padding >= simdjson::SIMDJSON_PADDING);
  static thread_local scanner scan;
  const auto failed = scan.scan(copy, json.size());
  node* root = nullptr;
  fault why{0, ""};
  if (failed == simdjson::SUCCESS) {
    reader walk(copy, json.size(), scan.stage->structural_indexes.get(), scan.stage->n_structural_indexes,
                limits, into);
    root = walk.read();
    why = walk.why();
  } else if (failed == simdjson::EMPTY) why.text = "there is no JSON";
  else if (failed == simdjson::CAPACITY || failed == simdjson::MEMALLOC) why.text = "too large to read";
  else
    why = {place_of_broken_bytes(json),
           failed == simdjson::UTF8_ERROR ? "not UTF-8"
                                          : "a text does not end, or holds a control character"};
  if (json.size() > keep_scanner_below) scan.stage.reset();
  if (!root) return broken(json, why);
  return root;
}

} // namespace aorta::fhir
