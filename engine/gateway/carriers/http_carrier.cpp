// Kind `http`: a POST for each message, signed as Standard Webhooks 1.0.0 has it where there is a secret;
// kind `fhir`: a POST of what it filed, a transaction (FHIR R4, http.html 3.1.0.11). No redirect is followed:
// whoever moved the receiver tells the one who runs the engine.
#include "engine/base/text.hpp"
#include "engine/delivery/judge.hpp"
#include "engine/gateway/carriers/carrier.hpp"
#include "engine/gateway/carriers/content.hpp"
#include "engine/net/http/http_client.hpp"

#include <algorithm>

namespace aorta::gateway {
namespace {

using delivery::outcome;

constexpr size_t most_answer_bytes = 64u << 10; ///< which nobody reads

std::string header_of(const ports::http_answer& from, std::string_view name) {
  const auto at = std::find_if(from.headers.begin(), from.headers.end(),
                               [&](const auto& each) { return each.first == name; });
  return at == from.headers.end() ? std::string() : at->second;
}

class http_carrier final : public carrier {
public:
  explicit http_carrier(carrier_parts with) : carrier(std::move(with), 1) {}

private:
  bool of_fhir() const noexcept { return how().is == config::destination::kind::fhir; }

  void send(const errand& one, const ports::parcel& what) override {
    const auto self = std::static_pointer_cast<http_carrier>(shared_from_this());
    auto given = of_fhir() ? std::optional(content{what.body, "application/fhir+json"})
                           : content_of(how().gives, what);
    if (!given) return heard_later(one, unsendable("unreadable"));
    if (!client_) client_ = std::make_unique<net::http_client>(on());
    client_->send(request(what.id, std::move(*given)),
                  [self, one](const ports::http_outbound::outcome& answer) {
                    self->heard(one, self->understood(answer));
                  });
  }

  ports::http_call request(const uuid& id, content&& what) const {
    ports::http_call out;
    out.url = how().to;
    out.body = std::move(what.bytes);
    out.headers.assign(how().headers.begin(), how().headers.end());
    const bool named = std::any_of(out.headers.begin(), out.headers.end(),
                                   [](const auto& each) { return lower(each.first) == "content-type"; });
    if (!named) out.headers.emplace_back("Content-Type", what.media_type);
    if (of_fhir()) {
      out.headers.emplace_back("X-Request-Id", to_text(id));
      out.headers.emplace_back("Accept", "application/fhir+json");
      out.headers.emplace_back("Prefer", "return=minimal");
    } else {
      sign(out, to_text(id));
    }
    if (how().tls) out.tls = {how().tls->ca, how().tls->cert, how().tls->key};
    out.allow = how().allow;
    out.answer_within = how().timeout;
    out.most_body_bytes = most_answer_bytes;
    out.status_alone = true;
    return out;
  }

  /// The id is the same at each attempt, so that a receiver knows what it has already; the time is that of
  /// the attempt.
  void sign(ports::http_call& to, const std::string& id) const {
    const auto now = clock().now();
    to.headers.emplace_back("webhook-id", id);
    to.headers.emplace_back("webhook-timestamp", delivery::webhook_timestamp(now));
    if (!how().secret) return;
    auto signatures = how().secret->sign(id, now, to.body);
    if (how().old_secret && now < how().old_secret_until)
      signatures += " " + how().old_secret->sign(id, now, to.body);
    to.headers.emplace_back("webhook-signature", std::move(signatures));
  }

  outcome understood(const ports::http_outbound::outcome& what) const {
    if (const auto* why = std::get_if<ports::unanswered>(&what)) return silence(*why);
    const auto& answer = std::get<ports::http_answer>(what);
    return delivery::of_status(answer.status, header_of(answer, "retry-after"), clock().now());
  }

  std::unique_ptr<net::http_client> client_;
};

} // namespace

std::unique_ptr<carrier> make_http_carrier(carrier_parts with) {
  return std::make_unique<http_carrier>(std::move(with));
}

} // namespace aorta::gateway
