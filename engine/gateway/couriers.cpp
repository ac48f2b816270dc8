#include "engine/gateway/couriers.hpp"

#include "engine/delivery/errands.hpp"
#include "engine/delivery/judge.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/hl7/readdress.hpp"
#include "engine/net/mllp/mllp_sender.hpp"

#include <atomic>
#include <map>

namespace aorta::gateway {
namespace {

using delivery::outcome;
using steady = std::chrono::steady_clock;

outcome silence(const ports::unanswered& why) {
  outcome out;
  out.is = outcome::kind::silent;
  out.perhaps = why.sent == ports::left::perhaps;
  out.code = std::string(ports::name(why.why));
  return out;
}

/// What goes out in which order, whatever it is spoken in. All but `carry`, `until` and `stop` is the loop's.
class carrier : public actors::courier, public std::enable_shared_from_this<carrier> {
public:
  carrier(net::loop& on, const config::destination& how, ports::partition of,
          std::shared_ptr<actors::dispatch_inbox> tell, size_t width)
      : mail_(on.mail()),
        how_(how),
        of_(std::move(of)),
        tell_(std::move(tell)),
        way_(width,
             how.rules.rejected == delivery::on_reject::hold_all
               ? delivery::errands::after_refusal::all_wait
               : delivery::errands::after_refusal::others_go) {}

  void carry(std::vector<load> all) override {
    mail_->post([self = shared_from_this(), all = std::move(all)]() mutable {
      for (auto& each : all) {
        self->way_.add({each.what.id, each.key});
        self->loads_.emplace(each.what.id, std::move(each.what));
      }
      self->go_on();
    });
  }
  void until(steady::time_point when) override { until_ = when.time_since_epoch().count(); }
  void stop() override {
    mail_->post([self = shared_from_this()] {
      self->stopped_ = true;
      self->go_on();
    });
  }

protected:
  /// Sends it, and calls `heard` once, later.
  virtual void send(const delivery::errands::errand& one, const ports::parcel& what) = 0;

  void heard(const delivery::errands::errand& one, outcome what) {
    loads_.erase(one.id);
    for (const auto& id : way_.heard(one, what)) untried(id);
    tell_->hear({of_, one.id, std::move(what)});
    go_on();
  }
  const config::destination& how() const noexcept { return how_; }
  std::shared_ptr<net::mailbox> mail() const noexcept { return mail_; }

private:
  void go_on() {
    if (stopped_ || steady::now().time_since_epoch().count() >= until_)
      for (const auto& id : way_.stop()) untried(id);
    while (const auto one = way_.next()) {
      const auto& what = loads_.at(one->id);
      if (!what.body.empty()) {
        send(*one, what);
        continue;
      }
      outcome nothing; // the log does not keep it any more, or under another key
      nothing.is = outcome::kind::rejected;
      nothing.code = "no-body";
      mail_->post([self = shared_from_this(), one = *one, nothing] { self->heard(one, nothing); });
    }
  }
  void untried(const uuid& id) {
    loads_.erase(id);
    tell_->hear({of_, id, {}});
  }

  std::shared_ptr<net::mailbox> mail_;
  const config::destination how_;
  const ports::partition of_;
  std::shared_ptr<actors::dispatch_inbox> tell_;
  delivery::errands way_;
  std::map<uuid, ports::parcel> loads_;
  std::atomic<steady::rep> until_{0};
  bool stopped_ = false;
};

/// One connection, one message at a time; an answer counts only if it speaks of our message.
class mllp_carrier final : public carrier {
public:
  mllp_carrier(net::loop& on, const config::destination& how, ports::partition of,
               std::shared_ptr<actors::dispatch_inbox> tell)
      : carrier(on, how, std::move(of), std::move(tell), 1),
        loop_(on) {}

private:
  void send(const delivery::errands::errand& one, const ports::parcel& what) override {
    const auto self = std::static_pointer_cast<mllp_carrier>(shared_from_this());
    if (!link_) {
      const auto made = net::mllp_target::make(loop_, target());
      if (!made)
        return mail()->post([self, one] { self->heard(one, silence({ports::no_answer::settings})); });
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

  net::loop& loop_;
  std::unique_ptr<net::mllp_sender> link_;
};

/// Whoever lets it go, its sockets end on the loop.
std::shared_ptr<actors::courier> of_loop(net::loop& on, std::unique_ptr<carrier> made) {
  return {made.release(), [mail = on.mail()](carrier* last) {
            std::shared_ptr<carrier> own(last);
            mail->post([own = std::move(own)] {});
          }};
}

} // namespace

std::shared_ptr<actors::courier> make_courier(net::loop& on, const config::destination& how,
                                              const ports::partition& of,
                                              std::shared_ptr<actors::dispatch_inbox> tell) {
  return of_loop(on, std::make_unique<mllp_carrier>(on, how, of, std::move(tell)));
}

} // namespace aorta::gateway
