// read with its conditions (FHIR R4 3.1.0.1).
#include "engine/rest/binary.hpp"
#include "engine/rest/merged_people.hpp"
#include "engine/rest/versions.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::rest {
namespace {

// `Tue, 24 Nov 2026 08:15:00 GMT`; nothing for other forms, which are then as if they were not sent.
std::optional<timestamp> read_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const auto number = 1 + (month - months.begin());
  const std::string iso = std::string(text.substr(12, 4)) + (number < 10 ? "-0" : "-") +
    std::to_string(number) + "-" + std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) +
    "Z";
  timestamp out;
  return from_iso(iso, out) ? std::optional(out) : std::nullopt;
}

bool not_modified(const request& what, const standing& found) {
  if (const auto match = what.headers.find("if-none-match"); match != what.headers.end())
    return names_version(match->second, found.version_id);
  const auto since = what.headers.find("if-modified-since");
  if (since == what.headers.end() || !found.last_updated) return false;
  const auto at = read_http_date(since->second);
  return at && std::chrono::floor<std::chrono::seconds>(*found.last_updated) <= *at;
}

} // namespace

reply not_found() { return refusal(404, "not-found", "there is no such resource"); }

reply gone(const standing& what) {
  auto out = refusal(410, "deleted", "this resource was deleted");
  out.headers.emplace_back("ETag", etag(what));
  out.about = what.patient;
  return out;
}

void add_validators(reply& to, std::string_view version_id, std::optional<timestamp> last_updated) {
  to.headers.emplace_back("ETag", "W/\"" + std::string(version_id) + "\"");
  if (last_updated) to.headers.emplace_back("Last-Modified", http_date(*last_updated));
}

reply read(repository& in, const request& what, const std::string& type, const std::string& id) {
  fhir::document into;
  auto found = in.load(into, type, id);
  if (!found) return refusal(found.error());
  if (!*found) return not_found();
  auto& one = **found;
  if (one.deleted && type == "Patient") {
    auto merged = merged_patient(into, in, id);
    if (!merged) return refusal(merged.error());
    if (*merged && (*merged)->resource != nullptr) one = std::move(**merged);
  }
  if (one.deleted) return gone(one);
  standing* const self = &one;
  if (type == "Patient" && self->row)
    if (const auto told = tell_merges(into, in, {&self, 1}); !told) return refusal(told.error());
  reply out;
  out.about = one.patient;
  add_validators(out, one.version_id, one.last_updated);
  if (not_modified(what, one)) out.status = 304;
  else if (is_raw_read(what)) answer_raw(out, *one.resource);
  else out.body = body_of(what, *one.resource);
  return out;
}

} // namespace aorta::rest
