// What HTTP answers outside FHIR, as functions from a request to a response: no sockets, no actors.
#pragma once

#include "engine/api/gesy.hpp"
#include "engine/api/imports.hpp"
#include "engine/api/mapping.hpp"
#include "engine/api/publishing.hpp"
#include "engine/export/rules.hpp"
#include "engine/http/caller.hpp"
#include "engine/http/endpoint.hpp"
#include "engine/http/exchange.hpp"
#include "engine/ports/message_log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace aorta::api {

inline constexpr std::string_view session_cookie = "aorta_session";

struct route_view {
  std::string name, state, clinic;
  std::vector<std::string> from, accept, chain, labs;
  uint64_t in_flight = 0, waiting = 0, received = 0, processed = 0, failed = 0, unmatched = 0, duplicate = 0,
           restarts = 0;
  std::string last_error, last_error_at;
};

/// A destination that routes of a clinic pass messages on to, as it is configured now.
struct destination_view {
  std::string name, kind, to;
  uint32_t partitions = 1;
  size_t away = 0;                  ///< partitions whose receiver is away, as far as this node works on them
  bool of_acknowledgements = false; ///< application acknowledgements of enhanced mode alone go there
  bool configured = true;           ///< false: something waits for it, and nobody delivers it
};

struct silent_view {
  std::string listener, clinic;
  timestamp since{};
};

/// A listener of this node, over the last ten seconds.
struct listener_view {
  std::string name;
  uint64_t connections = 0;
  double per_second = 0;                ///< messages that were answered
  std::optional<double> p50_ms, p99_ms; ///< from when one came to when its answer was ready
  std::optional<timestamp> last_at;     ///< ever
};

struct certificate_view {
  std::string listener;
  timestamp not_after{};
};

/// Who looks on as things change, at this node.
struct live_view {
  std::string node;
  std::function<bool(const std::string& bearer)> has_room; ///< for one more of this key or session
  std::function<std::vector<listener_view>()> listeners;
  std::function<std::vector<certificate_view>()> certificates; ///< of the listeners that have one; `http` too
};

/// What the running engine shows of itself.
struct engine_view {
  std::function<std::vector<route_view>()> routes;
  /// By what routes have their messages found, beside what all are found by: names, each once. Null: nothing.
  std::function<std::vector<std::string>(model::clinic_id)> indexes;
  /// The store says so: this node is told at once.
  std::function<void(const ports::paused_route&, bool paused)> pause;
  /// Reasons; empty: ready. The store is asked separately.
  std::function<std::vector<std::string>()> not_ready;
  /// Listeners that should have had messages and had none. Null: nobody watches.
  std::function<std::vector<silent_view>()> silent;
  /// What a person should look at, though messages are taken. Null: nothing.
  std::function<std::vector<std::string>()> warnings;
  std::function<std::string(bool store_answers)> metrics;
  std::function<std::vector<destination_view>(model::clinic_id)> destinations;
  /// Whether anybody delivers to it. Null: to all of them.
  std::function<bool(model::clinic_id, const std::string& destination)> delivers_to;
  /// A person has changed something about deliveries in the store: the dispatcher looks.
  std::function<void()> deliveries_changed;
  /// A logged message as its route would pass it on to this destination today.
  std::function<result<ports::forward>(const ports::message_detail&, const std::string& destination)>
    forward_again;
  /// A person has acknowledged a critical value so long after the engine saw it.
  std::function<void(std::chrono::milliseconds)> acknowledged;
  /// Within which somebody is to acknowledge in this clinic.
  std::function<std::chrono::milliseconds(model::clinic_id)> critical_due;
  /// Why a webhook may not lead there.
  std::function<status(const std::string& url)> check_webhook_url;
  /// A secret of 32 bytes of chance, as Standard Webhooks writes it: `whsec_...`.
  std::function<std::string()> new_webhook_secret;
  /// What the configuration says of documents that leave the house; empty: none do.
  std::function<exports::rules()> exports;
  std::shared_ptr<const import_view> imports;  ///< null: the engine is starting
  std::shared_ptr<const gesy_view> gesy;       ///< null: there is no [gesy]
  std::shared_ptr<const mapping_view> mapping; ///< null: the engine is starting
  std::shared_ptr<const config_view> config;   ///< likewise
  std::shared_ptr<const live_view> live;       ///< likewise
  std::function<std::string()> new_key_secret;
  /// Of a session at the console.
  std::function<std::string()> new_session_secret;
  /// Whether browsers reach the engine over TLS alone, so that cookies may say so.
  std::function<bool()> is_secure;
  http::seen_keys* keys = nullptr; ///< null: the store is asked each time
  /// Takes one of the calls that a caller may make: nothing, or after how many seconds it may make one. Null:
  /// there is no limit.
  std::function<std::optional<int>(const std::string& actor)> wait_of;
  std::string version;
  std::vector<const http::endpoint*> beside; ///< rows of the other sides of the door, for the description
};

