#include "engine/net/loop/loop.hpp"

#include "engine/net/loop/ticker.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <uv.h>
#include <vector>

namespace aorta::net {

namespace {

/// Tasks on their way to the loop. The lock also guards the wake-up handle, which is gone once the loop has
/// ended.
class loop_mailbox final : public mailbox {
public:
  explicit loop_mailbox(uv_async_t* wake) : wake_(wake) {}

  void post(std::function<void()> task) override {
    std::lock_guard hold(lock_);
    if (wake_) deliver(std::move(task));
  }

  bool here() const noexcept override {
    return runner_.load(std::memory_order_acquire) == std::this_thread::get_id();
  }

  /// False when no thread runs the loop: then nobody would take the task.
  bool post_if_running(std::function<void()> task) {
    std::lock_guard hold(lock_);
    if (!wake_ || runner_.load() == std::thread::id{}) return false;
    deliver(std::move(task));
    return true;
  }

  void run_all() {
    std::vector<std::function<void()>> batch;
    {
      std::lock_guard hold(lock_);
      batch.swap(tasks_);
    }
    for (auto& task : batch) task();
    batch.clear();
    std::lock_guard hold(lock_);
    if (tasks_.empty()) tasks_.swap(batch); // keeps the capacity: no allocation a round
  }

  void begin() { runner_.store(std::this_thread::get_id(), std::memory_order_release); }

  /// Leaves only when nothing waits, so that a task accepted while the loop ran is never forgotten.
  void leave() {
    for (;;) {
      {
        std::lock_guard hold(lock_);
        if (tasks_.empty()) {
          runner_.store(std::thread::id{}, std::memory_order_release);
          return;
        }
      }
      run_all();
    }
  }

  void end() {
    std::vector<std::function<void()>> dropped; // destroyed outside the lock: what they hold may post
    std::lock_guard hold(lock_);
    wake_ = nullptr;
    dropped.swap(tasks_);
  }

private:
  void deliver(std::function<void()> task) {
    const bool was_empty = tasks_.empty();
    tasks_.push_back(std::move(task));
    if (was_empty) uv_async_send(wake_);
  }

  std::mutex lock_;
  std::vector<std::function<void()>> tasks_;
  uv_async_t* wake_;
  std::atomic<std::thread::id> runner_{};
};

struct signal_watch final : handle_owner {
  uv_signal_t handle;
  std::function<void()> task;

  signal_watch(uv_loop_t* on, int number, std::function<void()> what) : task(std::move(what)) {
    uv_signal_init(on, &handle);
    handle.data = static_cast<handle_owner*>(this);
    uv_signal_start(
      &handle, [](uv_signal_t* of, int) { from(of->data)->task(); }, number);
  }
  void loop_ends() override {
    uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* of) { delete from(of->data); });
  }
  static signal_watch* from(void* data) {
    return static_cast<signal_watch*>(static_cast<handle_owner*>(data));
  }
};

void close_handle(uv_handle_t* handle, void*) {
  if (uv_is_closing(handle)) return;
  if (handle->data) static_cast<handle_owner*>(handle->data)->loop_ends();
  else uv_close(handle, nullptr);
}

} // namespace

struct loop::impl final : handle_owner {
  uv_loop_t raw;
  uv_async_t wake;
  std::shared_ptr<loop_mailbox> mail;

  void loop_ends() override { uv_close(reinterpret_cast<uv_handle_t*>(&wake), nullptr); }
};

loop::loop() : impl_(std::make_unique<impl>()) {
  std::signal(SIGPIPE, SIG_IGN); // a peer that left is an error of its write, not the end of the process
  if (uv_loop_init(&impl_->raw) != 0) throw std::bad_alloc();
  if (uv_async_init(&impl_->raw, &impl_->wake, [](uv_async_t* of) {
        static_cast<impl*>(static_cast<handle_owner*>(of->data))->mail->run_all();
      }) != 0) {
    uv_loop_close(&impl_->raw);
    throw std::bad_alloc();
  }
  impl_->wake.data = static_cast<handle_owner*>(impl_.get());
  impl_->mail = std::make_shared<loop_mailbox>(&impl_->wake);
}

loop::~loop() {
  impl_->mail->end();
  // A closing handle's owner may still close others, so this repeats until nothing is left.
  do {
    uv_walk(&impl_->raw, close_handle, nullptr);
    uv_run(&impl_->raw, UV_RUN_DEFAULT);
  } while (uv_loop_close(&impl_->raw) == UV_EBUSY);
}

void loop::post(std::function<void()> task) { impl_->mail->post(std::move(task)); }

void loop::run() {
  impl_->mail->begin();
  uv_run(&impl_->raw, UV_RUN_DEFAULT);
  impl_->mail->leave();
}

void loop::stop() {
  post([raw = &impl_->raw] { uv_stop(raw); });
}

void loop::every(unsigned milliseconds, std::function<void()> task) {
  new ticker(&impl_->raw, milliseconds, std::move(task));
}

void loop::on_signal(int number, std::function<void()> task) {
  new signal_watch(&impl_->raw, number, std::move(task));
}

uv_loop_s* loop::raw() noexcept { return &impl_->raw; }

std::shared_ptr<mailbox> loop::mail() const noexcept { return impl_->mail; }

void loop::call(const std::function<void()>& task) {
  if (impl_->mail->here()) return task();
  std::promise<void> ran;
  if (!impl_->mail->post_if_running([&] {
        task();
        ran.set_value();
      }))
    return task();
  ran.get_future().wait();
}

} // namespace aorta::net
