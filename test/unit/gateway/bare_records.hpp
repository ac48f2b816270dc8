// A record session that knows two clinics and the keys that a test gives, and holds no records.
#pragma once

#include "engine/ports/records.hpp"
#include "test/support/bare_access.hpp"

namespace aorta {

/// Knows nobody who became one with somebody else.
class no_merges final : public ports::patient_merges {
public:
  result<std::vector<ports::patient_merge>> standing(std::span<const model::patient_id>) override {
    return std::vector<ports::patient_merge>{};
  }
  result<std::vector<model::patient_id>> touched_since(timestamp) override {
    return std::vector<model::patient_id>{};
  }
  result<std::vector<ports::patient_alias>> aliases(std::span<const model::patient_id>) override {
    return std::vector<ports::patient_alias>{};
  }
  result<std::optional<ports::immovable>> join(ports::patient_merge&,
                                               std::span<const ports::patient_alias>) override {
    return gone();
  }
  result<std::optional<ports::immovable>> part(const ports::patient_merge&, const ports::person&) override {
    return gone();
  }
  status renumber(ports::patient_merge&, std::span<const ports::patient_alias>) override { return gone(); }
  status number_back(const ports::patient_merge&, const ports::person&) override { return gone(); }

private:
  static error gone() { return {error_code::internal, "", "this session holds no records"}; }
};

/// Erased nobody.
class no_erasure final : public ports::patient_erasure {
public:
  result<std::optional<ports::erasure>> last(model::patient_id) override {
    return std::optional<ports::erasure>{};
  }
  status ask(ports::erasure&) override { return gone(); }
  result<ports::traces> search(std::span<const model::patient_id>, const ports::traces&) override {
    return gone();
  }
  result<ports::erased> erase(std::span<const model::patient_id>, const ports::traces&, const ports::erasure*,
                              int64_t) override {
    return gone();
  }
  result<std::vector<ports::erasure>> to_repeat() override { return std::vector<ports::erasure>(); }
  status note() override { return done{}; }
  result<bool> settle() override { return true; }

private:
  static error gone() { return {error_code::internal, "", "this session holds no records"}; }
};

/// Has none.
class no_jobs final : public ports::job_store {
public:
  status add(const ports::job&) override { return gone(); }
  status put(const uuid&, const ports::job_file&, const std::string&) override { return gone(); }
  result<std::optional<ports::job>> find(const uuid&) override { return gone(); }
  result<std::vector<ports::job>> newest(int, const std::string&) override { return gone(); }
  result<int> running(const std::string&) override { return gone(); }
  result<int> kept(const std::string&, const std::string&) override { return gone(); }
  result<std::string> sealed(const std::string&) override { return gone(); }
  result<std::vector<ports::job_file>> files(const uuid&) override { return gone(); }
  result<std::optional<std::string>> content(const uuid&, int) override { return gone(); }
  result<std::optional<ports::job>> take(const std::string&, const std::string&,
                                         std::chrono::seconds) override {
    return gone();
  }
  result<bool> advance(const ports::job&, const std::optional<ports::job_file>&, const std::string&,
                       const std::string&, std::chrono::seconds) override {
    return gone();
  }
  status drop_files(const uuid&) override { return gone(); }
  result<bool> end(const uuid&, ports::job_state) override { return gone(); }
  result<bool> cancel(const uuid&, const std::string&, timestamp) override { return gone(); }
  result<int> expire(bool) override { return gone(); }

private:
  static error gone() { return {error_code::internal, "", "this session holds no records"}; }
};

class no_claims final : public ports::claim_store {
public:
  result<bool> add(const ports::claim_row&, const ports::claim_sending&) override { return gone(); }
  result<std::optional<ports::claim_row>> find(const uuid&) override { return gone(); }
  result<std::optional<ports::claim_row>> find_number(const std::string&) override { return gone(); }
  result<std::vector<ports::claim_row>> alike(const std::string&) override { return gone(); }
  result<ports::page<ports::claim_row>> list(const std::string&, const std::string&, int) override {
    return gone();
  }
  result<std::vector<ports::claim_answer>> answers(const uuid&) override { return gone(); }
  result<std::vector<ports::claim_row>> due(const std::string&, int) override { return gone(); }
  result<bool> told(const ports::claim_row&, const ports::claim_row&) override { return gone(); }
  result<ports::claims_standing> standing() override { return gone(); }

private:
  static error gone() { return {error_code::internal, "", "this session holds no records"}; }
};

class no_codes final : public ports::code_tables {
public:
  status load(ports::code_system, std::span<const ports::code_row>) override { return done{}; }
  result<std::optional<std::set<std::string>>> known(ports::code_system,
                                                     const std::vector<std::string>&) override {
    return std::optional<std::set<std::string>>();
  }
};

class bare_records final : public ports::record_session {
public:
  bare_access door;

