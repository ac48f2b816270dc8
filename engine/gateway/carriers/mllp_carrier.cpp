// Kind `mllp`: one connection, one message at a time; an answer counts only if it speaks of our message.
#include "engine/delivery/judge.hpp"
#include "engine/gateway/carriers/carrier.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/hl7/readdress.hpp"
#include "engine/net/mllp/mllp_sender.hpp"

namespace aorta::gateway {
namespace {

using delivery::outcome;

class mllp_carrier final : public carrier {
public:
  explicit mllp_carrier(carrier_parts with) : carrier(std::move(with), 1) {}

private:
  void send(const errand& one, const ports::parcel& what) override {
    const auto self = std::static_pointer_cast<mllp_carrier>(shared_from_this());
    if (!link_) {
      const auto made = net::mllp_target::make(on(), target());
      if (!made) return heard_later(one, silence({ports::no_answer::settings}));
      link_ = std::make_unique<net::mllp_sender>(*made);
    }
    link_->send(hl7::with_control_id(what.body, what.control_id), how().timeout,
                [self, one, id = what.control_id](ports::mllp_link::outcome answer) {
                  self->heard(one, self->understood(std::move(answer), id));
                });
  }

  outcome understood(ports::mllp_link::outcome&& what, const std::string& id) {
    if (const auto* why = std::get_if<ports::unanswered>(&what)) return silence(*why);
    const auto ack = hl7::read_ack(std::get<std::string>(what));
    outcome out;
    if (ack && ack->control_id == id) out = delivery::of_acknowledgement(ack->code);
    else {
      out.is = outcome::kind::silent;
      out.perhaps = true;
      out.code = ack ? "other-message" : "unreadable";
    }
    if (out.is == outcome::kind::silent) link_->drop(); // whatever comes on it now belongs to another message
    return out;
  }

  ports::mllp_destination target() const {
    ports::mllp_destination out;
    out.host = how().at.host;
    out.port = how().at.port;
    if (how().tls) out.tls = ports::tls_rules{how().tls->ca, how().tls->cert, how().tls->key};
    return out;
  }

  std::unique_ptr<net::mllp_sender> link_;
};

} // namespace

std::unique_ptr<carrier> make_mllp_carrier(carrier_parts with) {
  return std::make_unique<mllp_carrier>(std::move(with));
}

} // namespace aorta::gateway
