// One way by which everything is written: single interactions, bundles and imports plan tasks and run them
// together.
#pragma once

#include "engine/records/people.hpp"
#include "engine/records/refusal.hpp"
#include "engine/records/rows.hpp"
#include "engine/records/rules.hpp"
#include "engine/rest/critical.hpp"
#include "engine/rest/references.hpp"
#include "engine/rest/repository.hpp"

#include <map>
#include <set>

namespace aorta::rest {

using records::cause;

/// Stands for the number of a row that is still to be made while others that refer to it are mapped; no row
/// has it.
inline constexpr int64_t key_to_come = 999'999'999'999'999'999;

/// One resource to be written, and what became of it.
struct task {
  enum class kind : uint8_t { create, update, remove } how = kind::create;
  fhir::node* resource = nullptr; ///< lives in the writing's document; null for a removal
  std::string type, id;           ///< a creation has its id when it was run
  std::string path;     ///< FHIRPath of the resource for issues: `Patient`, `Bundle.entry[3].resource`
  std::string full_url; ///< of its bundle entry: references to it mean this resource
  std::string if_match; ///< as sent; empty: none
  std::string if_none_match = {};      ///< as sent; empty: none. `*`: only if there is no such resource
  std::optional<parameters> condition; ///< If-None-Exist, or the query of a conditional update or removal
  bool was_update = false;             ///< a conditional update that found nothing, and creates
  std::optional<size_t> same_as;       ///< the task that makes this resource: it has the same condition
  std::vector<std::string> more_identifiers; ///< `system|value` under which it is found beside its own

  std::optional<standing> before; ///< what stood there; also what If-None-Exist found
  std::optional<fhir::place> at;
  std::optional<model::record> row;
  std::optional<model::patient_id> patient;
  int status = 0;     ///< 201, 200, 204 when it was run
  bool writes = true; ///< false: nothing had to be written
  bool kept = false;  ///< its row no longer tells it: FHIR alone keeps it (fhir/withdraw.hpp)
  int64_t version = 1;
  std::string version_id;
  timestamp last_updated{};
  std::vector<observed_value> alarms; ///< of which somebody must hear, or at which somebody must look
  std::optional<uuid> message = {};   ///< that brings it: alerts and questions are its own
};

struct value_change; // write_alarms.cpp: how a value stood of which somebody was told, and how it stands now

/// Runs tasks in the session's transaction, which the caller begins (with `writes`) and ends. Nothing is
/// written unless all may be.
class writing {
public:
  /// `into` owns the tasks' resources. `tolerant`: references that name nothing here stay as they are
  /// (imports).
  writing(repository& in, fhir::document& into, bool tolerant = false);
  size_t add(task what);
  std::vector<task>& tasks() noexcept { return tasks_; }
  /// The refusal, if there is one: then the transaction must be rolled back, or back to its mark. A refusal
  /// that names a task's path was met before anything was written; the resources' references are then as they
  /// were sent.
  std::optional<records::refusal> run();
  /// All that the run was refused for: more than one only when `tolerant`, where a step goes on to the end of
  /// its tasks.
  const std::vector<records::refusal>& refusals() const noexcept { return refusals_; }
  /// Nothing but the locks that these tasks are known to need, in one order: before tasks run one after the
  /// other in one transaction.
  std::optional<records::refusal> lock_all();

private:
  struct link {
    size_t from, to;
    fhir::node* text;
    std::string_view sent;
  };
  struct narrative {
    size_t of;
    fhir::node* div;
    std::string_view sent;
  };

