// Kind `gesy`: claims to the national system, each looked up first where it may have come through before.
#include "engine/gateway/carriers/carrier.hpp"
#include "engine/gateway/gesy_line.hpp"
#include "engine/gesy/submission.hpp"

namespace aorta::gateway {
namespace {

class gesy_carrier final : public carrier {
public:
  explicit gesy_carrier(carrier_parts with) : carrier(std::move(with), 1) {}

private:
  using way_ptr = std::shared_ptr<gesy::submission>;

  std::chrono::seconds settle() const { return 2 * how().timeout; }

  void send(const errand& one, const ports::parcel& what) override {
    auto read = gesy::parcel_from(what.body);
    if (!read || !gesy()) return heard_later(one, unsendable(gesy() ? "unreadable" : "settings"));
    if (read->system != how().to) return heard_later(one, unsendable("other-system"));
    if (const auto left = tried_.rest(one.id, what.perhaps, clock().now(), settle())) {
      delivery::outcome later;
      later.is = delivery::outcome::kind::silent;
      later.perhaps = true;
      later.code = "settling";
      later.wait = left;
      return heard_later(one, later);
    }
    go_on(one, std::make_shared<gesy::submission>(gesy()->wire(), std::move(*read), what.perhaps, settle()));
  }

  void go_on(const errand& one, const way_ptr& way) {
    auto next = way->next();
    if (!next) {
      const auto& end = way->outcome();
      if (end.is == delivery::outcome::kind::taken) tried_.forget(one.id);
      return heard(one, end);
    }
    const bool sends = next->what == gesy::operation::add_claim;
    if (sends && !may_go_on()) return heard(one, {}); // another node may have it by now
    if (sends) tried_.note(one.id, clock().now());
    const auto self = std::static_pointer_cast<gesy_carrier>(shared_from_this());
    gesy()->ask(
      std::move(*next),
      [self, one, way, sends](const gesy::reply& what) {
        if (sends) self->tried_.note(one.id, self->clock().now());
        way->heard(what);
        self->go_on(one, way);
      },
      true); // how long it waits for who is away the delivery knows
  }

  gesy::attempts tried_;
};

} // namespace

std::unique_ptr<carrier> make_gesy_carrier(carrier_parts with) {
  return std::make_unique<gesy_carrier>(std::move(with));
}

} // namespace aorta::gateway
