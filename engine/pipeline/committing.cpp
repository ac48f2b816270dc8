#include "engine/pipeline/committing.hpp"

namespace aorta::pipeline {
namespace {

/// What breaks the connection off by itself, each time, while the store takes a new one, is refused for
/// good.
bool broke_off(const result<std::vector<ports::receipt>>& what, lane& with) {
  return !what && what.error().code == error_code::store_unavailable && with.store().perhaps_batch();
}

} // namespace

status committing::together(const std::vector<envelope_ptr>& kept, lane& with) {
  if (kept.empty()) return done{};
  auto committed = commit(kept, with);
  if (committed) {
    for (size_t i = 0; i < kept.size(); ++i) settle(*kept[i], std::move((*committed)[i]));
    with.took();
    broken_off_ = 0;
    return done{};
  }
  // A store that is away is waited for. But when the connection breaks again and again over this batch, one
  // message of it may be the reason.
  const auto& why = committed.error();
  if (why.code == error_code::store_unavailable &&
      (!with.store().perhaps_batch() || ++broken_off_ < most_attempts))
    return why;
  // The database refused something in the batch: one by one, so that it harms none but itself.
  if (auto away = one_by_one(kept, with); !away) return away;
  broken_off_ = 0;
  return done{};
}

status committing::one_by_one(std::span<const envelope_ptr> kept, lane& with) {
  for (const auto& mail : kept)
    if (auto away = alone(mail, with); !away) return away;
  return done{};
}

status committing::alone(const envelope_ptr& mail, lane& with) {
  for (const bool first : {true, false}) {
    auto receipt = commit_alone(mail, with);
    if (receipt) {
      settle(*mail, std::move(receipt->front()));
      if (first) with.took();
      return done{};
    }
    const auto& why = receipt.error();
    if (why.code == error_code::store_unavailable) return why;
    if (!refused(*mail, why, first, with)) return done{};
  }
  forsaken(*mail);
  return done{};
}

committing::receipts committing::commit_alone(const envelope_ptr& mail, lane& with) {
  auto receipt = commit({&mail, 1}, with);
  for (int attempt = 1; attempt < most_attempts && broke_off(receipt, with); ++attempt)
    receipt = commit({&mail, 1}, with);
  if (!broke_off(receipt, with)) return receipt;
  return error{error_code::internal, "",
               "each time the connection was broken off over it: " + receipt.error().text};
}

} // namespace aorta::pipeline
