#include "engine/gateway/couriers.hpp"

#include "engine/gateway/carriers/carrier.hpp"

namespace aorta::gateway {
namespace {

carrier_maker maker_of(config::destination::kind is) {
  using enum config::destination::kind;
  switch (is) {
    case mllp: break;
    case http:
    case fhir: return make_http_carrier;
    case file: return make_file_carrier;
    case redis: return make_redis_carrier;
    case gesy: return make_gesy_carrier;
  }
  return make_mllp_carrier;
}

} // namespace

/// Whoever lets it go, its sockets end on the loop.
std::shared_ptr<actors::courier> make_courier(net::loop& on, const clock_source& clock,
                                              const config::destination& how, const ports::partition& of,
                                              std::shared_ptr<actors::dispatch_inbox> tell,
                                              std::shared_ptr<gesy_line> gesy) {
  auto made = maker_of(how.is)({on, clock, how, of, std::move(tell), std::move(gesy)});
  return std::shared_ptr<carrier>(made.release(), [mail = on.mail()](carrier* last) {
    std::shared_ptr<carrier> own(last);
    mail->post([own = std::move(own)] {});
  });
}

} // namespace aorta::gateway
