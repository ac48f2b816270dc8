#include "engine/gateway/exporting.hpp"

#include "actors/workers.hpp"
#include "engine/export/gather.hpp"
#include "engine/rest/bulk.hpp"
#include "engine/telemetry/log.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr int page_size = 1000;           ///< resources: some megabytes as JSON
constexpr std::chrono::seconds lease{30}; ///< as long another node waits when this one has died
constexpr std::chrono::milliseconds stint{200};
constexpr int rest_while_busy = 3; ///< times as long as it worked, while messages come in
constexpr std::chrono::milliseconds between_looks = 1s, pause = 2s; ///< for work; when the store did not
                                                                    ///< answer
constexpr std::chrono::minutes between_sweeps{5};

} // namespace

/// Everything but `begin` and `end` happens on the admin worker's thread.
class exporting::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        owner_(to_text(with_.ids->next(with_.clock->now()))),
        worker_(actors::spawn_admin_worker(*with_.actors, with_.store)) {}

  using clinics = std::vector<model::clinic_id>;
  void use(std::shared_ptr<const clinics> now) { std::atomic_store(&clinics_, std::move(now)); }

  void begin() {
    const std::lock_guard hold(lock_);
    if (!worker_ || busy_.exchange(true)) return;
    worker_.give([self = shared_from_this()](ports::message_log*) {
      try {
        self->turn();
      } catch (const std::exception&) { // what() may hold what was stored
        telemetry::log(telemetry::level::error, "export-failed", {{"reason", "internal"}});
        self->session_.reset();
        self->rest_until_ = steady::now() + pause;
      }
      self->busy_ = false;
    });
  }

  void end() {
    const std::lock_guard hold(lock_);
    worker_.end();
  }

private:
  void turn() {
    const auto now = steady::now();
    if (now < rest_until_) return;
    const auto all = std::atomic_load(&clinics_);
    const bool sweeps = now >= next_sweep_;
    if (sweeps) next_sweep_ = now + between_sweeps;
    const auto received = with_.received();
    bool any = false;
    for (const auto clinic : *all) {
      const auto did = work(clinic, sweeps, now + stint);
      if (!did) {
        if (session_) session_->rollback();
        session_.reset();
        rest_until_ = steady::now() + pause;
        return;
      }
      any = any || *did;
    }
    const bool busy = received != std::exchange(received_, received);
    const auto worked = steady::now() - now;
    rest_until_ = steady::now() + (any ? worked * (busy ? rest_while_busy : 0) : between_looks);
  }

  /// Whether there was anything to do; an error: the store did not answer.
  result<bool> work(model::clinic_id clinic, bool sweeps, steady::time_point until) {
    if (!session_) {
      auto opened = with_.store->records();
      if (!opened) return opened.error();
      session_ = std::move(*opened);
    }
    auto& in = *session_;
    if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
    const auto running = in.jobs().running(std::string(rest::bulk_kind));
    in.rollback();
    if (!running) return running.error();
    if (*running == 0 && !sweeps) return false;
    if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
    if (sweeps)
      if (const auto gone = in.jobs().expire(false); !gone) return gone.error();
    auto taken = in.jobs().take(owner_, lease);
    if (!taken) return taken.error();
    if (const auto kept = in.commit(); !kept) return kept.error();
    if (!*taken) return false;
    auto job = std::move(**taken);
    while (job.is == ports::job_state::running) {
      auto page = advance(in, clinic, std::move(job));
      if (!page) return page.error();
      job = std::move(*page);
      if (steady::now() >= until) break;
    }
    return true;
  }

  /// One page, read in one transaction and kept in another: whoever files waits for neither.
  result<ports::job> advance(ports::record_session& in, model::clinic_id clinic, ports::job job) {
    if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
    const auto around = exports::surroundings_of(with_.rules());
    auto page = rest::next_page(in, clinic, job, around, page_size);
    in.rollback();
    if (!page) {
      if (page.error().code == error_code::store_unavailable) return page.error();
      page = failed(std::move(job), page.error());
    }
    if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
    const auto kept = in.jobs().advance(page->job, page->made, page->content, owner_, lease);
    if (!kept) return kept.error();
    if (const auto done = in.commit(); !done) return done.error();
    if (!*kept) page->job.is = ports::job_state::cancelled; // or another node's
    if (page->job.is != ports::job_state::running)
      telemetry::log(telemetry::level::info, "export-ended",
                     {{"job", to_text(page->job.id)},
                      {"state", std::string(ports::name(page->job.is))},
                      {"resources", std::to_string(page->job.resources)}});
    return std::move(page->job);
  }

  rest::bulk_page failed(ports::job job, const error& why) const {
    telemetry::log(telemetry::level::error, "export-failed",
                   {{"job", to_text(job.id)}, {"reason", why.text}});
    rest::bulk_page out;
    out.job = std::move(job);
    out.job.is = ports::job_state::failed;
    out.job.fault = "the clinic's records could not be read: " + why.text;
    out.job.ended = with_.clock->now();
    out.job.expires = *out.job.ended + rest::bulk_lives;
    return out;
  }

  parts with_;
  std::string owner_;
  std::mutex lock_;
  actors::admin_worker worker_; ///< null after the end
  std::atomic<bool> busy_{false};
  std::shared_ptr<const clinics> clinics_ = std::make_shared<clinics>();
  std::unique_ptr<ports::record_session> session_;
  steady::time_point rest_until_{}, next_sweep_{};
  uint64_t received_ = 0; ///< when it last looked
};

exporting::exporting(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void exporting::use(const std::map<std::string, model::clinic_id>& clinics) {
  auto all = std::make_shared<desk::clinics>();
  for (const auto& [code, id] : clinics) all->push_back(id);
  desk_->use(std::move(all));
}

void exporting::look() { desk_->begin(); }

void exporting::stop() { desk_->end(); }

} // namespace aorta::gateway
