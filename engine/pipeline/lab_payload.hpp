// What a laboratory's message has beside its envelope.
#pragma once

#include "engine/lab/profile.hpp"
#include "engine/lab/report.hpp"
#include "engine/pipeline/payload.hpp"

#include <memory>
#include <optional>

namespace aorta::pipeline {

struct lab_payload final : payload {
  std::shared_ptr<const lab::profile> profile; ///< of the sender; never null
  std::optional<lab::report> mapped;           ///< nothing when it could not be mapped

  const identity::claims* claims() const noexcept override { return mapped ? &mapped->who : nullptr; }
  const lab::report* report() const noexcept override { return mapped ? &*mapped : nullptr; }
  size_t reviews() const noexcept override { return mapped ? mapped->reviews.size() : 0; }
  void describe(const envelope& mail, ports::message_record& row) const override;
  void trace(trace_writer& out) const override;
  void file(ports::filing& into) const override;
};

struct route; // step.hpp
/// What a message that an edit holds would say, as its laboratory's profile reads it: for its critical values
/// alone. Nothing of any other message, or when it cannot be read.
std::optional<lab::report> report_of_held(const envelope& mail, const route& of);

} // namespace aorta::pipeline
