// What HTTP answers outside FHIR, as functions from a request to a response: no sockets, no actors.
#pragma once

#include "engine/ports/store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::api {

struct request {
  std::string method;
  std::vector<std::string> path;            ///< decoded segments: {"api", "messages", "019..."}
  std::map<std::string, std::string> query; ///< decoded; a repeated name keeps its last value
  std::string bearer;                       ///< the key of `Authorization: Bearer KEY`, empty if none
  std::string peer, body;
};

struct response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// `{"error": {"code", "message", "details"}}`
response failure(int status, std::string_view code, std::string_view message, std::string_view details_name = {}, std::string_view details = {});
response failure(const error& why); ///< with the status its code means

struct route_view {
  std::string name, state, clinic;
  std::vector<std::string> from, accept, chain, labs;
  uint64_t in_flight = 0, waiting = 0, received = 0, processed = 0, failed = 0, unmatched = 0, duplicate = 0, restarts = 0;
  std::string last_error, last_error_at;
};

/// Keys that the store has confirmed, for figures that are wanted most while it does not answer. Thread-safe; holds hashes of the secrets.
class seen_keys {
public:
  /// Asks the desk; while it is null or the store away, what was seen last of this key. A key revoked meanwhile is found out when the store is back.
  result<std::optional<ports::api_key>> find(std::string_view bearer, ports::store_desk* desk);
  void remember(std::string_view bearer, const ports::api_key& key);
  std::optional<ports::api_key> remembered(std::string_view bearer) const;

private:
  static constexpr size_t most = 1000;
  mutable std::mutex lock_;
  std::map<std::string, ports::api_key> known_; ///< by the secret's SHA-256
};

/// What the running engine shows of itself.
struct engine_view {
  std::function<std::vector<route_view>()> routes;
  std::function<std::vector<std::string>()> not_ready; ///< reasons; empty: ready (the store is asked separately)
  std::function<std::string(bool store_answers)> metrics;
  seen_keys* keys = nullptr; ///< null: the store is asked each time
  std::string version;
};

/// A stored message that is to go through its route again; the answer comes when it has.
struct rerun {
  ports::message_detail what;
  ports::act why;
  ports::clinic clinic;
};

struct outcome {
  response reply;
  std::optional<rerun> again;   ///< then `reply` is not sent: see `rerun_reply`
  std::string path_template;    ///< for metrics: "/api/messages/{id}"
  ports::audit_entry audit;     ///< complete but for the status when `again` is set
  bool audited = true;          ///< false for /health and /ready
  bool shown_unaudited = false; ///< figures of the engine alone: an audit that cannot be kept does not hide them
};

/// Answers one request. `desk` null: the store is away.
outcome handle(const request& what, ports::store_desk* desk, const engine_view& engine, timestamp now);

/// The answer to a rerun: the message as it is now (the review, where one was resolved), the difference where it was rehearsed, or why it did not pass.
response rerun_reply(const rerun& what, const std::optional<error>& fault, const ports::difference* would_change, ports::store_desk* desk);

struct target_parts {
  std::vector<std::string> path;                           ///< decoded segments, without an empty last one
  std::vector<std::pair<std::string, std::string>> params; ///< decoded, in order, repeats kept
};
/// Splits a request target; nothing when it is no valid one, or its texts are no clean UTF-8.
std::optional<target_parts> split_target(std::string_view target);

} // namespace aorta::api
