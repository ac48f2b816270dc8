#include "engine/gateway/exporting.hpp"

#include "engine/export/gather.hpp"
#include "engine/gateway/turns.hpp"
#include "engine/rest/bulk.hpp"
#include "engine/rest/missing_terms.hpp"
#include "engine/telemetry/log.hpp"

#include <chrono>
#include <vector>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr int page_size = 1000;           ///< resources: some megabytes as JSON
constexpr std::chrono::seconds lease{30}; ///< as long another node waits when this one has died
constexpr int tries_of_a_page = 8; ///< without coming further; each time the page is a quarter as large
constexpr int most_terms = 500;    ///< resources whose terms are kept in one transaction
constexpr std::chrono::milliseconds stint{200};
constexpr int rest_while_busy = 3; ///< times as long as it worked, while messages come in
constexpr std::chrono::milliseconds between_looks = 1s, pause = 2s; ///< for work; when the store did not
                                                                    ///< answer
constexpr std::chrono::minutes between_sweeps{5};
constexpr std::chrono::seconds between_clinics{10}; ///< looks at which clinics there are

} // namespace

/// Everything but `begin` and `end` happens on the turns' thread.
class exporting::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        owner_(to_text(with_.ids->next(with_.clock->now()))),
        turns_(*with_.actors, with_.store, "export-failed") {}

  void begin() {
    const auto self = shared_from_this();
    turns_.begin([self](ports::message_log* admin) { self->turn(admin); },
                 [self] {
                   self->session_.reset();
                   self->rest_until_ = steady::now() + pause;
                 });
  }

  void end() { turns_.end(); }

private:
  /// A key may belong to a clinic that no configuration names.
  bool look_for_clinics(ports::message_log* admin, steady::time_point now) {
    if (now < next_clinics_) return true;
    const auto all = admin != nullptr
      ? admin->access().clinics()
      : result<std::vector<ports::clinic>>(error{error_code::store_unavailable, "", ""});
    if (!all) return false;
    next_clinics_ = now + between_clinics;
    clinics_.clear();
    for (const auto& each : *all) clinics_.push_back(each.id);
    return true;
  }

  void turn(ports::message_log* admin) {
    const auto now = steady::now();
    if (now < rest_until_) return;
    if (!look_for_clinics(admin, now)) {
      rest_until_ = now + pause;
      return;
    }
    const bool sweeps = now >= next_sweep_;
    if (sweeps) next_sweep_ = now + between_sweeps;
    const auto received = with_.received();
    bool any = false, failed = false;
    for (const auto clinic : clinics_) { // what fails in one of them holds up no other
      const auto did = work(clinic, sweeps, steady::now() + stint);
      any = any || (did && *did);
      if (did) continue;
      failed = true;
      telemetry::log(telemetry::level::warn, "export-delayed",
                     {{"clinic", std::to_string(clinic)}, {"reason", std::string(name(did.error().code))}});
      if (session_) session_->rollback();
      session_.reset();
    }
    const bool busy = received != std::exchange(received_, received);
    const auto worked = steady::now() - now;
    rest_until_ = steady::now() +
      (failed  ? pause
         : any ? worked * (busy ? rest_while_busy : 0)
               : std::chrono::duration_cast<steady::duration>(between_looks));
  }

  /// Whether it came further. One resource that cannot be read stops no export, and is told once a minute.
  bool keep_terms(ports::record_session& in, model::clinic_id clinic) {
    const auto kept = rest::keep_missing_terms(in, clinic, most_terms);
    if (kept) return *kept > 0;
    if (const auto now = steady::now(); now >= next_warning_) {
      next_warning_ = now + std::chrono::minutes{1};
      telemetry::log(telemetry::level::warn, "index-delayed",
                     {{"clinic", std::to_string(clinic)}, {"reason", kept.error().text}});
    }
    return false;
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
    const auto unkept = in.unkept(1);
    in.rollback();
    if (!running) return running.error();
    const bool any = (!unkept || !unkept->empty()) && keep_terms(in, clinic);
    if (*running == 0 && !sweeps) return any;
    if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
    if (sweeps)
      if (const auto gone = in.jobs().expire(false); !gone) return gone.error();
    auto taken = in.jobs().take(std::string(rest::bulk_kind), owner_, lease);
    if (!taken) return taken.error();
    if (const auto kept = in.commit(); !kept) return kept.error();
    if (!*taken) return any;
    std::optional<ports::job> job = std::move(**taken);
    while (job && job->is == ports::job_state::running) {
      auto page = advance(in, clinic, std::move(*job));
      if (!page) return page.error();
      job = std::move(*page);
      if (steady::now() >= until) break;
    }
    return true;
  }

  /// One page, read in one transaction and kept in another: whoever files waits for neither. Nothing: it was
  /// ended meanwhile, or another node has it.
  result<std::optional<ports::job>> advance(ports::record_session& in, model::clinic_id clinic,
                                            ports::job job) {
    if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
    const auto around = exports::surroundings_of(with_.rules());
    const auto tries = std::exchange(job.tries, 1); // of the next page it is the first
    auto page = tries > tries_of_a_page
      ? result<rest::bulk_page>(given_up(std::move(job)))
      : rest::next_page(in, clinic, std::move(job), around,
                        std::max(1, page_size >> (2 * (std::max(tries, 1) - 1))));
    if (!page) return page.error();
    if (const auto seen = in.commit(); !seen) return seen.error(); // notes what it saw changed
    if (page->made) {
      auto sealed = in.jobs().sealed(page->content);
      if (!sealed) return sealed.error();
      page->content = std::move(*sealed);
    }
    if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
    const auto kept = in.jobs().advance(page->job, page->made, page->content, owner_, lease);
    if (!kept) return kept.error();
    if (page->job.is == ports::job_state::failed)
      if (const auto dropped = in.jobs().drop_files(page->job.id); !dropped) return dropped.error();
    if (const auto done = in.commit(); !done) return done.error();
    if (!*kept) return std::optional<ports::job>();
    if (page->job.is != ports::job_state::running)
      telemetry::log(telemetry::level::info, "export-ended",
                     {{"job", to_text(page->job.id)},
                      {"state", std::string(ports::name(page->job.is))},
                      {"resources", std::to_string(page->job.resources)}});
    return std::optional(std::move(page->job));
  }

  rest::bulk_page given_up(ports::job job) const {
    telemetry::log(telemetry::level::error, "export-failed",
                   {{"job", to_text(job.id)}, {"reason", "given up"}});
    rest::bulk_page out;
    out.job = std::move(job);
    out.job.is = ports::job_state::failed;
    out.job.fault = "a page could not be read or kept, " + std::to_string(tries_of_a_page) +
      " times in a row: the log's lines 'export-delayed' say why";
    out.job.ended = with_.clock->now();
    out.job.expires = *out.job.ended + rest::bulk_lives;
    return out;
  }

  parts with_;
  std::string owner_;
  turns turns_;
  std::vector<model::clinic_id> clinics_; ///< of the store
  std::unique_ptr<ports::record_session> session_;
  steady::time_point next_warning_{}, rest_until_{}, next_sweep_{}, next_clinics_{};
  uint64_t received_ = 0; ///< when it last looked
};

exporting::exporting(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void exporting::look() { desk_->begin(); }

void exporting::stop() { desk_->end(); }

} // namespace aorta::gateway
