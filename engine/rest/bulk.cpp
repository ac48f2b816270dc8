#include "engine/rest/bulk.hpp"

#include "engine/fhir/map.hpp"
#include "engine/ports/export_lock.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace aorta::rest {
namespace {

using fhir::document;

/// From a write's own time to its commit, clocks that differ included.
constexpr std::chrono::minutes longest_write{5};

/// Documents come with their contents, and with a report all results of its patient are read.
int page_of(std::string_view type, int most) noexcept {
  return type == "DocumentReference" || type == "DiagnosticReport" ? std::min(most, 20) : most;
}

bool is_of_patients(std::string_view type) {
  return type == "Patient" || fhir::compartment_of(type, "Patient") != nullptr;
}

/// What a Binary holds is as its context is, which may be of any type.
bool may_export(const grant& who, std::string_view type) {
  const auto all = fhir::served_types();
  return type == "Binary"
    ? std::all_of(all.begin(), all.end(), [&](const auto each) { return who.may(access::read, each); })
    : who.may(access::read, type);
}

bool holds_type(std::span<const std::string_view> all, std::string_view type) {
  return std::find(all.begin(), all.end(), type) != all.end();
}

/// How far a job is: "TYPE FILES POSITION".
struct progress {
  size_t type = 0; ///< of the order's
  int files = 0;
  std::string position;

  std::string text() const { return std::to_string(type) + " " + std::to_string(files) + " " + position; }
};

progress progress_from(const std::string& text) {
  progress out;
  const auto first = text.find(' '), second = text.find(' ', first + 1);
  if (first == text.npos || second == text.npos) return out;
  std::from_chars(text.data(), text.data() + first, out.type);
  std::from_chars(text.data() + first + 1, text.data() + second, out.files);
  out.position = text.substr(second + 1);
  return out;
}

grant reader_of(const ports::job& job, model::clinic_id clinic) {
  grant out;
  out.actor = job.actor;
  out.clinic = clinic;
  out.scopes.admin = true; // its types were chosen by what its caller may read
  return out;
}

void end(ports::job& job, ports::job_state how, timestamp now) {
  job.is = how;
  job.ended = now;
  job.expires = now + bulk_lives;
}

/// Whether it is certain that it stood so before: not where its time is not known, nor where its patient is
/// another since, nor where what is told of an order follows from its results.
bool is_older(const standing& what, timestamp than, const std::set<model::patient_id>& moved) {
  if (!what.last_updated || *what.last_updated >= than || what.seen_first) return false;
  if (what.patient && moved.contains(*what.patient)) return false;
  return what.type != "DiagnosticReport";
}

reply in_progress(const ports::job& job, const bulk_order& what) {
  reply out;
  out.status = 202;
  out.content_type.clear();
  const auto at = progress_from(job.place).type;
  out.headers.emplace_back("X-Progress",
                           std::to_string(job.resources) + " resources; " +
                             (at < what.types.size() ? what.types[at] : std::string("ending")));
  out.headers.emplace_back("Retry-After", "2");
  return out;
}

reply manifest(const std::vector<ports::job_file>& files, const ports::job& job, const bulk_order& what) {
  document into;
  auto* root = into.object();
  into.add(*root, "transactionTime", to_iso(job.created - longest_write));
  into.add(*root, "request", what.request);
  into.add(*root, "requiresAccessToken", into.boolean(true));
  auto* output = into.add(*root, "output", into.array());
  for (const auto& each : files) {
    auto* one = into.push(*output, into.object());
    into.add(*one, "type", each.type);
    into.add(*one, "url", what.base + "/$export/" + to_text(job.id) + "/" + std::to_string(each.ordinal));
    into.add(*one, "count", into.number(each.resources));
  }
  into.add(*root, "error", into.array());
  reply out;
  out.body = fhir::write(*root);
  out.content_type = "application/json";
  if (job.expires) out.headers.emplace_back("Expires", http_date(*job.expires));
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

} // namespace

std::string to_json(const bulk_order& of) {
  document into;
  auto* root = into.object();
  auto* types = into.add(*root, "types", into.array());
  for (const auto& each : of.types) into.push(*types, into.literal(each));
  if (of.since) into.add(*root, "since", to_iso(*of.since));
  into.add(*root, "base", of.base);
  into.add(*root, "request", of.request);
  return fhir::write(*root);
}

std::optional<bulk_order> bulk_order_from(std::string_view json) {
  const auto parsed = document::parse(json);
  if (!parsed) return std::nullopt;
  bulk_order out;
  const auto* types = parsed->root->get("types");
  for (const auto* each = types != nullptr ? types->first : nullptr; each != nullptr; each = each->next)
    out.types.emplace_back(each->text);
  timestamp since{};
  if (from_iso(parsed->root->str("since"), since)) out.since = since;
  out.base = parsed->root->str("base");
  out.request = parsed->root->str("request");
  return out;
}

bulk_choice choose_types(const grant& who, const std::vector<std::string>& wanted, bool of_patients) {
  bulk_choice out;
  if (who.patient) {
    out.refused = refusal(403, "forbidden",
                          "this key is one patient's: it may not export a clinic's records");
    return out;
  }
  for (const auto& each : wanted) {
    const bool served = holds_type(fhir::served_types(), each) && each != "AuditEvent";
    if (!served || (of_patients && !is_of_patients(each))) {
      out.refused = refusal(400, "value",
                            served ? "_type has a type of which no resource belongs to a patient"
                                   : "_type has a type that is not served here",
                            "_type");
      return out;
    }
    if (!may_export(who, each)) {
      out.refused = refusal(403, "forbidden", "this key may not read resources of a type in _type", "_type");
      return out;
    }
  }
  for (const auto each : fhir::served_types()) {
    if (each == "AuditEvent" || (of_patients && !is_of_patients(each)) || !may_export(who, each)) continue;
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), each) != wanted.end())
      out.types.emplace_back(each);
  }
  if (out.types.empty()) out.refused = refusal(403, "forbidden", "this key may read resources of no type");
  return out;
}

