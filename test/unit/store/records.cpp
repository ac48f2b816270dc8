#include "test/unit/store/records.hpp"

namespace aorta::test {

model::record row_of(model::table of, const cells& filled) {
  model::record out(of);
  for (const auto& [column, value] : filled) out.set(column, value);
  return out;
}

ports::change change_of(const record_store& in, const std::string& type, const std::string& id,
                        std::optional<model::record> row, int64_t version) {
  ports::change out;
  out.entry.type = out.version.type = type;
  out.entry.id = out.version.id = id;
  out.entry.version = out.version.version = version;
  out.entry.last_updated = out.version.last_updated = in.clock.now();
  out.version.method = version == 1 ? "POST" : "PUT";
  out.version.content = R"({"resourceType":")" + type + R"(","id":")" + id + R"("})";
  if (row) {
    out.entry.home = row->of;
    out.entry.home_key = row->key();
    if (!row->text("patient_id").empty()) out.entry.patient = std::stoll(row->text("patient_id"));
  } else {
    out.entry.content = out.version.content;
  }
  out.version.patient = out.entry.patient;
  out.row = std::move(row);
  out.update_row = version > 1;
  return out;
}

model::record patient_row(int64_t number, const std::string& mrn, const std::string& first,
                          const std::string& last) {
  return row_of(model::table::patients,
                {{"patient_id", std::to_string(number)},
                 {"mrn", mrn},
                 {"first_name", first},
                 {"last_name", last},
                 {"birth_date", "1958-04-12"},
                 {"gender", "male"},
                 {"phone", "99 123456"},
                 {"email", "Who@Example.org"},
                 {"cyprus_id", "8" + mrn.substr(mrn.size() - 1)}});
}

int64_t write_patient(record_store& in, const std::string& mrn) {
  const auto number = in.key_for(model::table::patients);
  in.write({change_of(in, "Patient", std::to_string(number), patient_row(number, mrn))});
  return number;
}

ports::row_query keyed(model::table of, std::vector<std::string> keys) {
  ports::row_query out;
  out.of = of;
  out.keys = std::move(keys);
  return out;
}

} // namespace aorta::test
