#include "engine/store/records/erasing.hpp"

#include "engine/identity/identity.hpp"
#include "engine/store/backup/erasure_list.hpp"
#include "engine/store/gesy/claim_rows.hpp"
#include "engine/store/jobs/job_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/records/erasure_traces.hpp"
#include "engine/store/records/patient_columns.hpp"
#include "engine/store/records/person_words.hpp"
#include "engine/store/records/text_sweep.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>
#include <chrono>

namespace aorta::store {
namespace {

using model::patient_id;

constexpr std::chrono::hours request_lives{7 * 24};
constexpr const char* sha1_of_nothing = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="; ///< as FHIR tells it

/// One erasure at work: every step counts the rows that it changed.
class eraser {
public:
  eraser(record_talk& with, std::span<const patient_id> people, const ports::traces& found)
      : talk_(with),
        people_(people.begin(), people.end()),
        in_people_(in_people(people)),
        found_(found),
        words_(words_of(with, people)) {
    out_.people = people_;
    nothing_ = talk_.context().locks->encrypt("", talk_.now());
    empty_ = talk_.context().locks->seal("", talk_.now());
  }

  ports::erased run() {
    messages_ = ids("SELECT CAST(id AS text) FROM hl7_message_log WHERE patient_id" + in_people_);
    for (const auto& each : found_.messages) messages_.push_back(to_text(each));
    out_.under_way = is_under_way();
    if (out_.under_way) return out_;
    count_what_left();
    forget_of_others();
    for (auto& [table, rows] : sweep_messages(talk_, messages_, words_.all)) out_.rows[table] += rows;
    forget_messages();
    forget_documents();
    for (auto& [table, rows] : sweep_texts(talk_, people_, words_.all)) out_.rows[table] += rows;
    for (auto& [table, rows] : sweep_named(talk_, people_, words_.all)) out_.rows[table] += rows;
    forget_audit();
    forget_fhir();
    if (const auto gone = job_rows(talk_).expire(true); !gone) throw failure(gone.error());
    forget_numbers();
    forget_rows(); // the words came from here: last
    return out_;
  }

  std::string without(const std::string& text) const { return words_.all.without(text); }

private:
  std::vector<std::string> ids(const std::string& sql) {
    sql_text ask = talk_.text();
    ask << sql;
    std::vector<std::string> out;
    for (const auto& row : talk_.ask(ask)) out.push_back(required(row[0]));
    return out;
  }
  void change(const char* table, const sql_text& sql) {
    sql_text counted = sql;
    counted << " RETURNING 1";
    if (const auto rows = int64_t(talk_.ask(counted).size())) out_.rows[table] += rows;
  }
  void change(const char* table, const std::string& sql) {
    sql_text one = talk_.text();
    one << sql;
    change(table, one);
  }
  /// `... WHERE column` of the person's messages.
  void change_of_messages(const char* table, const std::string& start, const char* column = "message_id") {
    if (messages_.empty()) return;
    sql_text sql = talk_.text();
    sql << start << " WHERE " << column << sql.list(messages_, "uuid");
    change(table, sql);
  }
  std::string true_text() const { return talk_.context().speaks == dialect::sqlite ? "1" : "true"; }
  /// A keyed hash that is nobody's.
  std::string no_hash() const {
    return talk_.context().speaks == dialect::sqlite ? "x'00000000000000000000000000000000'"
                                                     : "'00000000-0000-0000-0000-000000000000'";
  }
  /// The person's claims: those that a patient was found for, and those of one of their numbers.
  std::string claims_where() {
    if (!claims_where_.empty()) return claims_where_;
    std::string whose;
    const auto add = [&](const std::string& number) {
      const auto plain = identity::normalise(identity::id_kind::gesy, number);
      if (plain.empty()) return;
      const auto hash = talk_.context().locks->blind(talk_.context().clinic, claims_whose, plain);
      uuid key{};
      std::copy(hash.begin(), hash.end(), key.bytes.begin());
      whose += (whose.empty() ? "'" : ", '") + to_text(key) + "'";
    };
    for (const auto& number :
         ids("SELECT gesy_beneficiary_id FROM patients WHERE gesy_beneficiary_id IS NOT NULL AND patient_id" +
             in_people_))
      add(number);
    for (const auto& token :
         ids("SELECT value FROM patient_aliases WHERE kind = 'gesy' AND patient_id" + in_people_))
      if (const auto number = talk_.context().locks->decrypt(token)) add(*number);
    claims_where_ = "(patient_id" + in_people_ + (whose.empty() ? "" : " OR whose IN (" + whose + ")") + ")";
    return claims_where_;
  }
  /// Their deliveries, which are neither a message's nor an event's.
  std::string claims() { return "(SELECT delivery_id FROM gesy_claims WHERE " + claims_where() + ")"; }
  std::string events() const { return "(SELECT id FROM event_outbox WHERE patient_id" + in_people_ + ")"; }

