// People with rows in every table, all of it as texts, and merges by the rules of records.
#pragma once

#include "engine/records/merge.hpp"
#include "test/unit/store/records.hpp"

#include <map>
#include <string>
#include <vector>

namespace aorta::test {

using records::merge_outcome;

class merge_store : public record_store {
public:
  explicit merge_store(on w) : record_store(w) {
    ask("CREATE TABLE clinic_devices (device_no integer PRIMARY KEY, worn_by integer REFERENCES patients"
        " (patient_id), name text)");
    if (w == on::postgresql) ask("GRANT ALL ON clinic_devices TO PUBLIC");
  }

  /// With rows in the clinic's tables, in FHIR's and in the engine's own.
  int64_t person(const std::string& mrn);
  std::unique_ptr<letter> file(const std::string& control_id, int64_t patient, const std::string& order,
                               model::lab_result result);

  result<merge_outcome> merge(int64_t survivor, int64_t merged);
  result<ports::patient_merge> unmerge(int64_t who);
  result<merge_outcome> rename(int64_t who, const std::string& old_mrn, const std::string& new_mrn);

  /// All rows of all tables but those that only tell of merges.
  std::map<std::string, std::string> everything() const;
  /// Tables in which a column refers to this patient, but the patient's own.
  std::vector<std::string> tables_with(int64_t patient) const;

private:
  template <class T, class F>
  result<T> alone(F&& work) {
    must(with->begin(clinic, true));
    auto out = work();
    if (!out) {
      with->rollback();
      return out;
    }
    must(with->commit());
    return out;
  }
  std::string fresh_id() { return to_text(ids.next(clock.now())); }
  int filled_ = 0;
};

/// Everything is as it was; says which table is not.
void check_same(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after);

} // namespace aorta::test
