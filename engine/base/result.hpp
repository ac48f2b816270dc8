// A value or the error that stands in its place.
#pragma once

#include "engine/base/error.hpp"

#include <utility>
#include <variant>

namespace aorta {

/// Reading the side that is not there throws `std::bad_variant_access`: ask first.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
  result(aorta::error why) : either_(std::in_place_index<1>, std::move(why)) {}

  bool ok() const noexcept { return either_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() { return std::get<0>(either_); }
  const T& value() const { return std::get<0>(either_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const aorta::error& error() const { return std::get<1>(either_); }

private:
  std::variant<T, aorta::error> either_;
};

struct done {};
using status = result<done>; ///< success has nothing to tell

} // namespace aorta