  bool is_under_way() {
    const auto imports = job_rows(talk_).running("import/"); // whose rows may be of this person
    if (!imports) throw failure(imports.error());
    if (*imports > 0) return true;
    sql_text sql = talk_.text();
    sql << "SELECT 1 FROM delivery WHERE state = 'inflight' AND (event_id IN " << events() << " OR id IN "
        << claims();
    if (!messages_.empty()) sql << " OR message_id" << sql.list(messages_, "uuid");
    sql << ")";
    return !talk_.ask(sql).empty();
  }

  void count_what_left() {
    sql_text sql = talk_.text();
    sql
      << "SELECT destination, count(*), CAST(min(changed_at) AS text), CAST(max(changed_at) AS text) FROM delivery"
      << " WHERE (state = 'sent' OR perhaps" << (talk_.context().speaks == dialect::sqlite ? " = 1" : "")
      << ") AND (event_id IN " << events() << " OR id IN " << claims();
    if (!messages_.empty()) sql << " OR message_id" << sql.list(messages_, "uuid");
    sql << ") GROUP BY destination ORDER BY destination";
    for (const auto& row : talk_.ask(sql))
      out_.left.push_back(
        {required(row[0]), read_integer(required(row[1])), required(row[2]), required(row[3])});
  }

  /// A message that brought results of several people stays, without the words that tell who this one was.
  void forget_of_others() {
    sql_text sql = talk_.text();
    sql
      << "SELECT CAST(l.id AS text), l.raw_message, l.trace FROM hl7_message_log l WHERE (l.patient_id IS NULL OR"
      << " l.patient_id NOT" << in_people_
      << ") AND (l.id IN (SELECT message_id FROM lab_results WHERE patient_id" << in_people_
      << " UNION SELECT message_id FROM lab_result_versions WHERE patient_id" << in_people_
      << " UNION SELECT message_id FROM lab_reports WHERE patient_id" << in_people_
      << " UNION SELECT message_id FROM message_links WHERE patient_id" << in_people_ << " OR taken_from"
      << in_people_ << ")";
    if (!found_.others.empty()) {
      std::vector<std::string> named;
      for (const auto& each : found_.others) named.push_back(to_text(each));
      sql << " OR l.id" << sql.list(named, "uuid");
    }
    sql << ")";
    auto& locks = *talk_.context().locks;
    for (const auto& row : talk_.ask(sql)) {
      if (std::find(messages_.begin(), messages_.end(), required(row[0])) != messages_.end()) continue;
      const auto raw = locks.unseal(required(row[1]));
      const auto trace = row[2] ? locks.unseal(*row[2]) : std::nullopt;
      if ((!raw || without(*raw) == *raw) && (!trace || without(*trace) == *trace)) continue;
      sql_text write = talk_.text();
      write << "UPDATE hl7_message_log SET raw_message = "
            << write.arg(raw ? locks.seal(without(*raw), talk_.now()) : empty_, "text") << ", trace = "
            << write.arg(trace ? sql_value(locks.seal(without(*trace), talk_.now())) : sql_value(), "text")
            << " WHERE id = " << write.arg(required(row[0]), "uuid");
      change("hl7_message_log", write);
      sql_text forget = talk_.text();
      forget << "DELETE FROM message_search_keys WHERE message_id = " << forget.arg(required(row[0]), "uuid");
      change("message_search_keys", forget);
    }
  }

