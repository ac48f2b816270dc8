#include "engine/hl7/scan.hpp"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aorta::hl7 {

index_builder::index_builder(std::string_view bytes, uint32_t start, std::vector<segment_span>& segments,
                             std::vector<uint32_t>& separators)
    : bytes_(bytes),
      segments_(segments),
      separators_(separators),
      start_(start) {
  // Laboratory messages have a separator every five or six bytes and a segment every seventy. A large message
  // is mostly one attachment: its lists start small and grow as they fill.
  const size_t expected = std::min<size_t>(bytes.size(), 1 << 16);
  segments_.clear();
  segments_.reserve(expected / 48 + 4);
  separators_.resize(std::max(separators_.size(), expected / 5 + block_room));
}

void index_builder::make_room() { separators_.resize(separators_.size() * 2 + block_room); }

void index_builder::finish() {
  end_segment(uint32_t(bytes_.size()), used_);
  separators_.resize(used_);
}

#if defined(__x86_64__)

namespace {

[[gnu::target("avx2,bmi,popcnt")]] void scan_avx2(const char* data, size_t size, size_t start,
                                                  scan_marks marks, index_builder& out) {
  const __m256i field = _mm256_set1_epi8(marks.field);
  const __m256i carriage_return = _mm256_set1_epi8('\r');
  const __m256i line_feed = _mm256_set1_epi8(marks.line_feed);
  alignas(32) char last[64];
  for (size_t at = start; at < size; at += 64) {
    const char* block = data + at;
    if (size - at < 64) { // never read behind the end
      std::memset(last, 0, sizeof last);
      std::memcpy(last, block, size - at);
      block = last;
    }
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32));
    const auto fields_low = uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, field)));
    const auto fields_high = uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, field)));
    const auto lines_low = uint32_t(_mm256_movemask_epi8(
      _mm256_or_si256(_mm256_cmpeq_epi8(low, carriage_return), _mm256_cmpeq_epi8(low, line_feed))));
    const auto lines_high = uint32_t(_mm256_movemask_epi8(
      _mm256_or_si256(_mm256_cmpeq_epi8(high, carriage_return), _mm256_cmpeq_epi8(high, line_feed))));
    out.take(uint64_t(fields_high) << 32 | fields_low, uint64_t(lines_high) << 32 | lines_low, uint32_t(at));
  }
}

} // namespace

void scan_baseline(std::string_view bytes, uint32_t start, scan_marks marks, index_builder& out) {
  const char* const data = bytes.data();
  const size_t size = bytes.size();
  const __m128i field = _mm_set1_epi8(marks.field);
  const __m128i carriage_return = _mm_set1_epi8('\r');
  const __m128i line_feed = _mm_set1_epi8(marks.line_feed);
  alignas(16) char last[64];
  for (size_t at = start; at < size; at += 64) {
    const char* block = data + at;
    if (size - at < 64) {
      std::memset(last, 0, sizeof last);
      std::memcpy(last, block, size - at);
      block = last;
    }
    uint64_t fields = 0, lines = 0;
    for (unsigned i = 0; i < 64; i += 16) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
      fields |= uint64_t(uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(part, field)))) << i;
      lines |= uint64_t(uint32_t(_mm_movemask_epi8(
                 _mm_or_si128(_mm_cmpeq_epi8(part, carriage_return), _mm_cmpeq_epi8(part, line_feed)))))
        << i;
    }
    out.take(fields, lines, uint32_t(at));
  }
}

#else

void scan_baseline(std::string_view bytes, uint32_t start, scan_marks marks, index_builder& out) {
  for (size_t at = start; at < bytes.size(); at += 64) {
    uint64_t fields = 0, lines = 0;
    for (size_t i = 0; i < 64 && at + i < bytes.size(); ++i) {
      const char c = bytes[at + i];
      fields |= uint64_t(c == marks.field) << i;
      lines |= uint64_t(c == '\r' || c == marks.line_feed) << i;
    }
    out.take(fields, lines, uint32_t(at));
  }
}

#endif

void scan(std::string_view bytes, uint32_t start, scan_marks marks, index_builder& out) {
#if defined(__x86_64__)
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
    __builtin_cpu_supports("popcnt");
  if (wide) return scan_avx2(bytes.data(), bytes.size(), start, marks, out);
#endif
  scan_baseline(bytes, start, marks, out);
}

} // namespace aorta::hl7
