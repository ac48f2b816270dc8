#include "engine/net/loop/pool_work.hpp"

#include <memory>
#include <utility>
#include <uv.h>

namespace aorta::net {

/// Kept until the pool is done with it, whoever has lost interest meanwhile.
struct pool_work::request {
  uv_work_t handle;
  pool_work* owner;
  std::function<void()> work, then;
};

void pool_work::run(loop& on, std::function<void()> work, std::function<void()> then) {
  forget();
  auto* one = new request{{}, this, std::move(work), std::move(then)};
  one->handle.data = one;
  const auto done = [](uv_work_t* of, int) {
    const std::unique_ptr<request> asked(static_cast<request*>(of->data));
    if (!asked->owner) return;
    asked->owner->request_ = nullptr;
    asked->then();
  };
  request_ = one;
  uv_queue_work(
    on.raw(), &one->handle, [](uv_work_t* of) { static_cast<request*>(of->data)->work(); }, done);
}

void pool_work::forget() {
  if (!request_) return;
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->handle));
  std::exchange(request_, nullptr)->owner = nullptr;
}

} // namespace aorta::net