  void forget_messages() {
    change_of_messages("hl7_message_log",
                       "UPDATE hl7_message_log SET raw_message = '" + empty_ + "', trace = NULL", "id");
    change_of_messages("review_queue",
                       "UPDATE review_queue SET claims = NULL, subject = NULL, state = 'resolved', action ="
                       " coalesce(action, 'erased'), resolved_at = coalesce(resolved_at, '" +
                         sortable(talk_.now()) + "')");
    change_of_messages("result_words", "UPDATE result_words SET content = '" + empty_ + "'");
    change_of_messages("linked_orders", "UPDATE linked_orders SET claims = " + no_hash());
    change_of_messages("waiting_claims", "DELETE FROM waiting_claims");
    change_of_messages("message_search_keys", "DELETE FROM message_search_keys");
    change_of_messages(
      "delivery",
      "UPDATE delivery SET body = NULL, order_key = 0, last_code = CASE WHEN state IN ('waiting', 'parked') THEN"
      " 'erased' ELSE last_code END, state = CASE WHEN state IN ('waiting', 'parked') THEN 'skipped'"
      " ELSE state END");
    forget_claims();
    change_of_messages("accepted_messages", "UPDATE accepted_messages SET order_key = 0");
    change("lab_result_attachments",
           "UPDATE lab_result_attachments SET content = '" + nothing_ +
             "', size = 0 WHERE size > 0 AND patient_id" + in_people_);
    change("erasures", "UPDATE erasures SET reason = '" + nothing_ + "' WHERE patient_id" + in_people_);
    change("patient_decisions",
           "UPDATE patient_decisions SET claims = " + no_hash() + ", patient_state = " + no_hash() +
             ", seen = '{}', withdrawn_at = coalesce(withdrawn_at, '" + sortable(talk_.now()) +
             "') WHERE patient_id" + in_people_);
  }

  /// What was claimed is theirs to keep; here it names nobody any more. What was not sent is not sent.
  void forget_claims() {
    const auto where = claims_where();
    change(
      "delivery",
      "UPDATE delivery SET body = NULL, last_code = CASE WHEN state IN ('waiting', 'parked', 'skipped') THEN 'erased'"
      " ELSE last_code END, state = CASE WHEN state IN ('waiting', 'parked') THEN 'skipped' ELSE state END"
      " WHERE id IN " +
        claims());
    change("gesy_claim_answers",
           "DELETE FROM gesy_claim_answers WHERE claim_id IN (SELECT id FROM gesy_claims WHERE " + where +
             ")");
    change("encounters",
           "UPDATE encounters SET gesy_claim_id = NULL WHERE gesy_claim_id IS NOT NULL AND patient_id" +
             in_people_);
    const std::string nobody = talk_.context().speaks == dialect::sqlite ? "lower(hex(randomblob(16)))"
                                                                         : "gen_random_uuid()";
    change(
      "gesy_claims",
      "UPDATE gesy_claims SET content = '" + talk_.context().locks->seal("{}", talk_.now()) +
        "', answer = NULL, likeness = " + nobody + ", whose = " + nobody +
        ", status = CASE WHEN status IN ('rejected', 'paid') THEN status ELSE 'withdrawn' END, number = NULL,"
        " next_look_at = NULL WHERE " +
        where);
  }

