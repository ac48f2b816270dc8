#include "engine/gateway/reissuing.hpp"

#include "actors/rerun.hpp"
#include "engine/api/api.hpp"
#include "engine/api/reissue.hpp"
#include "engine/gateway/turns.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using api::reissue_place;
using api::reissue_verdict;

/// What came of the messages that are at their routes.
struct reruns {
  explicit reruns(size_t count) : verdicts(count) {}
  std::mutex lock;
  std::condition_variable all_there;
  std::vector<std::optional<reissue_verdict>> verdicts;
  size_t left = 0;

  void take(size_t place, reissue_verdict what) {
    const std::lock_guard hold(lock);
    verdicts[place] = std::move(what);
    if (--left == 0) all_there.notify_one();
  }
};

reissue_verdict verdict_of(const actors::rerun_end& end) {
  reissue_verdict out;
  if (end.fault) {
    out.word = "failed";
    out.code = name(end.fault->code);
    // A person was faster: it is read again, with what that person said.
    out.passes = passes(end.fault->code) || end.fault->code == error_code::deadline ||
      end.fault->code == error_code::conflict;
    return out;
  }
  out.versions = end.would_change ? int(end.would_change->results.size()) : end.versions;
  const bool moved = end.would_change && end.would_change->before.status != end.would_change->after.status;
  out.word = out.versions > 0 || moved ? "changed" : "unchanged";
  return out;
}

} // namespace

/// Everything but `begin`, `end` and `use` happens on the turns' thread.
class reissuing::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        owner_(to_text(with_.ids->next(with_.clock->now()))),
        turns_(*with_.actors, with_.store, "reprocess-failed") {}

  void begin() {
    const auto self = shared_from_this();
    turns_.begin([self](ports::message_log* admin) { self->turn(admin); },
                 [self] {
                   self->session_.reset();
                   self->at_work_.reset();
                   self->rest_until_ = steady::now() + pause;
                 });
  }

  void end() {
    ended_ = true;
    turns_.end();
  }

  void use(std::vector<ports::clinic> clinics) {
    std::atomic_store(&clinics_, std::make_shared<const std::vector<ports::clinic>>(std::move(clinics)));
  }

