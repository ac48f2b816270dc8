#include "engine/net/http/http_client.hpp"

#include "engine/net/http/http_transfer.hpp"

#include <utility>

namespace aorta::net {

http_client::http_client(loop& on) : loop_(on.raw()), multi_(loop_) {}

http_client::~http_client() = default;

void http_client::send(ports::http_call call, heard then) {
  auto one = std::make_unique<http_transfer>(
    multi_, loop_, std::move(call), std::move(then),
    [this](http_transfer& which, outcome what) { ended(which, std::move(what)); });
  auto& started = *open_.emplace(one.get(), std::move(one)).first->second;
  started.start();
}

/// The transfer has let go of libcurl: whoever hears of its end may destroy us.
void http_client::ended(http_transfer& one, outcome what) {
  const auto last = open_.extract(&one);
  one.tell(std::move(what));
}

} // namespace aorta::net
