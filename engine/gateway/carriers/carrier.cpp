#include "engine/gateway/carriers/carrier.hpp"

namespace aorta::gateway {

using delivery::outcome;

outcome silence(const ports::unanswered& why) {
  outcome out;
  out.is = outcome::kind::silent;
  out.perhaps = why.sent == ports::left::perhaps;
  out.code = std::string(ports::name(why.why));
  return out;
}

outcome unsendable(std::string code) {
  outcome out;
  out.is = outcome::kind::rejected;
  out.code = std::move(code);
  return out;
}

carrier::carrier(carrier_parts with, size_t width)
    : with_(std::move(with)),
      mail_(with_.on.mail()),
      way_(width,
           with_.how.rules.rejected == delivery::on_reject::hold_all
             ? delivery::errands::after_refusal::all_wait
             : delivery::errands::after_refusal::others_go) {}

void carrier::carry(std::vector<load> all) {
  mail_->post([self = shared_from_this(), all = std::move(all)]() mutable {
    for (auto& each : all) {
      self->way_.add({each.what.id, each.key});
      self->loads_.emplace(each.what.id, std::move(each.what));
    }
    self->go_on();
  });
}

void carrier::stop() {
  mail_->post([self = shared_from_this()] {
    self->stopped_ = true;
    self->go_on();
  });
}

void carrier::heard(const errand& one, outcome what) {
  loads_.erase(one.id);
  for (const auto& id : way_.heard(one, what)) untried(id);
  with_.tell->hear({with_.of, one.id, std::move(what)});
  go_on();
}

void carrier::heard_later(const errand& one, outcome what) {
  mail_->post([self = shared_from_this(), one, what = std::move(what)] { self->heard(one, what); });
}

void carrier::go_on() {
  if (!may_go_on())
    for (const auto& id : way_.stop()) untried(id);
  while (const auto one = way_.next()) {
    const auto& what = loads_.at(one->id);
    // The log does not keep it any more, or under another key.
    if (what.body.empty()) heard_later(*one, unsendable("no-body"));
    else send(*one, what);
  }
}

void carrier::untried(const uuid& id) {
  loads_.erase(id);
  with_.tell->hear({with_.of, id, {}});
}

} // namespace aorta::gateway
