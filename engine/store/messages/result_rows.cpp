// Rows of lab_results and its history, read back.
#include "engine/store/messages/admin_session.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::stored_result;

/// The columns in their common order, as texts; `id` is named result_id in the history.
std::string selection(bool history) {
  std::string out = "SELECT ";
  for (const auto& c : result_columns()) {
    if (&c != &result_columns().front()) out += ", ";
    out.append("CAST(").append(history && c.name == "id" ? "result_id" : c.name).append(" AS text)");
  }
  return out + (history ? " FROM lab_result_versions WHERE " : " FROM lab_results WHERE ");
}

class reader {
public:
  explicit reader(const text_row& row) : row_(row) {}
  const std::optional<std::string>& next() { return row_[at_++]; }
  std::string text() { return required(next()); }
  int64_t integer(int64_t otherwise = 0) { return read_integer(text(), otherwise); }
  bool boolean(bool otherwise = false) {
    const auto& v = next();
    return v ? read_boolean(*v) : otherwise;
  }
  std::optional<timestamp> time() { return read_time(text()); }
  std::optional<uuid> id() { return uuid_from_text(text()); }

private:
  const text_row& row_;
  size_t at_ = 0;
};

/// The columns in the order in which `put_beside` writes them.
void read_beside(reader& from, stored_result& out) {
  auto& v = out.value;
  const auto moment = [&](const std::optional<timestamp>& at) {
    const auto offset = from.integer(), told = from.integer(int64_t(model::moment::precision::second));
    return at ? std::optional(model::moment{*at, int16_t(offset), model::moment::precision(told)})
              : std::nullopt;
  };
  v.issued_at = moment(from.time());
  out.collected_at = moment(out.collected_at ? std::optional(out.collected_at->at) : std::nullopt);
  v.performer = from.text();
  v.performer_code = from.text();
  v.organism = from.text();
  v.organism_code = from.text();
  out.parent.code = from.text();
  out.parent.sub_id = from.text();
  out.parent.text = from.text();
  out.parent.placer_number = from.text();
  out.parent.filler_number = from.text();
  v.sent.other_code = from.text();
  v.sent.other_system = from.text();
  v.sent.other_name = from.text();
}
} // namespace

stored_result read_result(const text_row& row, bool current) {
  stored_result out;
  auto& v = out.value;
  reader from(row);
  out.current = current;
  out.id = from.id().value_or(uuid{});
  out.lab_order_id = from.id();
  out.patient = from.integer();
  out.clinic = from.integer();
  v.loinc_code = from.next();
  v.test_code = from.text();
  v.test_name = from.text();
  v.value_text = from.next();
  const auto value = from.text();
  v.unit = from.next();
  const auto low = from.text(), high = from.text();
  v.range_text = from.next();
  if (const auto flag = from.next()) v.flag = model::abnormal_flag_from(*flag);
  v.critical = from.boolean();
  v.status = model::result_status_from(from.text()).value_or(model::result_status::final);
  const auto observed = from.time();
  v.performing_lab = from.text();
  v.performing_lab_code = from.text();
  out.entry_method = from.text();
  v.comments = from.text();
  out.created_at = from.time().value_or(timestamp{});
  out.message_id = from.id().value_or(uuid{});
  from.next(); // order_key
  out.placer_number = from.text();
  out.filler_number = from.text();
  v.sub_id = from.text();
  v.ordinal = uint16_t(from.integer(1));
  out.version = int(from.integer(1));
  v.kind = model::value_kind_from(from.text())
             .value_or(value.empty() ? model::value_kind::text : model::value_kind::number);
  v.value_numeric = read_number(value, from.text());
  v.comparator = from.text();
  v.value_code = from.text();
  v.range_low = read_number(low, from.text());
  v.range_high = read_number(high, from.text());
  v.range_low_inclusive = from.boolean(true);
  v.range_high_inclusive = from.boolean(true);
  const auto offset = from.integer(), told = from.integer(int64_t(model::moment::precision::second));
  const bool ambiguous = from.boolean();
  if (observed)
    v.observed_at = model::moment{*observed, int16_t(offset), model::moment::precision(told), ambiguous};
  if (const auto reported = from.time()) v.reported_at = model::moment{*reported};
  if (const auto collected = from.time()) out.collected_at = model::moment{*collected};
  const auto state = from.text();
  v.observation_status = state.empty() ? 'F' : state[0];
  v.retracts = v.observation_status == 'D' || v.observation_status == 'W';
  v.needs_review = from.boolean();
  v.sent.code = from.text();
  v.sent.code_system = from.text();
  v.sent.name = from.text();
  v.sent.value = from.text();
  v.sent.value_type = from.text();
  v.sent.unit = from.text();
  v.sent.range = from.text();
  v.sent.flag = from.text();
  v.sent.status = state;
  read_beside(from, out);
  return out;
}

std::vector<stored_result> read_results(conversation& with, model::clinic_id clinic, const std::string& where,
                                        const text_row& values, bool history) {
  std::vector<stored_result> out;
  const std::string sql = selection(history) + "clinic_id = " + std::to_string(clinic) + " AND " + where;
  for (const auto& row : with.ask(sql, values, result_columns().size()))
    out.push_back(read_result(row, !history));
  return out;
}

void add_attachments(conversation& with, model::clinic_id clinic, model::patient_id patient,
                     std::vector<stored_result>& to) {
  const auto rows = with.ask(
    "SELECT CAST(id AS text), CAST(result_id AS text), CAST(message_id AS text) FROM lab_result_attachments"
    " WHERE patient_id = :a AND clinic_id = :b ORDER BY id",
    {std::to_string(patient), std::to_string(clinic)}, 3);
  for (const auto& row : rows)
    for (auto& result : to)
      if (to_text(result.id) == required(row[1]) && to_text(result.message_id) == required(row[2]))
        if (const auto id = uuid_from_text(required(row[0]))) result.attachment_ids.push_back(*id);
}

} // namespace aorta::store