  bare_records() { door.all_clinics = {{.id = 1, .code = "MAIN"}, {.id = 2, .code = "OTHER"}}; }

  ports::access& access() noexcept override { return door; }
  status begin(model::clinic_id, bool) override { return done{}; }
  status commit() override { return done{}; }
  void rollback() noexcept override {}
  status mark() override { return done{}; }
  status back_to_mark() override { return done{}; }
  void expect(const ports::row_query&) override {}
  void expect(const ports::entry_query&) override {}
  void notice(ports::seen_row) override {}

  result<std::vector<ports::found>> rows(const ports::row_query&) override { return gone(); }
  result<std::vector<ports::fhir_entry>> entries(const ports::entry_query&) override { return gone(); }
  result<std::vector<std::string>> kept_types(model::patient_id) override { return gone(); }
  result<std::vector<model::record>> result_versions(const std::string&) override { return gone(); }
  result<ports::page<ports::fhir_version>> history(const ports::history_query&) override { return gone(); }
  result<std::optional<int64_t>> count_history(const ports::history_query&, int64_t) override {
    return gone();
  }
  result<std::vector<ports::dated_row>> dated(const ports::dated_query&) override { return gone(); }
  result<std::optional<ports::fhir_version>> version(const std::string&, const std::string&,
                                                     int64_t) override {
    return gone();
  }
  result<std::vector<model::patient_id>> patients_by(std::span<const identity::lookup_key>) override {
    return gone();
  }
  result<std::vector<std::string>> people_by(std::span<const identity::lookup_key>) override {
    return gone();
  }
  result<std::vector<model::record>> orders_by_number(const std::vector<std::string>&) override {
    return gone();
  }
  status lock(std::vector<std::string>) override { return gone(); }
  result<std::vector<int64_t>> reserve(model::table, int) override { return gone(); }
  status write(std::span<const ports::change>) override { return gone(); }
  result<std::vector<ports::told_row>> told(model::table, const std::vector<std::string>&) override {
    return gone();
  }
  status tell(std::span<const ports::told_row>) override { return gone(); }
  result<std::vector<ports::fhir_entry>> unkept(int) override { return gone(); }
  status keep_terms(std::span<const ports::fhir_entry>) override { return gone(); }
  status review(const uuid&, const ports::review_item&) override { return gone(); }
  status event(const std::string&, std::optional<model::patient_id>, const std::string&,
               const std::string&) override {
    return gone();
  }
  status alert(const ports::critical_note&) override { return gone(); }
  ports::patient_merges& merges() override { return merges_; }
  ports::patient_erasure& erasure() override { return erasure_; }
  ports::job_store& jobs() override { return jobs_; }
  ports::claim_store& claims() override { return claims_; }
  ports::code_tables& codes() override { return codes_; }

private:
  no_merges merges_;
  no_erasure erasure_;
  no_jobs jobs_;
  no_claims claims_;
  no_codes codes_;
  static error gone() { return {error_code::internal, "", "this session holds no records"}; }
};

} // namespace aorta
