// Sessions of records and changes for their tests.
#pragma once

#include "engine/ports/records.hpp"
#include "test/unit/store/stores.hpp"

namespace aorta::test {

/// A store with a record session and a clinic besides.
class record_store : public fresh_store {
public:
  explicit record_store(on w) : fresh_store(w) {
    store = open();
    with = must(store->records());
    other = must(admin().access().ensure_clinic("OTHER", "Another clinic")).id;
  }
  void begin(bool writes = true, model::clinic_id of = 0) {
    must(with->begin(of != 0 ? of : clinic, writes));
  }
  void write(const std::vector<ports::change>& all) {
    begin();
    must(with->write(all));
    must(with->commit());
  }
  std::vector<ports::found> read(const ports::row_query& what, model::clinic_id of = 0) {
    begin(false, of);
    auto out = must(with->rows(what));
    with->rollback();
    return out;
  }
  std::vector<ports::fhir_entry> read(const ports::entry_query& what, model::clinic_id of = 0) {
    begin(false, of);
    auto out = must(with->entries(what));
    with->rollback();
    return out;
  }
  int64_t key_for(model::table of) {
    begin();
    const auto out = must(with->reserve(of, 1)).at(0);
    must(with->commit());
    return out;
  }

  std::unique_ptr<ports::store> store;
  std::unique_ptr<ports::record_session> with;
  model::clinic_id other = 0;
};

using cells = std::vector<std::pair<std::string_view, std::string>>;
model::record row_of(model::table of, const cells& filled);
/// A change of a resource with this row as its home, or of one without a row.
ports::change change_of(const record_store& in, const std::string& type, const std::string& id,
                        std::optional<model::record> row, int64_t version = 1);
model::record patient_row(int64_t number, const std::string& mrn, const std::string& first = "Γεώργιος",
                          const std::string& last = "Παπαδόπουλος");
int64_t write_patient(record_store& in, const std::string& mrn);
ports::row_query keyed(model::table of, std::vector<std::string> keys);

} // namespace aorta::test
