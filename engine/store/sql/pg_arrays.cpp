#include "engine/store/sql/pg_arrays.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

constexpr size_t head_size = 20;
constexpr size_t most_kept = 1u << 20;            ///< of an array's memory between batches
constexpr int64_t pg_epoch = 946'684'800'000'000; ///< 2000-01-01 in microseconds of Unix time

// Object ids of the element types (pg_type.dat); they never change.
uint32_t element_oid(cell type) noexcept {
  switch (type) {
    case cell::id:
    case cell::key: return 2950;
    case cell::text: return 25;
    case cell::integer: return 20;
    case cell::boolean: return 16;
    case cell::time: return 1184;
    case cell::number: return 1700;
  }
  return 25;
}

template <class T>
void put(char* to, T value) noexcept {
  for (size_t i = 0; i < sizeof(T); ++i) to[i] = char(value >> (8 * (sizeof(T) - 1 - i)) & 0xff);
}

template <class T>
void add(std::string& to, T value) {
  char bytes[sizeof(T)];
  put(bytes, value);
  to.append(bytes, sizeof(T));
}

} // namespace

pg_array::pg_array(cell type) {
  add(bytes_, uint32_t{1}); // one dimension
  add(bytes_, uint32_t{0}); // the server looks for nulls itself
  add(bytes_, element_oid(type));
  add(bytes_, uint32_t{0}); // length, see bytes()
  add(bytes_, uint32_t{1}); // lower bound
}

void pg_array::null() {
  add(bytes_, ~uint32_t{0});
  ++size_;
}

void pg_array::id(const std::array<uint8_t, 16>& v) {
  add(bytes_, uint32_t{16});
  bytes_.append(reinterpret_cast<const char*>(v.data()), v.size());
  ++size_;
}

void pg_array::text(std::string_view v) {
  if (!is_clean(v)) return text(cleaned(v));
  add(bytes_, uint32_t(v.size()));
  bytes_.append(v);
  ++size_;
}

void pg_array::integer(int64_t v) {
  char buffer[12];
  put(buffer, uint32_t{8});
  put(buffer + 4, uint64_t(v));
  bytes_.append(buffer, sizeof buffer);
  ++size_;
}

void pg_array::boolean(bool v) {
  add(bytes_, uint32_t{1});
  bytes_ += v ? '\1' : '\0';
  ++size_;
}

void pg_array::time(timestamp v) { integer(v.time_since_epoch().count() - pg_epoch); }

/// Groups of four digits on both sides of the point, without leading and trailing zero groups.
void pg_array::number(const decimal& v) {
  const uint64_t size = v.units < 0 ? 0 - uint64_t(v.units) : uint64_t(v.units);
  uint64_t power = 1;
  for (int i = 0; i < v.scale; ++i) power *= 10;
  uint64_t whole = size / power, rest = size % power;
  uint16_t groups[12];
  int count = 0;
  for (; whole > 0; whole /= 10000) groups[count++] = uint16_t(whole % 10000);
  std::reverse(groups, groups + count);
  int weight = count - 1;
  for (int left = v.scale; left > 0 && rest > 0; left -= 4) {
    uint64_t unit = 1; // of the last digit of this group
    for (int i = 4; i < left; ++i) unit *= 10;
    uint64_t group = rest / unit;
    rest %= unit;
    for (int i = left; i < 4; ++i) group *= 10;
    if (count == 0 && group == 0) --weight;
    else groups[count++] = uint16_t(group);
  }
  while (count > 0 && groups[count - 1] == 0) --count;
  add(bytes_, uint32_t(8 + 2 * count));
  add(bytes_, uint16_t(count));
  add(bytes_, uint16_t(count == 0 ? 0 : weight));
  add(bytes_, uint16_t(v.units < 0 ? 0x4000 : 0));
  add(bytes_, uint16_t(v.scale));
  for (int i = 0; i < count; ++i) add(bytes_, groups[i]);
  ++size_;
}

const std::string& pg_array::bytes() {
  put(bytes_.data() + 12, uint32_t(size_));
  return bytes_;
}

void pg_array::clear() noexcept {
  if (bytes_.capacity() > most_kept)
    bytes_ = std::string(bytes_, 0, head_size); // no batch is to be remembered by its memory
  else bytes_.resize(head_size);
  size_ = 0;
}

} // namespace aorta::store
