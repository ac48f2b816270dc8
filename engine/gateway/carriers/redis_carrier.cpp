// Kind `redis`: an entry of a stream for each message or event; events are published too where all of them
// go. hiredis waits for its answers, so the work is done on a thread of the pool.
#include "engine/gateway/carriers/carrier.hpp"
#include "engine/gateway/carriers/content.hpp"
#include "engine/gateway/carriers/redis_link.hpp"
#include "engine/net/loop/pool_work.hpp"

namespace aorta::gateway {
namespace {

class redis_carrier final : public carrier {
public:
  explicit redis_carrier(carrier_parts with)
      : carrier(std::move(with), 1),
        link_(std::make_shared<redis_link>(how().server.value_or(config::redis_server{}), how().timeout)) {}

private:
  struct task {
    std::shared_ptr<redis_link> by;
    std::string stream, channel, text;
    std::vector<std::pair<std::string, std::string>> entry;
    delivery::outcome came;
  };

  void send(const errand& one, const ports::parcel& what) override {
    const auto self = std::static_pointer_cast<redis_carrier>(shared_from_this());
    auto given = content_of(how().gives, what);
    if (!given) return heard_later(one, unsendable("unreadable"));
    const auto type = what.event ? what.event_type : what.message_type;
    const auto now = std::make_shared<task>();
    now->by = link_;
    now->stream = how().to;
    now->entry = {
      {"id", to_text(what.id)}, {"type", type}, {"content_type", given->media_type}, {"body", given->bytes}};
    if (how().publishes && what.event) now->channel = "clinical_events:" + type;
    now->text = std::move(given->bytes);
    work_.run(
      on(), [now] { now->came = now->by->add(now->stream, now->entry, now->channel, now->text); },
      [self, one, now] { self->heard(one, now->came); });
  }

  std::shared_ptr<redis_link> link_; ///< of one task at a time; one that outlives the carrier still has it
  net::pool_work work_;
};

} // namespace

std::unique_ptr<carrier> make_redis_carrier(carrier_parts with) {
  return std::make_unique<redis_carrier>(std::move(with));
}

} // namespace aorta::gateway