  /// Those of the person's notes alone: contents are kept once a clinic.
  void forget_documents() {
    const auto named = [&](const std::string& whose) {
      return "SELECT CAST(v.structured_data AS text) FROM note_versions v JOIN clinical_notes n ON n.note_id = v.note_id"
             " WHERE n.patient_id" +
        whose + " AND v.structured_data IS NOT NULL";
    };
    std::vector<std::string> own;
    for (const auto& json : ids(named(in_people_)))
      for (size_t at = 0; at + 36 <= json.size(); ++at)
        if (json[at + 8] == '-' && json[at + 13] == '-' && uuid_from_text(json.substr(at, 36)))
          own.push_back(json.substr(at, 36)), at += 35;
    for (const auto& id : own) {
      sql_text others = talk_.text();
      others << named(" NOT" + in_people_) << " AND CAST(v.structured_data AS text) LIKE "
             << others.arg("%" + id + "%", "text") << " LIMIT 1";
      if (!talk_.ask(others).empty()) continue;
      sql_text sql = talk_.text();
      sql << "UPDATE document_contents SET content = " << sql.arg(nothing_, "text") << ", size = 0, sha1 = '"
          << sha1_of_nothing << "' WHERE id = " << sql.arg(id, "uuid") << " AND size > 0";
      change("document_contents", sql);
    }
  }

  void forget_audit() {
    change("security_audit",
           "UPDATE security_audit SET criteria = NULL, fault = NULL WHERE patient_id" + in_people_ +
             " AND (criteria IS NOT NULL OR fault IS NOT NULL)");
    std::vector<std::string> named;
    for (const auto& each : found_.audit) named.push_back(to_text(each));
    if (named.empty()) return;
    sql_text sql = talk_.text();
    sql
      << "UPDATE security_audit SET criteria = NULL, fault = NULL, resource = CASE WHEN resource LIKE 'gAAAA%' THEN '"
      << talk_.context().locks->encrypt("[erased]", talk_.now()) << "' ELSE resource END WHERE id"
      << sql.list(named, "uuid");
    change("security_audit", sql);
  }

  /// The clinic's Patient is gone, in each of its versions, and with it what tells of nothing but who the
  /// person is: as a Person, by relatives, by an insurer's number.
  void forget_fhir() {
    const auto ids_text = texts_of(people_);
    forget_resources([&](sql_text& sql) { return "type = 'Patient' AND id" + sql.list(ids_text, "text"); });
    std::vector<std::string> keys;
    for (const auto who : people_)
      keys.push_back(key_hash(talk_.context(), ports::participant_key(std::to_string(who))));
    std::vector<std::pair<std::string, std::string>> named;
    for (const auto& key : keys) {
      sql_text sql = talk_.text();
      sql
        << "SELECT s.type, s.id FROM fhir_identifiers s LEFT JOIN fhir_resources e ON e.clinic_id = s.clinic_id"
           " AND e.type = s.type AND e.id = s.id WHERE s.clinic_id"
        << sql.beside(talk_.context().clinic) << " AND s.hash = " << sql.arg(key, "uuid")
        << " AND (s.type = 'Person' OR (s.type IN ('RelatedPerson', 'Coverage') AND e.patient_id"
        << in_people_ << "))";
      for (const auto& row : talk_.ask(sql)) named.emplace_back(required(row[0]), required(row[1]));
    }
    // And those that were deleted, or named the person in an earlier version alone.
    sql_text once = talk_.text();
    once << "SELECT DISTINCT type, id FROM (";
    for (const std::string table : {"fhir_resources", "fhir_resource_versions"})
      once << (table == "fhir_resources" ? "" : " UNION ") << "SELECT type, id FROM " << table
           << " WHERE clinic_id" << once.beside(talk_.context().clinic)
           << " AND type IN ('Person', 'RelatedPerson', 'Coverage') AND patient_id" << in_people_;
    once << ") AS named";
    for (const auto& row : talk_.ask(once)) named.emplace_back(required(row[0]), required(row[1]));
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    for (const auto& each : named)
      forget_resources([&](sql_text& sql) {
        return "type = " + sql.arg(each.first, "text") + " AND id = " + sql.arg(each.second, "text");
      });
    sql_text told = talk_.text();
    told << "UPDATE told_rows SET content = "
         << told.arg(talk_.context().locks->seal("{}", talk_.now()), "text")
         << " WHERE home = 'patients' AND home_key" << told.list(ids_text, "text") << " AND clinic_id"
         << told.beside(talk_.context().clinic);
    change("told_rows", told);
  }

