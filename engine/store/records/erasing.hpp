// `ports::patient_erasure` on one record session's transaction.
#pragma once

#include "engine/ports/erasure.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

class erasing final : public ports::patient_erasure {
public:
  explicit erasing(record_talk& with) : talk_(with) {}

  result<std::optional<ports::erasure>> last(model::patient_id who) override;
  status ask(ports::erasure& what) override;
  result<ports::traces> search(std::span<const model::patient_id> people,
                               const ports::traces& before) override;
  result<ports::erased> erase(std::span<const model::patient_id> people, const ports::traces& found,
                              const ports::erasure* what, int64_t by) override;
  result<std::vector<ports::erasure>> to_repeat() override;
  status note() override;
  result<bool> settle() override;

private:
  record_talk& talk_;
};

} // namespace aorta::store
