#include "engine/gateway/stranger_rows.hpp"

#include "actors/rerun.hpp"
#include "engine/telemetry/log.hpp"

namespace aorta::gateway {

void stranger_rows::tell(const actors::admin_worker& admin, const routes::table& table) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<ports::audit_entry> rows;
  for (const auto& each : unknown_.over(now)) {
    if (each.times < 2) continue; // it has its row
    ports::audit_entry row;
    row.actor = "nobody";
    row.peer = each.peer;
    row.method = "*";
    row.resource = std::to_string(each.times - 1) + " more requests without a valid key within a minute";
    row.outcome = "401";
    row.at = clock_.now();
    rows.push_back(std::move(row));
  }
  if (!rows.empty())
    admin.give([rows](ports::message_log* session) {
      const auto kept = session != nullptr && session->access().audit(rows);
      if (!kept)
        telemetry::log(telemetry::level::error, "audit-failed",
                       {{"path", "*"}, {"rows", std::to_string(rows.size())}});
    });
  for (const auto& each : nonsense_.over(now))
    if (each.times > actors::most_nonsense) log_nonsense(each, table);
}

void stranger_rows::log_nonsense(const strangers::total& of, const routes::table& table) {
  const auto blank = of.peer.find(' ');
  auto mail = std::make_shared<pipeline::envelope>();
  mail->listener = of.peer.substr(0, blank);
  mail->peer = blank == std::string::npos ? of.peer : of.peer.substr(blank + 1);
  mail->whole = false;
  mail->received_at = clock_.now();
  mail->arrived = std::chrono::steady_clock::now();
  mail->id = ids_.next(mail->received_at);
  const auto more = std::to_string(of.times - actors::most_nonsense);
  mail->refuse(
    {error_code::data_type, "",
     more +
       " more frames that are no messages came from this peer within a minute: refused and only counted"});
  const auto to = table.find(*mail);
  actors::run(sys_, to, std::move(mail), [](pipeline::envelope&) {});
}

} // namespace aorta::gateway
