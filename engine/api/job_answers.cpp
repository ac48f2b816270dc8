#include "engine/api/job_answers.hpp"

#include "engine/api/in_session.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"

#include <charconv>

namespace aorta::api {

std::optional<ports::job> find_job(call& on, ports::record_session& in, std::string_view kinds,
                                   std::string_view none, status& read) {
  const auto id = uuid_from_text(on.path["id"]);
  auto found = id ? in.jobs().find(*id) : result<std::optional<ports::job>>(std::optional<ports::job>());
  if (!found) return read = found.error(), std::nullopt;
  if (!*found || !(*found)->kind.starts_with(kinds)) return on.refuse(404, "not-found", none), std::nullopt;
  return std::move(**found);
}

bool read_file_cursor(call& on, int& from) {
  for (const auto& [key, value] : on.asked.query) {
    if (key == "clinic") continue;
    if (key != "cursor") return no_such_parameter(on, key), false;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), from);
    if (fault == std::errc{} && end == value.data() + value.size() && from >= 0) continue;
    on.refuse(400, "bad-cursor", "`cursor` is what `next` of the page before said");
    return false;
  }
  return true;
}

void list_jobs_of(call& on, std::string_view kinds, int most, void (*write)(json&, const ports::job&)) {
  if (!known_parameters(on)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    const auto all = in.jobs().newest(most, std::string(kinds));
    if (!all) return all.error();
    json out;
    out.open().key("items").open_list();
    for (const auto& each : *all) {
      write(out, each);
      out.close();
    }
    on.answer(out.close_list().key("next").null().close().take());
    return done{};
  });
}

void write_end(json& out, const ports::job& of) {
  out.field_or_null("fault", of.fault).field("created_at", to_iso(of.created));
  out.field("ended_at", when(of.ended)).field("expires_at", when(of.expires));
}

} // namespace aorta::api
