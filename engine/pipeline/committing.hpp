// A batch step that commits: all that has queued up together, and, when the store refuses that or breaks over
// it, message by message, so that none costs the others anything.
#pragma once

#include "engine/pipeline/step.hpp"

namespace aorta::pipeline {

class committing : public batch_step {
protected:
  using receipts = result<std::vector<ports::receipt>>;

  /// In one transaction, or nothing of it.
  virtual receipts commit(std::span<const envelope_ptr> batch, lane& with) = 0;
  /// What became of one that was committed.
  virtual void settle(envelope& mail, ports::receipt&& receipt) = 0;
  /// The store refuses this message by itself. True: it was changed, and is worth one more attempt.
  virtual bool refused(envelope& mail, const error& why, bool first_attempt, lane& with) = 0;
  /// The second attempt was refused too.
  virtual void forsaken(envelope&) {}

  /// An error is always `store_unavailable`, and then nothing was settled.
  status together(const std::vector<envelope_ptr>& kept, lane& with);
  status one_by_one(std::span<const envelope_ptr> kept, lane& with);

private:
  status alone(const envelope_ptr& mail, lane& with);
  receipts commit_alone(const envelope_ptr& mail, lane& with);

  static constexpr int most_attempts = 3;
  int broken_off_ = 0; ///< how often in a row the connection broke over the batch in front
};

} // namespace aorta::pipeline