  bool allowed(); // write_plan.cpp
  bool lock(bool first);
  bool take(std::vector<std::string> names);
  bool load();
  bool preconditions();
  bool precondition(task& each);
  void settle_unchanged();
  void tell_kept_number(task& each);
  bool resolve_conditions(); // write_conditions.cpp
  bool resolve_condition(task& each);
  bool agree_conditions();
  std::vector<size_t> targets_of(size_t owner) const;
  void follow();
  bool take_off_merges(); // write_people.cpp
  bool link_entries();    // write_links.cpp
  bool resolve_conditional_references();
  bool check_references();
  bool check_owners();
  bool map(bool patients); // write_rows.cpp
  bool map_row(task& each);
  bool give_keys(bool patients);
  bool lay_over(task& each, fhir::as_row& mapped);
  bool keep_in_fhir(task& each, const fhir::as_row& mapped);
  bool keeps_its_time(task& each);
  model::record& row_of(const task& each);
  bool may_return(task& each);
  void point_links();
  bool check_people(); // write_people.cpp
  void keep_numbers(task& each);
  bool may_tell_numbers(const task& each) const;
  bool name_newcomers();
  bool check_unique(); // write_unique.cpp
  bool removals();     // write_remove.cpp
  bool removal(task& each);
  std::optional<std::string> clinical_data_of(model::patient_id who);
  bool may_write_for(const task& each); // write_store.cpp
  bool store();
  ports::change change_of(task& each);
  void stamp(task& each);
  void note_alarms(task& each); // write_alarms.cpp
  bool raise_events();
  bool raise_alarms(const task& each);
  bool raise_alarm(const task& each, const value_change& what);
  bool ask_person(const task& each, const observed_value& what);

  bool refuse(cause why, std::string_view code, std::string_view text, std::string path);
  bool refuse(records::refusal why);
  bool goes_on() const noexcept {
    return tolerant_ && !refused_->is_of_engine();
  } ///< after a refusal, to find all others of its step
  template <class Check>
  bool every(Check check) {
    bool fine = true;
    for (auto& each : tasks_) {
      if (check(each)) continue;
      fine = false;
      if (!goes_on()) break;
    }
    return fine;
  }

  repository& in_;
  fhir::document& into_;
  bool tolerant_;
  timestamp now_;
  std::vector<task> tasks_;
  std::vector<link> links_;
  bundle_index entries_;
  std::vector<narrative> narratives_;                                  ///< those of tasks that have links
  std::vector<std::pair<size_t, fhir::node*>> own_references_;         ///< of tasks, to what is here already
  std::map<std::pair<model::table, std::string>, model::record> rows_; ///< that stand and change, as the
                                                                       ///< tasks so far leave them
  std::set<std::string> locked_;
  std::optional<records::refusal> refused_; ///< the last one
  std::vector<records::refusal> refusals_;
};

/// Marked as a part of a resource (`SUBSETTED`): no basis for writing.
bool is_subset(const fhir::node& resource);
/// Same content, whatever id, version and time of change say.
bool same_content(const fhir::node& a, const fhir::node& b);
/// Whether one of the tags that were sent means this version: `W/"3"`, `"3"`, `3`, `*` (any), `W/"2", W/"3"`.
/// Weak comparison, since all tags of this server are weak (FHIR R4 3.1.0.5).
bool names_version(std::string_view tags, std::string_view version_id);
/// Under which a resource is found again by where it came from.
std::string source_key(std::string_view full_url);
/// Criteria without the parameters that only shape the answer (`_format`, `_pretty`).
parameters criteria_of(parameters query);
/// `Tue, 24 Nov 2026 08:15:00 GMT` (RFC 9110 5.6.7).
std::string http_date(timestamp when);
/// What a task's own interaction answers: status, Location, ETag, Last-Modified and the body that is
/// preferred.
reply written(const request& what, const task& done, const surroundings& around);
/// The body as JSON (415, 400), whatever it tells.
result<fhir::document> read_json(const request& what, reply& refused);
/// As `read_body`, without validation.
result<fhir::document> read_unchecked(const request& what, std::string_view type, reply& refused);
/// The body as the resource that is to be written under `id` (none yet: empty): of Binary its raw content
/// too.
result<fhir::document> read_sent(const request& what, std::string_view type, const std::string& id,
                                 reply& refused);

} // namespace aorta::rest