private:
  /// A run that is at work, and some of its messages.
  struct current {
    uuid id;
    int piece = 0;
    std::vector<uuid> messages; ///< of this piece
  };

  void turn(ports::message_log* admin) {
    if (steady::now() < rest_until_) return;
    const auto began = steady::now();
    const auto received = with_.received();
    const auto all = std::atomic_load(&clinics_);
    bool any = false, failed = admin == nullptr;
    for (const auto& clinic : *all) { // what fails in one of them holds up no other
      if (ended_ || admin == nullptr) return;
      const auto did = work(*admin, clinic);
      any = any || (did && *did);
      if (did) continue;
      failed = true;
      telemetry::log(telemetry::level::warn, "reprocess-delayed",
                     {{"clinic", clinic.code}, {"reason", std::string(name(did.error().code))}});
      if (session_) session_->rollback();
      session_.reset();
      at_work_.reset();
    }
    const bool busy = received > std::exchange(received_, received) + std::exchange(given_, 0);
    rest_until_ = steady::now() +
      (failed ? std::chrono::duration_cast<steady::duration>(pause)
         : any
         ? std::min<steady::duration>((steady::now() - began) * (busy ? rest_while_busy : 0), longest_rest)
         : std::chrono::duration_cast<steady::duration>(between_looks));
  }

  /// Whether it came further; an error: the store did not answer.
  result<bool> work(ports::message_log& admin, const ports::clinic& clinic) {
    if (!session_) {
      auto opened = with_.store->records();
      if (!opened) return opened.error();
      session_ = std::move(*opened);
    }
    auto& in = *session_;
    const std::string kind(api::reissue_kind);
    if (const auto begun = in.begin(clinic.id, false); !begun) return begun.error();
    const auto running = in.jobs().running(kind);
    in.rollback();
    if (!running) return running.error();
    if (*running == 0) return false;
    const auto mine = is_for_this_node(in, clinic);
    if (!mine) return mine.error();
    if (*mine == whose::others) return false;
    if (const auto begun = in.begin(clinic.id, true); !begun) return begun.error();
    auto taken = in.jobs().take(kind, owner_, lease);
    if (!taken) return taken.error();
    if (const auto kept = in.commit(); !kept) return kept.error();
    if (!*taken) return false;
    if (*mine == whose::nobodys)
      return fail(in, clinic, std::move(**taken),
                  "no node's profile has the line that was mapped (any more): ask for it again");
    return go_on(admin, in, clinic, std::move(**taken));
  }

  /// Whether this node reads the oldest one's code as the person said who mapped it: another node may run by
  /// other files.
  enum class whose : uint8_t { ours, others, nobodys };
  result<whose> is_for_this_node(ports::record_session& in, const ports::clinic& clinic) {
    if (const auto begun = in.begin(clinic.id, false); !begun) return begun.error();
    const auto all = in.jobs().newest(most_looked_at, std::string(api::reissue_kind));
    in.rollback();
    if (!all) return all.error();
    const auto oldest = std::find_if(all->rbegin(), all->rend(),
                                     [](const auto& each) { return each.is == ports::job_state::running; });
    if (oldest == all->rend()) return whose::ours;
    const auto order = api::reissue_order_from(oldest->asked);
    if (!order || reads_so(clinic.id, *order)) return whose::ours;
    // Who has it in hand has a lease on it; nobody waits for ever behind what nobody can do.
    if (with_.clock->now() - oldest->created > longest_wait_for_a_node) return whose::nobodys;
    if (steady::now() >= next_warning_) {
      next_warning_ = steady::now() + 1min;
      telemetry::log(telemetry::level::warn, "reprocess-waits",
                     {{"job", to_text(oldest->id)},
                      {"lab", order->lab},
                      {"reason", "this node's profile does not have the line that was mapped"}});
    }
    return whose::others;
  }

  bool reads_so(model::clinic_id clinic, const api::reissue_order& order) const {
    if (order.loinc.empty() && order.ucum.empty()) return true;
    for (const auto& profile : with_.profiles(clinic)) {
      if (profile->file_code != order.lab) continue;
      const auto test = profile->tests.find(order.of.code);
      const auto unit = profile->unit_aliases.find(order.of.unit);
      return order.loinc.empty() ? unit != profile->unit_aliases.end() && unit->second == order.ucum
                                 : test != profile->tests.end() && test->second.loinc == order.loinc;
    }
    return false;
  }

  result<bool> go_on(ports::message_log& admin, ports::record_session& in, const ports::clinic& clinic,
                     ports::job job) {
    const auto order = api::reissue_order_from(job.asked);
    auto place = api::reissue_place_from(job.place);
    if (!order || !place) return fail(in, clinic, std::move(job), "its row cannot be read");
    if (place->pieces < 0) return find(admin, in, clinic, *order, *place, std::move(job));
    if (!at_work_ || at_work_->id != job.id) at_work_ = current{job.id, -1, {}};
    const auto until = steady::now() + stint;
    for (;;) {
      const auto kept = one_window(admin, in, clinic, *order, *place, job);
      if (!kept) return kept.error();
      if (*kept == step::gone || *kept == step::ended) {
        at_work_.reset();
        return true;
      }
      if (*kept == step::waits) return false;
      if (ended_ || steady::now() >= until) return true;
    }
  }

  /// Which messages there are is settled once, so that what changes meanwhile changes nothing of it.
  result<bool> find(ports::message_log& admin, ports::record_session& in, const ports::clinic& clinic,
                    const api::reissue_order& order, reissue_place place, ports::job job) {
    auto by = order.of;
    by.clinic = clinic.id;
    by.most = api::most_reissued + 1;
    const auto found = admin.affected(by);
    if (!found) return found.error();
    if (int(found->size()) > api::most_reissued)
      return fail(in, clinic, std::move(job),
                  "more than " + std::to_string(api::most_reissued) +
                    " messages: narrow it with `from` and `to`");
    std::vector<std::string> pieces;
    for (size_t at = 0; at < found->size(); at += api::ids_in_piece) {
      const std::vector<uuid> some(found->begin() + std::ptrdiff_t(at),
                                   found->begin() +
                                     std::ptrdiff_t(std::min(at + api::ids_in_piece, found->size())));
      auto sealed = in.jobs().sealed(api::to_text(some));
      if (!sealed) return sealed.error();
      pieces.push_back(std::move(*sealed));
    }
    place.pieces = place.files = int(pieces.size());
    place.found = int64_t(found->size());
    job.place = api::to_json(place);
    if (const auto begun = in.begin(clinic.id, true); !begun) return begun.error();
    const auto kept = in.jobs().advance(job, std::nullopt, {}, owner_, lease);
    if (!kept) return kept.error();
    for (size_t i = 0; *kept && i < pieces.size(); ++i)
      if (const auto put = in.jobs().put(job.id, {int(i), "messages", 0}, pieces[i]); !put)
        return put.error();
    if (const auto committed = in.commit(); !committed) return committed.error();
    return true;
  }

  enum class step : uint8_t { went_on, waits, ended, gone };

  /// The next ones, `job.resources` of them were run. Empty: there are no more.
  result<std::vector<uuid>> next_messages(ports::record_session& in, const ports::clinic& clinic,
                                          const reissue_place& place, const ports::job& job) {
    auto& at = *at_work_;
    const auto done_so_far = size_t(job.resources);
    const auto piece = int(done_so_far / api::ids_in_piece);
    if (piece >= place.pieces) return std::vector<uuid>();
    if (at.piece != piece) {
      if (const auto begun = in.begin(clinic.id, false); !begun) return begun.error();
      const auto content = in.jobs().content(job.id, piece);
      in.rollback();
      if (!content) return content.error();
      at.messages = api::ids_from(content->value_or(""));
      const auto expected = std::min(place.found - int64_t(piece) * int64_t(api::ids_in_piece),
                                     int64_t(api::ids_in_piece));
      if (int64_t(at.messages.size()) != expected)
        return error{error_code::invalid, "", "its list of messages is gone"};
      at.piece = piece;
    }
    const auto first = std::min(done_so_far % api::ids_in_piece, at.messages.size());
    const auto past = std::min(first + (job.tries > most_tries / 2 ? 1 : window), at.messages.size());
    return std::vector<uuid>(at.messages.begin() + std::ptrdiff_t(first),
                             at.messages.begin() + std::ptrdiff_t(past));
  }

  result<step> one_window(ports::message_log& admin, ports::record_session& in, const ports::clinic& clinic,
                          const api::reissue_order& order, reissue_place& place, ports::job& job) {
    const auto messages = next_messages(in, clinic, place, job);
    if (!messages && messages.error().code == error_code::invalid) {
      const auto failed = fail(in, clinic, std::move(job), messages.error().text);
      return failed ? result<step>(step::ended) : failed.error();
    }
    if (!messages) return messages.error();
    auto verdicts = run_all(admin, clinic, order, *messages);
    if (!verdicts) return verdicts.error();
    // What cannot be run again and again holds up nothing behind it.
    if (!verdicts->empty() && job.tries > most_tries &&
        verdicts->front().code != name(error_code::store_unavailable))
      verdicts->front().passes = false;
    if (ended_) return step::waits; // nothing is noted: it is run again, and then changes nothing
    std::string lines;
    size_t done_now = 0;
    for (; done_now < verdicts->size() && !(*verdicts)[done_now].passes; ++done_now) {
      const auto& what = (*verdicts)[done_now];
      api::add_line(lines, (*messages)[done_now], what);
      ++place.counts[what.word];
      place.versions += what.versions;
    }
    job.resources += int64_t(done_now);
    if (messages->empty()) {
      if (const auto gone = forget_mapped(admin, clinic, order); !gone) return gone.error();
      job.is = ports::job_state::done;
      job.ended = with_.clock->now();
      job.expires = *job.ended + api::reissue_lives;
    } else if (done_now == 0) {
      return step::waits;
    }
    std::optional<ports::job_file> made;
    if (!lines.empty()) made = ports::job_file{place.files++, "verdicts", int64_t(done_now)};
    job.place = api::to_json(place);
    const auto kept = keep(in, clinic, job, made, lines);
    if (!kept) return kept.error();
    if (!*kept) return step::gone;
    job.tries = 0;
    if (job.is != ports::job_state::running) return step::ended;
    return done_now < messages->size() ? step::waits : step::went_on;
  }

  /// A code of which nothing is left that no profile maps is counted no more.
  static status forget_mapped(ports::message_log& admin, const ports::clinic& clinic,
                              const api::reissue_order& order) {
    if (!order.of.unmapped || order.of.code.empty() || order.rehearsal) return done{};
    auto left = order.of;
    left.clinic = clinic.id;
    left.most = 1;
    const auto found = admin.affected(left);
    if (!found) return found.error();
    return found->empty() ? admin.forget_unmapped(clinic.id, order.of.lab, order.of.code) : status(done{});
  }

  /// In the order of `messages`; an error: the store did not answer.
  result<std::vector<reissue_verdict>> run_all(ports::message_log& admin, const ports::clinic& clinic,
                                               const api::reissue_order& order,
                                               const std::vector<uuid>& messages) {
    const auto wait_for = std::make_shared<reruns>(messages.size());
    std::vector<std::pair<size_t, api::rerun>> all;
    for (size_t i = 0; i < messages.size(); ++i) {
      auto found = api::rerun_of(admin, clinic, messages[i]);
      if (const auto* why = std::get_if<error>(&found)) {
        if (passes(why->code)) return *why;
        wait_for->verdicts[i] = reissue_verdict{"failed", std::string(name(why->code))}; // it cannot be read
        continue;
      }
      if (const auto* why = std::get_if<api::not_rerun>(&found)) {
        wait_for->verdicts[i] = reissue_verdict{"left-out", std::string(why->code)};
        continue;
      }
      auto& again = std::get<api::rerun>(found);
      again.why.by = order.by.id != 0 ? std::optional(order.by) : std::nullopt;
      again.why.rehearsal = order.rehearsal;
      all.emplace_back(i, std::move(again));
    }
    wait_for->left = all.size();
    given_ += all.size();
    for (auto& [place, again] : all)
      actors::run_again(
        *with_.actors, with_.find, again.what.log, std::move(again.what.raw), std::move(again.why),
        with_.clock->now(),
        [wait_for, at = place](const actors::rerun_end& end) { wait_for->take(at, verdict_of(end)); });
    std::unique_lock hold(wait_for->lock);
    const auto until = steady::now() + longest_wait;
    while (wait_for->left > 0 && steady::now() < until && !ended_) wait_for->all_there.wait_for(hold, 100ms);
    std::vector<reissue_verdict> out;
    for (auto& each : wait_for->verdicts)
      out.push_back(each ? std::move(*each)
                         : reissue_verdict{"failed", std::string(name(error_code::deadline)), 0, true});
    return out;
  }

  /// False: it is not this node's any more.
  result<bool> keep(ports::record_session& in, const ports::clinic& clinic, const ports::job& job,
                    const std::optional<ports::job_file>& made, const std::string& lines) {
    std::string content;
    if (made) {
      auto sealed = in.jobs().sealed(lines);
      if (!sealed) return sealed.error();
      content = std::move(*sealed);
    }
    if (const auto begun = in.begin(clinic.id, true); !begun) return begun.error();
    const auto kept = in.jobs().advance(job, made, content, owner_, lease);
    if (!kept) return kept.error();
    if (const auto committed = in.commit(); !committed) return committed.error();
    if (*kept && job.is != ports::job_state::running)
      telemetry::log(telemetry::level::info, "reprocess-ended",
                     {{"job", to_text(job.id)},
                      {"state", std::string(ports::name(job.is))},
                      {"messages", std::to_string(job.resources)}});
    return *kept;
  }

  result<bool> fail(ports::record_session& in, const ports::clinic& clinic, ports::job job, std::string why) {
    job.is = ports::job_state::failed;
    job.fault = std::move(why);
    job.ended = with_.clock->now();
    job.expires = *job.ended + api::reissue_lives;
    at_work_.reset();
    const auto kept = keep(in, clinic, job, std::nullopt, {});
    if (!kept) return kept.error();
    return true;
  }

  static constexpr size_t window = 64;             ///< messages at their routes at once
  static constexpr std::chrono::seconds lease{30}; ///< as long another node waits when this one has died
  static constexpr std::chrono::seconds longest_wait{20}; ///< for a window's answers, within the lease
  static constexpr std::chrono::milliseconds stint{300}, between_looks = 500ms, pause = 2s;
  static constexpr std::chrono::minutes longest_wait_for_a_node{10};
  static constexpr int most_tries = 8; ///< of one message, while nothing goes on
  static constexpr int most_looked_at = 1000;
  static constexpr std::chrono::seconds longest_rest{5}; ///< well within the lease
  static constexpr int rest_while_busy = 3; ///< times as long as it worked, while messages come in

  parts with_;
  std::string owner_;
  turns turns_;
  std::atomic<bool> ended_{false};
  std::shared_ptr<const std::vector<ports::clinic>> clinics_ =
    std::make_shared<const std::vector<ports::clinic>>(); ///< atomic_load, atomic_store
  std::unique_ptr<ports::record_session> session_;
  std::optional<current> at_work_;
  steady::time_point rest_until_{}, next_warning_{};
  uint64_t received_ = 0, given_ = 0; ///< when it last looked, and what it gave to routes since
};

reissuing::reissuing(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void reissuing::use(std::vector<ports::clinic> clinics) { desk_->use(std::move(clinics)); }

void reissuing::look() { desk_->begin(); }

void reissuing::stop() { desk_->end(); }

} // namespace aorta::gateway
