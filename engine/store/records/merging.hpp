// `ports::patient_merges` on one record session's transaction.
#pragma once

#include "engine/ports/merges.hpp"
#include "engine/store/records/record_talk.hpp"

#include <functional>

namespace aorta::store {

class merging final : public ports::patient_merges {
public:
  explicit merging(record_talk& with) : talk_(with) {}

  result<std::vector<ports::patient_merge>> standing(std::span<const model::patient_id> of) override;
  result<std::vector<model::patient_id>> touched_since(timestamp at) override;
  result<std::vector<ports::patient_alias>> aliases(std::span<const model::patient_id> of) override;
  result<std::optional<ports::immovable>> join(ports::patient_merge& what,
                                               std::span<const ports::patient_alias> numbers) override;
  result<std::optional<ports::immovable>> part(const ports::patient_merge& what,
                                               const ports::person& by) override;
  status renumber(ports::patient_merge& what, std::span<const ports::patient_alias> numbers) override;
  status number_back(const ports::patient_merge& what, const ports::person& by) override;

private:
  /// Nothing of it stays when it is refused.
  result<std::optional<ports::immovable>> whole(std::string_view doing,
                                                const std::function<std::optional<ports::immovable>()>& work);
  void write_down(ports::patient_merge& what);
  void add_aliases(const ports::patient_merge& what, std::span<const ports::patient_alias> numbers);
  void forget_aliases(const ports::patient_merge& what);
  void end(const ports::patient_merge& what, const ports::person& by);
  void list(model::patient_id who, bool listed);
  void index(model::patient_id who);
  void tell_alerts(const ports::patient_merge& what, model::patient_id whose);
  void hint(model::patient_id who, const std::string& kind, const std::string& number);
  std::vector<ports::patient_alias> read_aliases(std::span<const model::patient_id> of);
  std::string number_of(model::patient_id who, std::string_view kind);
  void put_number(model::patient_id who, std::string_view kind, const std::string& number);
  sql_value sealed(const std::string& text) const;
  std::string opened(const std::optional<std::string>& token) const;

  record_talk& talk_;
};

} // namespace aorta::store
