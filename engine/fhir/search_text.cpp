#include "engine/fhir/search_text.hpp"

#include "engine/identity/identity.hpp"
#include "engine/identity/script.hpp"

#include <functional>
#include <unordered_map>
#include <utility>

namespace aorta::fhir {
namespace {

std::string plain_latin(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : identity::to_latin(text)) {
    const char lower = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
      if (gap && !out.empty()) out += ' ';
      gap = false;
      out += lower;
    } else if (c != '\'' && c != '`' && static_cast<unsigned char>(c) < 0x80) {
      gap = true;
    }
  }
  return out;
}

bool begins_with(std::string_view value, std::string_view asked, bool by_words) noexcept {
  if (value.starts_with(asked)) return true;
  if (!by_words) return false;
  for (size_t at = value.find(' '); at != value.npos; at = value.find(' ', at + 1))
    if (value.substr(at + 1).starts_with(asked)) return true;
  return false;
}

struct text_hash : std::hash<std::string_view> {
  using is_transparent = void;
};

folded_text folded(std::string latin) {
  std::string sounds = identity::fold_exactly(latin); // of Latin letters it is the same as of what they were
                                                      // written with, and quicker
  return {std::move(latin), std::move(sounds)};
}

} // namespace

const folded_text& fold_text(std::string_view text) {
  constexpr size_t most = 4096;
  thread_local std::unordered_map<std::string, folded_text, text_hash, std::equal_to<>> recent;
  if (const auto known = recent.find(text); known != recent.end()) return known->second;
  if (recent.size() >= most) recent.clear();
  return recent.emplace(text, folded(plain_latin(text))).first->second;
}

text_query::text_query(std::string_view asked) : asked_(asked), latin_(plain_latin(asked)) {
  if (latin_.empty()) return;
  const std::string whole = identity::fold_exactly(latin_);
  folded_.push_back(whole);
  for (char next = 'a'; next <= 'z'; ++next) {
    const std::string longer = identity::fold_exactly(latin_ + next);
    if (!longer.starts_with(whole)) folded_.push_back(longer);
  }
}

bool text_query::begins(std::string_view value, bool by_words) const {
  if (latin_.empty()) return begins_with(value, asked_, by_words);
  const auto& text = fold_text(value);
  if (begins_with(text.latin, latin_, by_words)) return true;
  for (const auto& each : folded_)
    if (begins_with(text.folded, each, by_words)) return true;
  return false;
}

bool text_query::within(std::string_view value) const {
  if (latin_.empty()) return value.find(asked_) != value.npos;
  const auto& text = fold_text(value);
  return text.latin.find(latin_) != text.latin.npos || text.folded.find(folded_.front()) != text.folded.npos;
}

std::vector<std::string> text_query::beginnings() const {
  auto out = folded_;
  if (!latin_.empty()) out.push_back(latin_);
  return out;
}

const text_query& query_for(std::string_view asked) {
  constexpr size_t most = 64;
  thread_local std::unordered_map<std::string, text_query, text_hash, std::equal_to<>> recent;
  if (const auto known = recent.find(asked); known != recent.end()) return known->second;
  if (recent.size() >= most) recent.clear();
  return recent.emplace(asked, text_query(asked)).first->second;
}

} // namespace aorta::fhir
