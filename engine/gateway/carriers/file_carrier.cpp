// Kind `file`: a file in a folder for each message. Disks and mounted folders may hang, so the work is done
// on a thread of the pool.
#include "engine/delivery/file_name.hpp"
#include "engine/gateway/carriers/carrier.hpp"
#include "engine/gateway/carriers/content.hpp"
#include "engine/gateway/carriers/drop_file.hpp"
#include "engine/net/loop/pool_work.hpp"

namespace aorta::gateway {
namespace {

class file_carrier final : public carrier {
public:
  explicit file_carrier(carrier_parts with) : carrier(std::move(with), 1) {}

private:
  struct task {
    std::string folder, id, name, bytes;
    delivery::outcome came;
  };

  void send(const errand& one, const ports::parcel& what) override {
    const auto self = std::static_pointer_cast<file_carrier>(shared_from_this());
    auto given = content_of(how().gives, what);
    if (!given) return heard_later(one, unsendable("unreadable"));
    const delivery::file_words words{what.control_id, to_text(what.id), what.message_type, what.sender,
                                     what.created_at};
    const auto now = std::make_shared<task>(task{
      how().to, to_text(what.id), delivery::file_name(how().file_name, words), std::move(given->bytes), {}});
    work_.run(
      on(), [now] { now->came = drop_file(now->folder, now->id, now->name, now->bytes); },
      [self, one, now] { self->heard(one, now->came); });
  }

  net::pool_work work_;
};

} // namespace

std::unique_ptr<carrier> make_file_carrier(carrier_parts with) {
  return std::make_unique<file_carrier>(std::move(with));
}

} // namespace aorta::gateway