  template <class Which>
  void forget_resources(const Which& which) {
    const auto where = [&](sql_text& sql) {
      return " WHERE " + which(sql) + " AND clinic_id" + sql.beside(talk_.context().clinic);
    };
    sql_text kept = talk_.text();
    kept << "UPDATE fhir_resources SET content = NULL, codes = NULL, deleted = " << true_text()
         << ", version = version + 1, last_updated = " << kept.arg(sortable(talk_.now()), "timestamptz")
         << where(kept);
    change("fhir_resources", kept);
    sql_text versions = talk_.text();
    versions << "UPDATE fhir_resource_versions SET content = NULL, method = 'DELETE'" << where(versions);
    change("fhir_resource_versions", versions);
    for (const auto* table : {"fhir_codes", "fhir_identifiers", "fhir_words", "fhir_spans"}) {
      sql_text sql = talk_.text();
      sql << "DELETE FROM " << table << where(sql);
      change(table, sql);
    }
  }

  void forget_numbers() {
    change("patient_aliases", "DELETE FROM patient_aliases WHERE patient_id" + in_people_);
    const auto merges = "(survivor_id" + in_people_ + " OR merged_id" + in_people_ + ")";
    change("patient_merge_rows",
           "UPDATE patient_merge_rows SET before = NULL WHERE before IS NOT NULL AND merge_id IN"
           " (SELECT id FROM patient_merges WHERE " +
             merges + ")");
    change("patient_merges",
           "UPDATE patient_merges SET old_number = NULL, new_number = NULL WHERE " + merges);
    change("match_news", "DELETE FROM match_news WHERE patient_id" + in_people_);
    change("access_tokens", "DELETE FROM access_tokens WHERE patient_id" + in_people_);
    change("api_keys",
           "UPDATE api_keys SET revoked_at = '" + sortable(talk_.now()) +
             "' WHERE revoked_at IS NULL AND patient_id" + in_people_);
  }

  void forget_rows() {
    change("patient_blind_index", "DELETE FROM patient_blind_index WHERE patient_id" + in_people_);
    change(
      "patient_pii",
      "UPDATE patient_pii SET first_name_encrypted = NULL, last_name_encrypted = NULL, middle_name_encrypted = NULL,"
      " cyprus_id_encrypted = NULL, arc_number_encrypted = NULL, phone_encrypted = NULL, email_encrypted = NULL,"
      " address_encrypted = NULL, emergency_contact_encrypted = NULL, anonymized_at = '" +
        sortable(talk_.now()) + "' WHERE patient_id" + in_people_);
    change(
      "patients",
      "UPDATE patients SET mrn = 'erased-' || CAST(patient_id AS text), birth_date = NULL, gesy_beneficiary_id ="
      " NULL, status = 'inactive', is_deleted = " +
        true_text() + " WHERE patient_id" + in_people_);
  }

