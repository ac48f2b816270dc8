// Values in PostgreSQL's binary format (as its *_recv functions read them), big-endian.
#pragma once

#include "engine/store/messages/rows.hpp"

#include <bit>
#include <cstring>
#include <string>
#include <string_view>

namespace aorta::store {

/// One array parameter under construction. Cleared arrays keep their memory for the next batch.
class pg_array {
public:
  explicit pg_array(cell type);
  void null();
  void id(const std::array<uint8_t, 16>& v);
  void text(std::string_view v); ///< escaped if it must be
  void integer(int64_t v);
  void boolean(bool v);
  void time(timestamp v);
  void number(const decimal& v);

  size_t size() const noexcept { return size_; }
  /// The whole parameter; valid until the next change.
  const std::string& bytes();
  void clear() noexcept;

private:
  std::string bytes_;
  size_t size_ = 0;
};

} // namespace aorta::store
