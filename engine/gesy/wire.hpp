// How the national system (Gesy, run by the HIO) is spoken to: its paths, its names of fields and its words,
// which are configuration (conf/gesy.toml), since it publishes none. Ours are OpenHeart's.
#pragma once

#include "engine/base/result.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::gesy {

enum class operation : uint8_t {
  token,
  beneficiary,
  beneficiary_by_card,
  referral,
  referrals,
  add_referral,
  close_referral,
  claim,
  claims,
  add_claim,
  provider,
  specialties,
  diagnosis,
  procedure,
};
std::string_view name(operation) noexcept; ///< `beneficiary_by_card`
std::optional<operation> operation_from(std::string_view) noexcept;
std::vector<std::string> operation_names();

/// What a body tells of.
enum class kind : uint8_t { beneficiary, referral, claim, line, provider, specialty, code };
std::string_view name(kind) noexcept;
std::optional<kind> kind_from(std::string_view) noexcept;
std::vector<std::string> kind_names();
/// Ours, in the order in which they are shown.
std::span<const std::string_view> fields_of(kind) noexcept;

struct wire {
  /// Below the base URL; what stands in braces is filled in: `{id}`, of lists `{provider_id}`,
  /// `{beneficiary_id}`, `{referral_id}`, `{service_date}`, `{status}`.
  std::map<operation, std::string> paths;
  struct object {
    std::map<std::string, std::string, std::less<>> fields; ///< theirs by ours, where they differ
    std::map<std::string, std::string, std::less<>> words;  ///< ours by theirs, of `status`
    friend bool operator==(const object&, const object&) = default;
  };
  std::map<kind, object> objects;
  std::string base;                           ///< the URL before all paths, as the configuration has it
  std::string items = "items", next = "next"; ///< of lists: what they hold, and where the next page is
  /// The header that keeps a claim from being taken twice; empty: they have none.
  std::string idempotency_header = "Idempotency-Key";
  /// The field in which a claim brings our own id and shows it again; empty: they have none.
  std::string reference = "client_reference";

  friend bool operator==(const wire&, const wire&) = default;
};
/// As the specification has it.
wire specified();

/// Below the base URL. What stands in braces is replaced, as RFC 3986 wants it; by nothing where there is no
/// such value.
using path_values = std::map<std::string_view, std::string>;
std::string path_of(const wire& by, operation what, const path_values& values);

/// One thing that they sent, with our names, all of them and no others: null is what they did not say.
/// Nothing: it is no JSON object.
std::optional<std::string> as_ours(const wire& by, kind what, std::string_view body);
/// One page.
struct listed {
  struct item {
    std::string ours;      ///< as `as_ours` has it
    std::string reference; ///< our own id, where they show it
  };
  std::vector<item> items;
  bool leads_away = false; ///< the next page is somewhere else: nobody goes there
  std::string next;        ///< a path below the base URL; empty: it is the last page
};
std::optional<listed> list_as_ours(const wire& by, kind what, std::string_view body);
/// What we send: the members of `ours` that are fields of this kind, under their names, and our own id.
std::optional<std::string> as_theirs(const wire& by, kind what, std::string_view ours,
                                     std::string_view reference = {});

} // namespace aorta::gesy