  record_talk& talk_;
  std::vector<patient_id> people_;
  std::string in_people_;
  const ports::traces& found_;
  person_words words_;
  std::string claims_where_;
  std::string nothing_, empty_; ///< encrypted, and compressed before
  std::vector<std::string> messages_;
  ports::erased out_;
};

std::string json_text(const std::string& text) {
  const auto list = json_list({text});
  return list.substr(1, list.size() - 2);
}

std::string report_of(const ports::erased& of) {
  std::string rows, left;
  for (const auto& [table, count] : of.rows)
    rows += (rows.empty() ? "" : ",") + json_text(table) + ":" + std::to_string(count);
  for (const auto& each : of.left)
    left += (left.empty() ? "" : ",") + ("{\"destination\":" + json_text(each.name)) +
      ",\"sent\":" + std::to_string(each.sent) + ",\"first\":" + json_text(each.first) +
      ",\"last\":" + json_text(each.last) + "}";
  return "{\"rows\":{" + rows + "},\"left\":[" + left + "]}";
}

} // namespace

result<std::optional<ports::erasure>> erasing::last(patient_id who) {
  return guarded<std::optional<ports::erasure>>("reading erasures", [&]() -> std::optional<ports::erasure> {
    sql_text sql = talk_.text();
    sql
      << "SELECT CAST(id AS text), reason, asked_by, CAST(asked_at AS text), CAST(done_at AS text) FROM erasures"
      << " WHERE patient_id = " << sql.arg(who, "bigint") << " AND clinic_id"
      << sql.beside(talk_.context().clinic) << " ORDER BY id DESC LIMIT 1";
    const auto rows = talk_.ask(sql);
    if (rows.empty()) return std::nullopt;
    ports::erasure out;
    out.id = uuid_from_text(required(rows[0][0])).value_or(uuid{});
    out.patient = who;
    out.reason = talk_.context().locks->decrypt(required(rows[0][1])).value_or("");
    out.asked_by = read_integer(required(rows[0][2]));
    out.asked_at = read_time(required(rows[0][3])).value_or(timestamp{});
    if (rows[0][4]) out.done_at = read_time(*rows[0][4]);
    out.lapsed = !out.done_at && out.asked_at + request_lives < talk_.now();
    return out;
  });
}

status erasing::ask(ports::erasure& what) {
  const auto made = guarded<done>("asking for an erasure", [&] {
    what.asked_at = talk_.now();
    what.id = talk_.base().how.ids->next(what.asked_at);
    sql_text sql = talk_.text();
    sql << "INSERT INTO erasures (id, clinic_id, patient_id, reason, asked_by, asked_at) VALUES ("
        << sql.arg(to_text(what.id), "uuid") << ", " << sql.arg(talk_.context().clinic, "bigint") << ", "
        << sql.arg(what.patient, "bigint") << ", "
        << sql.arg(talk_.context().locks->encrypt(what.reason, what.asked_at), "text") << ", "
        << sql.arg(what.asked_by, "bigint") << ", " << sql.arg(sortable(what.asked_at), "timestamptz") << ")";
    talk_.ask(sql);
    return done{};
  });
  return made ? status(done{}) : status(made.error());
}

result<ports::traces> erasing::search(std::span<const patient_id> people, const ports::traces& before) {
  return guarded<ports::traces>("looking for traces of a person",
                                [&] { return read_traces(talk_, people, before); });
}

result<ports::erased> erasing::erase(std::span<const patient_id> people, const ports::traces& found,
                                     const ports::erasure* what, int64_t by) {
  return guarded<ports::erased>("erasing a person", [&] {
    if (talk_.context().speaks == dialect::sqlite) { // what a page held is overwritten, not only released
      sql_text wipe = talk_.text();
      wipe << "PRAGMA secure_delete = ON";
      talk_.ask(wipe);
    }
    eraser work(talk_, people, found);
    auto out = work.run();
    if (out.under_way || what == nullptr) return out;
    sql_text sql = talk_.text();
    sql << "UPDATE erasures SET done_by = " << sql.arg(by, "bigint")
        << ", done_at = " << sql.arg(sortable(talk_.now()), "timestamptz") << ", reason = "
        << sql.arg(talk_.context().locks->encrypt(work.without(what->reason), talk_.now()), "text")
        << ", report = " << sql.arg(report_of(out), "text")
        << " WHERE id = " << sql.arg(to_text(what->id), "uuid");
    talk_.ask(sql);
    for (const auto who : people) // whoever was merged into them does not come back by their own record
                                  // either
      if (who != what->patient) {
        sql_text also = talk_.text();
        also
          << "INSERT INTO erasures (id, clinic_id, patient_id, reason, asked_by, asked_at, done_by, done_at) SELECT "
          << also.arg(to_text(talk_.base().how.ids->next(talk_.now())), "uuid") << ", clinic_id, "
          << also.arg(who, "bigint")
          << ", reason, asked_by, asked_at, done_by, done_at FROM erasures WHERE id = "
          << also.arg(to_text(what->id), "uuid");
        talk_.ask(also);
      }
    return out;
  });
}

result<std::vector<ports::erasure>> erasing::to_repeat() {
  return guarded<std::vector<ports::erasure>>("reading erasures", [&] {
    sql_text sql = talk_.text();
    sql
      << "SELECT CAST(e.id AS text), e.patient_id, e.reason, e.asked_by, CAST(e.asked_at AS text), e.done_by FROM "
         "erasures e WHERE e.done_by IS NOT NULL AND e.done_at IS NULL AND e.clinic_id"
      << sql.beside(talk_.context().clinic)
      << " AND NOT EXISTS (SELECT 1 FROM erasures d WHERE d.patient_id = e.patient_id AND d.done_at IS NOT NULL)"
      << " ORDER BY e.id";
    std::vector<ports::erasure> out;
    for (const auto& row : talk_.ask(sql))
      out.push_back({.id = uuid_from_text(required(row[0])).value_or(uuid{}),
                     .patient = read_integer(required(row[1])),
                     .reason = talk_.context().locks->decrypt(required(row[2])).value_or(""),
                     .asked_by = read_integer(required(row[3])),
                     .done_by = read_integer(required(row[5])),
                     .asked_at = read_time(required(row[4])).value_or(timestamp{}),
                     .done_at = {}});
    return out;
  });
}

status erasing::note() {
  const auto noted = guarded<done>("noting erasures", [&] {
    const auto store = sqlite_path(talk_.base().how.url);
    if (!store || *store == ":memory:") return done{};
    sql_text sql = talk_.text();
    sql
      << "SELECT CAST(id AS text), CAST(clinic_id AS text), CAST(patient_id AS text), CAST(asked_by AS text),"
         " CAST(asked_at AS text), CAST(done_by AS text) FROM erasures WHERE done_by IS NOT NULL";
    const auto list = erasure_list_of(*store);
    auto& locks = *talk_.context().locks;
    const held_list alone(list);
    auto listed = read_erasures(list, locks); // those of a store that was here before are kept
    auto& all = listed.all;
    const auto before = all.size();
    const auto answers = talk_.alone({sql}, false);
    for (const auto& row : answers.at(0)) {
      const auto id = required(row[0]);
      if (std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.id == id; })) continue;
      all.push_back(
        {id, required(row[1]), required(row[2]), required(row[3]), required(row[4]), required(row[5])});
    }
    if (all.size() > before || listed.renews) write_erasures(list, all, locks, talk_.now());
    return done{};
  });
  return noted ? status(done{}) : status(noted.error());
}

result<bool> erasing::settle() {
  return guarded<bool>("clearing the journal", [&] {
    if (talk_.context().speaks != dialect::sqlite) return true;
    talk_.connect();
    constexpr int most_attempts = 5; // each waits for those who read
    for (int i = 0; i < most_attempts; ++i) {
      sql_text sql = talk_.text();
      sql << "PRAGMA wal_checkpoint(TRUNCATE)";
      talk_.link().add(sql);
      const auto answers = talk_.link().flow();
      if (!answers.empty() && !answers[0].empty() && required(answers[0][0][0]) == "0") return true;
    }
    return false;
  });
}

} // namespace aorta::store