/// A stored message that is to go through its route again; the answer comes when it has.
struct rerun {
  ports::message_detail what;
  ports::act why;
  ports::clinic clinic;
};

/// Of a message whose bytes went by `[retention]`: code `gone`.
inline constexpr std::string_view gone_text =
  "what this message said is kept no more ([retention] raw_days): its results stay, and its sender may have it";

/// Why a stored message is not run again.
struct not_rerun {
  int status = 409; ///< HTTP's
  std::string_view code, text;
  std::string_view name = {}; ///< of `detail`
  std::string detail = {};
};
/// As it is seen now, with what persons have said of it, which stays. An error: the store did not answer.
std::variant<rerun, not_rerun, error> rerun_of(ports::message_log& admin, const ports::clinic& clinic,
                                               const uuid& id);

struct outcome {
  http::response reply;
  std::optional<rerun> again;          ///< then `reply` is not sent: see `rerun_reply`
  std::optional<gesy_errand> errand;   ///< then neither, but its status: see `gesy_reply`
  std::string path_template = "other"; ///< for metrics: "/api/messages/{id}"
  ports::audit_entry audit;            ///< complete but for the status when `again` is set
  bool goes_on = false;                ///< `reply` is the first of many: the same question gives the next
  bool audited = true;                 ///< false for /health and /ready
  bool shown_unaudited = false;        ///< what the engine tells of itself: no lost audit row hides it
};

/// What a handler is given: a request that has passed the door. It answers, refuses, or
/// leaves a rerun in `out`.
struct call {
  const http::request& asked;
  const http::path_values& path;
  http::caller who;          ///< nobody where the row is open
  ports::clinic clinic;      ///< which `who` works for; where the row is made of records and not open
  ports::message_log* store; ///< null while it is away: rows that are open or made of the engine see to that
  const engine_view& engine;
  outcome& out;

  ports::message_log& admin() const { return *store; } ///< of rows that need a clinic
  void answer(std::string json) { out.reply.body = std::move(json); }
  void refuse(int status, std::string_view code, std::string_view text, std::string_view name = {},
              std::string_view detail = {}) {
    out.reply = http::failure(status, code, text, name, detail);
  }
  void refuse(const error& why) { out.reply = http::failure(why); }
};

using endpoint = http::row<call>;
/// All there is outside FHIR, in the order of the handbook.
std::span<const endpoint> endpoints();

/// Answers one request. `admin` null: the store is away.
outcome handle(const http::request& what, ports::message_log* admin, const engine_view& engine,
               timestamp now);

/// The answer to a question that went to the national system. `status`: when all went well.
http::response gesy_reply(const gesy_errand& asked, const gesy::reply& heard, int status,
                          const gesy_view& view, timestamp now);

/// The answer to a rerun: the message as it is now (the review, where one was resolved), the difference where
/// it was rehearsed, or why it did not pass.
http::response rerun_reply(const rerun& what, const std::optional<error>& fault,
                           const ports::difference* would_change, ports::message_log* admin);

} // namespace aorta::api
