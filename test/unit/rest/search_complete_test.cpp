// However a search is narrowed, it finds all that matches: random resources and random questions against
// asking every resource in turn.
#include "engine/fhir/search.hpp"
#include "engine/rest/repository.hpp"
#include "test/unit/rest/fixture.hpp"

#include <algorithm>
#include <random>

namespace aorta::test {
namespace {

using strings = std::vector<std::string>;

const strings family_names{"Γεωργίου",      "Georgiou",     "Papadopoulos", "Παπαδοπούλου", "O'Neill",
                           "Christodoulou", "van der Berg", "Yiannakou",    "Xenophontos",  "李"};
const strings given_names{"Μαρία",  "Maria", "Anna-Maria", "Χρίστος", "Yiorgos",
                          "Ntinos", "Eleni", "Theo",       "Ph"};
const strings phones{"+357 99 123456", "99-123456", "99123456",
                     "0035722445566",  "22445566",  "ask@reception.cy"};
const strings emails{"Maria@example.cy", "maria@example.cy", "a.b@example.cy", "us-er1", "user1"};
const strings codes{"718-7",  "2951-2", "4548-4",  "HGB",   "NA",  "VIT D",   "8867-4",
                    "3141-9", "8480-6", "29463-7", "E11.9", "I10", "24331-1", "58410-2"};
const strings systems{"http://loinc.org", "urn:aorta:lab:BIO", "urn:own", "http://hl7.org/fhir/sid/icd-10"};
const strings numbers{"A-1", "A-2", "A-3", "A 4", "B-1", "B-2", "1.2.840.1", "1.2.840.2"};
const strings number_systems{"urn:aorta:placer-order", "urn:aorta:filler-order", "urn:aorta:order", "urn:own",
                             "urn:aorta:gesy-claim",   "urn:aorta:mrn"};
const strings dates{
  "2024",       "2025-03", "2025-03-10", "2025-03-10T08:30:00Z", "2025-03-10T23:30:00+03:00",
  "2025-12-31", "2026-01"};

class random_clinic {
public:
  random_clinic(on which, unsigned seed) : in(which), dice_(seed) {
    for (int i = 0; i < 6; ++i)
      patients.push_back(
        std::to_string(in.add_patient("R" + std::to_string(i), one(given_names), one(family_names))));
    for (int i = 0; i < 14; ++i) add("Patient", patient(i));
    for (int i = 0; i < 30; ++i) add("Observation", observation());
    for (int i = 0; i < 12; ++i) add("ServiceRequest", order());
    for (int i = 0; i < 12; ++i) add("Condition", condition());
    for (int i = 0; i < 6; ++i) add("Encounter", encounter());
    for (int i = 0; i < 6; ++i) add("Appointment", appointment());
    for (int i = 0; i < 25; ++i) plain_rows();
    for (int i = 0; i < 12; ++i) change_rows();
    for (int i = 0; i < 8; ++i) change_resources();
  }

  std::string question(const std::string& type) {
    auto out = type + "?" + part(type);
    if (roll(3) == 0) out += "&" + part(type);
    return out;
  }

  std::string shown(const std::string& type, const std::string& id) {
    fhir::document into;
    rest::repository all(*in.session, in.who, in.around);
    const auto one = must(all.load(into, type, id));
    return one && one->resource ? fhir::write(*one->resource) : "-";
  }

  house in;
  strings patients;

private:
  int roll(int sides) { return int(dice_() % unsigned(sides)); }
  const std::string& one(const strings& of) { return of[size_t(roll(int(of.size())))]; }
  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  void add(const std::string& type, const std::string& json) {
    const auto made = in.ask("POST", type, json);
    BOOST_REQUIRE_MESSAGE(made.status == 201 || made.status == 422 || made.status == 409, json + made.body);
    if (made.status != 201) return;
    ++made_;
    const std::string id(must(fhir::document::parse(made.body)).root->str("id"));
    known_.emplace_back(type, id);
    if (type == "Patient" && id.find('-') == id.npos) patients.push_back(id);
  }

