// `ports::patient_merges` on one record session's transaction.
#pragma once

#include "engine/ports/merges.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

class merging final : public ports::patient_merges {
public:
  explicit merging(record_talk& with) : talk_(with) {}

  result<std::vector<ports::patient_merge>> standing(std::span<const model::patient_id> of) override;
  result<std::vector<ports::patient_alias>> aliases(std::span<const model::patient_id> of) override;
  result<std::optional<ports::immovable>> join(ports::patient_merge& what,
                                               std::span<const ports::patient_alias> numbers) override;
  result<std::optional<ports::immovable>> part(const ports::patient_merge& what,
                                               const ports::person& by) override;
  status renumber(ports::patient_merge& what) override;
  status number_back(const ports::patient_merge& what, const ports::person& by) override;

private:
  record_talk& talk_;
};

} // namespace aorta::store