bulk_begun begin_bulk(ports::record_session& in, const grant& who, const bulk_order& what,
                      const surroundings& around) {
  bulk_begun out;
  const auto failed = [&](const error& why) {
    in.rollback();
    out.refused = refusal(records::refusal(why));
    return out;
  };
  if (const auto begun = in.begin(who.clinic, true); !begun) return failed(begun.error());
  if (const auto held = in.lock({ports::export_lock(who.clinic)}); !held) return failed(held.error());
  const auto running = in.jobs().running(std::string(bulk_kind));
  if (!running) return failed(running.error());
  if (*running > 0) {
    in.rollback();
    out.refused = refusal(429, "throttled", "an export of this clinic runs: wait for its end, or delete it");
    out.refused.headers.emplace_back("Retry-After", "10");
    return out;
  }
  const auto kept_ones = in.jobs().kept(std::string(bulk_kind), who.actor);
  if (!kept_ones) return failed(kept_ones.error());
  if (*kept_ones >= most_kept_exports) {
    in.rollback();
    out.refused = refusal(429, "throttled",
                          "as many exports of this key are kept as may be: delete one, or wait until one's "
                          "time is over");
    out.refused.headers.emplace_back("Retry-After", "3600");
    return out;
  }
  ports::job job;
  job.created = around.clock->now();
  job.id = around.ids->next(job.created);
  job.kind = bulk_kind;
  job.actor = who.actor;
  job.asked = to_json(what);
  job.place = progress().text();
  if (const auto added = in.jobs().add(job); !added) return failed(added.error());
  if (const auto kept = in.commit(); !kept) return failed(kept.error());
  out.id = job.id;
  return out;
}

bool may_see(const grant& who, const ports::job& job) {
  if (who.patient) return false;
  if (who.scopes.admin) return true;
  const auto what = bulk_order_from(job.asked);
  return who.actor == job.actor && what &&
    std::all_of(what->types.begin(), what->types.end(),
                [&](const auto& each) { return who.may(access::read, each); });
}

result<bulk_page> next_page(ports::record_session& in, model::clinic_id clinic, ports::job job,
                            const surroundings& around, int most) {
  bulk_page out;
  out.job = std::move(job);
  const auto what = bulk_order_from(out.job.asked);
  const auto now = around.clock->now();
  auto at = progress_from(out.job.place);
  if (!what || at.type >= what->types.size()) {
    end(out.job, what ? ports::job_state::done : ports::job_state::failed, now);
    if (!what) out.job.fault = "what was asked for cannot be read";
    return out;
  }
  const auto& type = what->types[at.type];
  const auto who = reader_of(out.job, clinic);
  auto known = around;
  known.base = what->base;
  repository from(in, who, known);
  document into;
  auto page = from.scan(into, type, {}, at.position, page_of(type, most));
  if (!page) return page.error();
  const auto touched = what->since ? in.merges().touched_since(*what->since)
                                   : result<std::vector<model::patient_id>>(std::vector<model::patient_id>{});
  if (!touched) return touched.error();
  const std::set<model::patient_id> moved(touched->begin(), touched->end());
  int64_t count = 0;
  for (const auto& each : page->found) {
    if (each.resource == nullptr || (what->since && is_older(each, *what->since, moved))) continue;
    fhir::write(*each.resource, out.content);
    out.content += '\n';
    ++count;
  }
  if (count > 0) out.made = ports::job_file{at.files++, type, count};
  out.job.resources += count;
  at.position = page->next;
  if (page->next.empty()) ++at.type;
  out.job.place = at.text();
  if (at.type >= what->types.size()) end(out.job, ports::job_state::done, now);
  return out;
}

reply bulk_answer(ports::record_session& in, const ports::job& job) {
  const auto what = bulk_order_from(job.asked);
  if (!what || job.is == ports::job_state::failed)
    return refusal(500, "exception", job.fault.empty() ? "the export failed" : job.fault);
  if (job.is == ports::job_state::running) return in_progress(job, *what);
  if (job.is != ports::job_state::done)
    return refusal(404, "not-found", "this export was deleted, or its time is over");
  const auto files = in.jobs().files(job.id);
  if (!files) return refusal(records::refusal(files.error()));
  return manifest(*files, job, *what);
}

} // namespace aorta::rest