  std::string names() {
    std::string out;
    for (int i = roll(3); i >= 0; --i) {
      out += std::string(out.empty() ? "" : ",") + R"({"use":")" +
        (roll(2)     ? "official"
           : roll(2) ? "maiden"
                     : "nickname") +
        R"(","family":)" + quoted(one(family_names));
      if (roll(4))
        out += R"(,"given":[)" + quoted(one(given_names)) + (roll(2) ? "," + quoted(one(given_names)) : "") +
          "]";
      if (roll(3) == 0) out += R"(,"prefix":["Dr"])";
      if (roll(4) == 0) out += R"(,"text":)" + quoted(one(given_names) + " " + one(family_names));
      out += "}";
    }
    return "[" + out + "]";
  }
  std::string contacts() {
    std::string out;
    for (int i = roll(4); i > 0; --i) {
      const bool phone = roll(2);
      out += std::string(out.empty() ? "" : ",") + R"({"system":")" + (phone ? "phone" : "email") +
        R"(","value":)" + quoted(one(phone ? phones : emails)) + "}";
    }
    return out.empty() ? "" : R"(,"telecom":[)" + out + "]";
  }
  std::string identifiers() {
    std::string out;
    for (int i = roll(3); i > 0; --i)
      out += std::string(out.empty() ? "" : ",") + R"({"system":)" + quoted(one(number_systems)) +
        R"(,"value":)" + quoted(one(numbers) + (roll(2) ? "" : std::to_string(roll(3)))) + "}";
    return out.empty() ? "" : R"(,"identifier":[)" + out + "]";
  }
  std::string concept_of() {
    std::string out;
    for (int i = roll(3); i >= 0; --i)
      out += std::string(out.empty() ? "" : ",") + R"({"system":)" + quoted(one(systems)) + R"(,"code":)" +
        quoted(one(codes)) + "}";
    return R"({"coding":[)" + out + R"(],"text":"x"})";
  }
  std::string modifier() {
    return roll(6) ? "" : R"(,"modifierExtension":[{"url":"urn:own:x","valueBoolean":true}])";
  }
  std::string subject() { return R"(,"subject":{"reference":"Patient/)" + one(patients) + R"("})"; }

  std::string patient(int number) {
    return R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":"F)" +
      std::to_string(number) + R"("},{"system":"urn:own","value":)" + quoted(one(numbers)) +
      R"(}],"gender":"female","name":)" + names() + contacts() +
      (roll(3) ? R"(,"birthDate":"1980-05-1)" + std::to_string(roll(3)) + "\""
               : R"(,"birthDate":"1980-05")") +
      modifier() + "}";
  }
  std::string observation() {
    const bool vital = roll(3) == 0;
    const std::string effective = roll(5) ? R"(,"effectiveDateTime":)" + quoted(one(dates))
                                          : R"(,"effectivePeriod":{"start":"2024-01-01","end":"2025-06"})";
    return R"({"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":")" +
      std::string(vital ? "vital-signs" : "laboratory") + R"("}]}],"code":)" + concept_of() + subject() +
      effective + identifiers() + modifier() +
      R"(,"valueQuantity":{"value":70,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}})";
  }
  std::string order() {
    return R"({"resourceType":"ServiceRequest","status":"active","intent":"order","category":[{"coding":[{"system":"http://snomed.info/sct","code":"108252007"}]}],"code":)" +
      concept_of() + subject() + identifiers() + modifier() + R"(,"authoredOn":)" + quoted(one(dates)) + "}";
  }
  std::string condition() {
    return R"({"resourceType":"Condition","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"code":)" +
      concept_of() + subject() + identifiers() + modifier() + R"(,"recordedDate":)" + quoted(one(dates)) +
      "}";
  }
  std::string encounter() {
    return R"({"resourceType":"Encounter","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"})" +
      subject() + identifiers() + modifier() + R"(,"period":{"start":)" + quoted(one(dates)) + "}}";
  }
  std::string appointment() {
    std::string others;
    if (roll(2))
      others = R"(,{"status":"accepted","actor":{"reference":"Patient/)" + one(patients) + R"("}})";
    return R"({"resourceType":"Appointment","status":"booked","start":"2025-03-10T08:30:00Z","end":"2025-03-10T09:00:00Z","participant":[{"status":"accepted","actor":{"reference":"Patient/)" +
      one(patients) + R"("}})" + others + "]" + identifiers() + modifier() + "}";
  }

  void plain_rows() {
    const auto who = one(patients) + ", " + std::to_string(in.clinic);
    switch (roll(5)) {
      case 0:
        in.sql(
          "INSERT INTO lab_results (id, patient_id, clinic_id, loinc_code, test_code, test_name, sent_code, sent_code_system, result_datetime, version, result_status, created_at) VALUES ('" +
          to_text(in.ids.next(in.clock.now())) + "', " + who + ", " +
          (roll(2) ? "'" + one(codes) + "'" : "NULL") + ", " + (roll(2) ? "' " + one(codes) + "'" : "NULL") +
          ", 'x', '" + one(codes) + "', " + (roll(2) ? "'LN'" : "NULL") + ", " +
          (roll(3) ? "'2025-03-10 08:30:00'" : "NULL") + ", 1, 'final', '2025-03-10 09:00:00')");
        break;
      case 1:
        in.sql(
          "INSERT INTO lab_orders (id, patient_id, clinic_id, placer_order_number, filler_order_number, panel_code, priority, status) VALUES ('" +
          to_text(in.ids.next(in.clock.now())) + "', " + who + ", '" + one(numbers) + "', '" + one(numbers) +
          "', '" + one(codes) + " ', 'routine', 'ordered')");
        break;
      case 2:
        in.sql(
          "INSERT INTO vitals (patient_id, clinic_id, heart_rate, systolic_bp, diastolic_bp, weight, recorded_at) VALUES (" +
          who + ", 70, 120, 80, '70', '2025-03-10 08:30:00')");
        break;
      case 3:
        in.sql(
          "INSERT INTO patient_study_links (study_instance_uid, patient_id, clinic_id, modality) VALUES ('" +
          one(numbers) + "', " + who + ", 'CT') ON CONFLICT DO NOTHING");
        break;
      default:
        in.sql(
          "INSERT INTO patient_problems (patient_id, clinic_id, icd10_code, description, clinical_status) VALUES (" +
          who + ", ' " + one(codes) + "', 'x', 'active')");
        in.sql("INSERT INTO encounters (patient_id, clinic_id, status, gesy_claim_id) VALUES (" + who +
               ", 'completed', '" + one(numbers) + "')");
    }
  }

  /// The clinic's own system changes rows whose resources came by FHIR.
  void change_rows() {
    switch (roll(4)) {
      case 0:
        in.sql("UPDATE lab_results SET loinc_code = '" + one(codes) + "' WHERE loinc_code = '" + one(codes) +
               "'");
        break;
      case 1:
        in.sql("UPDATE lab_orders SET placer_order_number = '" + one(numbers) +
               "' WHERE placer_order_number = '" + one(numbers) + "'");
        break;
      case 2:
        in.sql("UPDATE patient_problems SET icd10_code = '" + one(codes) + "' WHERE icd10_code = '" +
               one(codes) + "'");
        break;
      default: in.add_patient("F" + std::to_string(roll(14)), one(given_names), one(family_names));
    }
  }
  void change_resources() {
    const auto& [type, id] = known_[size_t(roll(int(known_.size())))];
    if (roll(3) == 0) {
      in.ask("DELETE", type + "/" + id);
      return;
    }
    auto json = type == "Observation" ? observation()
      : type == "ServiceRequest"      ? order()
      : type == "Condition"           ? condition()
                                      : std::string();
    if (json.empty()) return;
    json.insert(json.size() - 1, R"(,"id":")" + id + "\"");
    in.ask("PUT", type + "/" + id, json);
  }

  std::string begun(const std::string& name) { // by whole letters of UTF-8
    if (roll(2)) return name;
    size_t end = size_t(1 + roll(int(name.size())));
    while (end < name.size() && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) ++end;
    return name.substr(0, end);
  }
  std::string number() {
    const auto base = roll(5) == 0 ? "urn:oid:" + one(numbers)
                                   : one(numbers) + (roll(3) ? "" : std::to_string(roll(3)));
    return roll(2) ? base : one(number_systems) + "%7C" + base;
  }
  std::string part(const std::string& type) {
    if (type == "Patient") {
      switch (roll(9)) {
        case 0: return "name=" + begun(one(roll(2) ? given_names : family_names));
        case 1: return "name=" + std::string(roll(2) ? "Dr" : "d");
        case 2: return "family=" + begun(one(family_names)) + (roll(3) ? "" : "," + begun(one(family_names)));
        case 3: return std::string(roll(2) ? "given" : "given:exact") + "=" + begun(one(given_names));
        case 4: return "phone=" + encoded(one(phones));
        case 5: return "email=" + encoded(one(emails));
        case 6: return "telecom=" + encoded(one(roll(2) ? phones : emails));
        case 7: return "birthdate=1980-05-1" + std::to_string(roll(3));
        default: return "identifier=" + (roll(2) ? number() : "F" + std::to_string(roll(14)));
      }
    }
    const auto code = (roll(3) ? "" : one(systems) + "%7C") + one(codes) + (roll(4) ? "" : "," + one(codes));
    switch (roll(4)) {
      case 0: return "identifier=" + number() + (roll(4) ? "" : "," + number());
      case 1: return "patient=" + one(patients);
      case 2:
        if (type == "Observation")
          return "date=" + std::string(roll(2) ? "" : roll(2) ? "ge" : "lt") + encoded(one(dates));
        [[fallthrough]];
      default:
        return type == "Encounter" || type == "Appointment" || type == "ImagingStudy"
          ? "identifier=" + number()
          : "code=" + code;
    }
  }
  static std::string encoded(const std::string& text) {
    std::string out;
    for (const char c : text)
      out += c == '+' ? std::string("%2B") : c == ' ' ? std::string("%20") : std::string(1, c);
    return out;
  }

  std::mt19937 dice_;
  std::vector<std::pair<std::string, std::string>> known_;
  int made_ = 0;
};

