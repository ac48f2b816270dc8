#include "engine/store/records/merging.hpp"

#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {
error not_here() { return {error_code::internal, "", "this store cannot join patients"}; }
} // namespace

result<std::vector<ports::patient_merge>> merging::standing(std::span<const model::patient_id>) {
  return std::vector<ports::patient_merge>{};
}
result<std::vector<ports::patient_alias>> merging::aliases(std::span<const model::patient_id>) {
  return std::vector<ports::patient_alias>{};
}
result<std::optional<ports::immovable>> merging::join(ports::patient_merge&,
                                                      std::span<const ports::patient_alias>) {
  (void)talk_;
  return not_here();
}
result<std::optional<ports::immovable>> merging::part(const ports::patient_merge&, const ports::person&) {
  return not_here();
}
status merging::renumber(ports::patient_merge&) { return not_here(); }
status merging::number_back(const ports::patient_merge&, const ports::person&) { return not_here(); }

} // namespace aorta::store
