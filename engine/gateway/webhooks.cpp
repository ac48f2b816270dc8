#include "engine/gateway/webhooks.hpp"

#include "engine/config/endpoint.hpp"
#include "engine/net/loop/reach.hpp"

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;

/// Standard Webhooks 1.0.0, "Deliverability": three days together; here with jitter downwards.
const std::vector<std::chrono::seconds> pauses{5s,      300s,    1'800s,  7'200s, 18'000s,
                                               36'000s, 50'400s, 72'000s, 86'400s};
constexpr std::chrono::seconds answer_within{20};

/// Without port and brackets.
std::string host_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find(':')));
}

error refused(std::string text) { return {error_code::invalid, "", std::move(text)}; }

} // namespace

status check_webhook_url(const std::string& url, const config::event_settings& by) {
  if (!config::is_web_url(url)) return refused("`url` is no URL of http or https without user and password");
  if (!url.starts_with("https://") && !by.plaintext)
    return refused("`url` is without TLS, which [events] plaintext of aorta.toml does not allow");
  const auto allowed = net::reach::allowing(by.allow);
  if (!allowed) return allowed.error();
  const auto address = net::literal_address(host_of(url), 0);
  if (address && !allowed->permits(*address))
    return refused("`url` leads to an address that is neither public nor in [events] allow of aorta.toml");
  return done{};
}

std::optional<config::destination> as_destination(const ports::webhook& of,
                                                  const config::event_settings& by) {
  auto secret = delivery::signature_key::read(of.secret);
  // A URL that was allowed once may not be any more: what waits for it waits.
  if (!secret || (!by.plaintext && !of.url.starts_with("https://"))) return std::nullopt;
  config::destination out;
  out.name = of.destination();
  out.is = config::destination::kind::http;
  out.to = of.url;
  out.gives = config::destination::content::event;
  out.events = of.event_types;
  out.allow = by.allow;
  out.secret = std::move(*secret);
  if (auto old = delivery::signature_key::read(of.old_secret)) {
    out.old_secret = std::move(*old);
    out.old_secret_until = of.old_secret_until;
  }
  out.partitions = ports::webhook_partitions;
  out.rules.retry = pauses;
  out.rules.attempts = uint32_t(pauses.size());
  out.timeout = answer_within;
  return out;
}

} // namespace aorta::gateway
