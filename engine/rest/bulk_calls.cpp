// Bulk export over FHIR: kick-off, status, files, deletion (Bulk Data Access 2.0, "Bulk data export operation
// request flow").
#include "engine/rest/bulk.hpp"
#include "engine/rest/paging.hpp"

#include <charconv>
#include <variant>

namespace aorta::rest {
namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

std::optional<parameters> read_parameters(const std::string& body) {
  const auto parsed = fhir::document::parse(body);
  if (!parsed || parsed->root->str("resourceType") != "Parameters") return std::nullopt;
  return members_of(*parsed->root);
}

bool is_ndjson(const std::string& format) {
  return format == ndjson || format == "application/fhir ndjson" || format == "application/ndjson" ||
    format == "ndjson"; // a `+` that was not encoded is a blank
}

void add_types(std::vector<std::string>& to, std::string_view list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (comma != 0) to.emplace_back(list.substr(0, comma));
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
}

/// Of a time without a zone nobody knows when it was.
bool is_instant(std::string_view text) {
  const auto time = text.find('T');
  return time != text.npos && text.find_first_of("Z+-", time) != text.npos;
}

struct wanted_export {
  std::vector<std::string> types;
  std::optional<timestamp> since;
};

std::variant<wanted_export, reply> read_wanted(const parameters& all, bool is_lenient) {
  wanted_export out;
  for (const auto& [name, value] : all) {
    if (name == "_outputFormat") {
      if (!is_ndjson(value)) return refusal(400, "value", "_outputFormat is application/fhir+ndjson", name);
    } else if (name == "_type") {
      add_types(out.types, value);
      if (out.types.empty()) return refusal(400, "value", "_type names no type", name);
    } else if (name == "_since") {
      timestamp at{};
      if (!is_instant(value) || !from_iso(value, at))
        return refusal(400, "value", "_since is an instant with its zone: 2026-11-27T08:00:00Z", name);
      out.since = at;
    } else if (!is_lenient && name != "_format" && name != "_pretty") {
      return refusal(400, "not-supported", "exports take _type, _since and _outputFormat", name);
    }
  }
  return out;
}

struct found_job {
  std::optional<ports::job> job;
  reply refused;
};

/// `path`: {"$export", JOB, ...}
found_job find_job(ports::record_session& in, const grant& who, const request& what) {
  found_job out;
  const auto id = uuid_from_text(what.path.at(1));
  auto found = id ? in.jobs().find(*id) : result<std::optional<ports::job>>(std::optional<ports::job>());
  if (!found) {
    out.refused = refusal(records::refusal(found.error()));
  } else if (!*found || (*found)->kind != bulk_kind || !may_see(who, **found)) {
    out.refused = refusal(404, "not-found", "there is no such export");
  } else {
    out.job = std::move(**found);
  }
  return out;
}

/// With the parameters that were taken, and no others: those may say anything.
std::string address_of(const request& what, std::string base) {
  for (const auto& each : what.path) base += "/" + each;
  parameters taken;
  for (const auto& each : what.query)
    if (each.first == "_type" || each.first == "_since" || each.first == "_outputFormat")
      taken.push_back(each);
  return link_of(base, taken, {});
}

} // namespace

reply export_kick_off(repository& in, const request& what, bool of_patients) {
  auto sent = what.query;
  if (what.method == "POST" && !what.body.empty()) {
    const auto body = read_parameters(what.body);
    if (!body) return refusal(400, "structure", "the body is a Parameters resource");
    sent.insert(sent.end(), body->begin(), body->end());
  }
  auto wanted = read_wanted(sent, lenient(what));
  if (auto* refused = std::get_if<reply>(&wanted)) return std::move(*refused);
  const auto& asked = std::get<wanted_export>(wanted);
  auto chosen = choose_types(in.who(), asked.types, of_patients);
  if (chosen.types.empty()) return std::move(chosen.refused);
  const auto& base = in.around().base;
  auto begun = begin_bulk(in.session(), in.who(),
                          {std::move(chosen.types), asked.since, base, address_of(what, base)}, in.around());
  if (!begun.id) return std::move(begun.refused);
  auto out = refusal(202,
                     std::vector{fhir::issue{fhir::issue::severity::information,
                                             "informational",
                                             {},
                                             "the export has begun: ask its status at Content-Location"}});
  out.issues.clear();
  out.headers.emplace_back("Content-Location", base + "/$export/" + to_text(*begun.id));
  return out;
}

reply export_status(repository& in, const request& what) {
  auto found = find_job(in.session(), in.who(), what);
  return found.job ? bulk_answer(in.session(), *found.job) : std::move(found.refused);
}

reply export_file(repository& in, const request& what) {
  auto found = find_job(in.session(), in.who(), what);
  if (!found.job) return std::move(found.refused);
  const auto& number = what.path.at(2);
  int ordinal = -1;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), ordinal);
  const bool is_one = fault == std::errc{} && end == number.data() + number.size() &&
    found.job->is == ports::job_state::done;
  auto content = is_one ? in.session().jobs().content(found.job->id, ordinal)
                        : result<std::optional<std::string>>(std::optional<std::string>());
  if (!content) return refusal(records::refusal(content.error()));
  if (!*content) return refusal(404, "not-found", "there is no such file (any more)");
  reply out;
  out.body = std::move(**content);
  out.content_type = ndjson;
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

reply export_end(repository& in, const request& what) {
  auto& session = in.session();
  const auto failed = [&](const error& why) {
    session.rollback();
    return refusal(records::refusal(why));
  };
  if (const auto begun = session.begin(in.who().clinic, true); !begun) return failed(begun.error());
  auto found = find_job(session, in.who(), what);
  if (!found.job) {
    session.rollback();
    return std::move(found.refused);
  }
  const auto ended = session.jobs().end(found.job->id, ports::job_state::cancelled);
  if (!ended) return failed(ended.error());
  if (const auto kept = session.commit(); !kept) return failed(kept.error());
  if (!*ended) return refusal(404, "not-found", "this export was deleted, or its time is over");
  reply out;
  out.status = 202;
  out.content_type.clear();
  return out;
}

} // namespace aorta::rest
