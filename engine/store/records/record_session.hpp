#pragma once

#include "engine/ports/lane.hpp"
#include "engine/ports/records.hpp"
#include "engine/store/sql/database.hpp"

namespace aorta::store {

struct lesson; // messages/filing.hpp

/// A record session as a lane uses it, to file a message with its changes.
class filing_session : public ports::record_session {
public:
  /// In the transaction that has begun: the key first, then the row of `hl7_message_log`. A duplicate's
  /// receipt says so; then nothing else may be written, and its log row is this call's only trace.
  /// `filing::mode::again` and `complete` update the row of `log.id`.
  /// `lessons`: what a person's link teaches.
  virtual result<ports::receipt> log_message(const ports::filing& what, std::span<const lesson> lessons) = 0;
  /// Of the last failure, as `ports::lane::perhaps_batch`.
  virtual bool perhaps_batch() const noexcept = 0;
};

/// Connects at once, so that a store which is away is told here.
std::unique_ptr<filing_session> make_record_session(std::shared_ptr<database> of);

} // namespace aorta::store