BOOST_AUTO_TEST_SUITE(searching_completely)

strings asking_each(rest::repository& in, const fhir::query& what) {
  const fhir::match_context with{in.around().base, in.around().clock->now()};
  strings out;
  std::string next;
  do {
    fhir::document into;
    auto all = must(in.scan(into, what.type, {}, next, 1000));
    for (const auto& each : all.found)
      if (std::all_of(what.all.begin(), what.all.end(),
                      [&](const auto& one) { return fhir::matches(*each.resource, one, with); }))
        out.push_back(each.id);
    next = all.next;
  } while (!next.empty());
  std::sort(out.begin(), out.end());
  return out;
}

BOOST_DATA_TEST_CASE(no_search_misses_a_resource_that_matches, both, which) {
  for (unsigned seed = 1; seed <= 2; ++seed) {
    random_clinic clinic(which, seed);
    size_t found = 0, alone = 0;
    must(clinic.in.session->begin(clinic.in.who.clinic, false));
    for (const std::string type : {"Patient", "Observation", "ServiceRequest", "DiagnosticReport",
                                   "Condition", "Encounter", "Appointment", "ImagingStudy"})
      for (int i = 0; i < (type == "Patient" || type == "Observation" ? 200 : 60); ++i) {
        const auto asked = clinic.question(type);
        const auto request = house::request("GET", asked);
        const auto read = fhir::read_query(type, request.query, false);
        BOOST_REQUIRE_MESSAGE(!fhir::has_error(read.faults), asked);
        rest::repository in(*clinic.in.session, clinic.in.who, clinic.in.around);
        fhir::document into;
        strings got;
        for (const auto& each : must(rest::search(in, into, read.value, 1000)).matches)
          got.push_back(each.id);
        std::sort(got.begin(), got.end());
        const auto expected = asking_each(in, read.value);
        if (got != expected)
          for (const auto& id : expected)
            if (!std::binary_search(got.begin(), got.end(), id))
              BOOST_ERROR(asked + " misses " + type + "/" + id + " of " + std::to_string(seed) + ": " +
                          clinic.shown(type, id));
        BOOST_TEST(got.size() == expected.size(), asked);
        found += expected.size();
        alone += expected.empty();
      }
    must(clinic.in.session->commit());
    BOOST_TEST(found > 500u); // the questions ask for what is there
    BOOST_TEST(alone < 500u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace aorta::test
