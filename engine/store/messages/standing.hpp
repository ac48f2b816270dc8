// Which result is which: what a message brings is matched with what stands, without a database. Nothing is
// matched on a guess.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/model/lab.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::store {

/// An order's numbers as the store holds them. Without any number the key alone says which order it is.
struct order_name {
  std::string_view placer, filler;
  int64_t key = 0;
  bool numbered() const noexcept { return !placer.empty() || !filler.empty(); }
};

/// By what orders are the same: two numbers of one kind, or two keys of orders without numbers. Views as in
/// `order_name`.
struct order_mark {
  char kind; ///< F filler, P placer (of an order without a filler number), K key
  std::string_view number;
  int64_t key = 0;
  friend auto operator<=>(const order_mark&, const order_mark&) = default;
};
order_mark mark_of(const order_name& of) noexcept;

enum class likeness : uint8_t { other, by_placer, same };
/// `same`: equal marks, that is equal filler numbers; or equal placer numbers where neither has a filler; or
/// equal keys without any number. `by_placer`: only one has a filler number, the placer numbers are equal.
likeness compare(const order_name& a, const order_name& b) noexcept;

/// A result that stands, as far as matching is concerned. Laboratory, test and sub id are compared by whoever
/// calls.
struct standing_place {
  order_name order;
  std::optional<timestamp> collected; ///< OBR-7: the specimen
  std::optional<timestamp> observed;  ///< OBX-14 of the current version
  int64_t ordinal = 1;
};

struct arriving_place {
  order_name order;
  std::optional<timestamp> collected, observed;
  int64_t ordinal = 1;
};

struct match {
  static constexpr size_t none = size_t(-1);
  size_t with = none;   ///< index into `standing`
  bool unclear = false; ///< several may be meant and the times do not tell which
};

/// Of one patient, laboratory, test and sub id, all of one message: a match for each that arrives, never two
/// with the same standing one. The specimen times must be equal, or one of them unknown. Among results of one
/// specimen the time of the result decides, else the n-th is the n-th if the message brings at least as many
/// as stand. Takes time in proportion to what there is (and its logarithm). Where several specimens may be
/// meant, only a time of result that one alone has decides.
std::vector<match> match_results(std::span<const arriving_place> arriving,
                                 std::span<const standing_place> standing);

} // namespace aorta::store
