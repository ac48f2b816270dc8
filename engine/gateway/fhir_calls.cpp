// A worker's work: who asks, what it may, its answer, its audit row.
#include "engine/gateway/fhir_call.hpp"
#include "engine/gateway/settlement.hpp"

#include "actors/rerun.hpp"
#include "engine/base/version.hpp"
#include "engine/http/caller.hpp"
#include "engine/net/http/gzip.hpp"
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/rest/smart.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>

namespace aorta::gateway {
namespace {

using std::chrono::steady_clock;
using telemetry::level;

constexpr std::chrono::seconds remembered{1}; ///< how long a key that was revoked may still be used
constexpr size_t most_remembered = 1000;

constexpr std::chrono::milliseconds longest_stretch{300}; ///< of reading before others have their turn
constexpr size_t token_body = 64 * 1024; ///< of a request for a token, unpacked: nobody knows yet who asks
constexpr int most_turns = 5;            ///< of a write that the database took back to end a deadlock

/// What a call searched for: what its address says, the condition of a create, and what its body held.
std::string criteria_of(const fhir_call& call) {
  std::string out = call.search;
  const auto add = [&](std::string_view label, std::string_view what) {
    if (!what.empty()) (((out += out.empty() ? "" : "\n") += label) += what);
  };
  if (const auto unless = call.asked.headers.find("if-none-exist"); unless != call.asked.headers.end())
    add("If-None-Exist: ", unless->second);
  const bool is_form = call.asked.method == "POST" && !call.asked.path.empty() &&
    call.asked.path.back() == "_search";
  if (is_form && call.coding.empty()) add({}, call.asked.body); // packed: nobody has read it
  add({}, call.ready->searched);
  return out;
}

/// The text of a refusal: each issue with its place, the first five of them.
std::string fault_of(const rest::reply& refused) {
  constexpr int most = 5;
  int told = 0;
  std::string out;
  for (const auto& each : refused.issues) {
    if (each.level > fhir::issue::severity::error) continue;
    if (++told > most) break;
    ((out += out.empty() ? "" : "; ") += each.code) += ": ";
    if (!each.path.empty()) (out += each.path) += ": ";
    out += each.text;
  }
  return out;
}

/// Of one worker.
class fhir_worker {
public:
  fhir_worker(fhir_parts_ptr parts, bool first) : parts_(std::move(parts)), first_(first) {}

  void answer(ports::record_session* session, std::span<const actors::call_ptr> calls) {
    std::vector<fhir_call_ptr> open;
    for (const auto& each : calls)
      if (auto call = std::static_pointer_cast<fhir_call>(each); !call->answered)
        open.push_back(std::move(call));
    if (open.empty()) return;
    if (session == nullptr)
      return refuse_all(open, rest::refusal(503, "transient", "the store does not answer"));
    forget_old();
    for (const auto& call : open) guarded(*call, [&] { admit(*session, *call); });
    pass_on(open);
    read(*session, open);
    std::erase_if(open, [&](const fhir_call_ptr& call) {
      if (call->reads()) return !call->ready && (to_worker(call), true); // its turn comes again
      if (call->ready) return false;
      if (!first_ && shared(*call) && is_costly(*call))
        return to_worker(call), true; // what it wrote in this batch has told so
      return write_timed(*session, call);
    });
    settle_all(*session, open);
  }

private:
  struct known_caller {
    http::caller who;
    steady_clock::time_point until;
  };

  /// What a call throws ends that call alone; what() may hold what was asked for. False: it threw.
  template <class Work>
  bool guarded(fhir_call& call, Work work) {
    try {
      work();
      return true;
    } catch (const std::exception&) {
      telemetry::log(level::error, "request-failed", {{"method", call.asked.method}});
      call.ready = rest::refusal(500, "exception", "the request could not be handled");
      return false;
    }
  }

  static void refuse_all(const std::vector<fhir_call_ptr>& calls, const rest::reply& why) {
    for (const auto& call : calls) call->answer(why);
  }

  void forget_old() {
    const auto now = steady_clock::now();
    if (keys_.size() > most_remembered) keys_.clear();
    std::erase_if(keys_, [&](const auto& each) { return each.second.until < now; });
    if (clinics_until_ < now) clinics_.clear();
    if (around_.size() > most_remembered) around_.clear();
  }

  /// Sets `ready` when the call may not go on.
  void admit(ports::record_session& session, fhir_call& call) {
    if (call.ready || call.admitted || call.is == fhir_call::kind::token) return;
    const auto* who = look_up(session, call);
    if (who == nullptr) return;
    if (call.is == fhir_call::kind::admission) {
      call.ready.emplace();
      call.ready->status = 204;
      return;
    }
    call.who = {who->actor, who->clinic.value_or(0), who->scopes, who->patient};
    call.actor = who->actor;
    call.admitted = true;
    if (!choose_clinic(session, call, *who)) return;
    if (const auto wait = parts_->limiter->take(who->actor, steady_clock::now())) {
      call.ready = rest::refusal(429, "throttled", http::come_later);
      call.ready->headers.emplace_back("Retry-After", std::to_string(*wait));
    }
  }

  const http::caller* look_up(ports::record_session& session, fhir_call& call) {
    if (const auto known = keys_.find(call.bearer); known != keys_.end()) return &known->second.who;
    auto found = http::identify(call.bearer, http::lookup_in(session.access()), nullptr);
    if (const auto* stranger = std::get_if<http::unknown>(&found)) {
      call.ready = refusal_of(*stranger);
      return nullptr;
    }
    known_caller made{std::get<http::caller>(std::move(found)), steady_clock::now() + remembered};
    return &keys_.emplace(call.bearer, std::move(made)).first->second.who;
  }

  static rest::reply refusal_of(const http::unknown& who) {
    if (who.fault) return rest::refusal(*who.fault);
    auto out = rest::refusal(401, "login", http::text_of(who));
    out.headers.emplace_back("WWW-Authenticate", http::challenge_of(who));
    return out;
  }

  /// Unpacks the body, once it is known who has sent it. False: `ready` says why not.
  bool unpack(fhir_call& call) {
    const auto coding = std::exchange(call.coding, {});
    if (coding.empty() || coding == "identity") return true;
    if (coding != "gzip" && coding != "x-gzip")
      return call.ready = rest::refusal(415, "not-supported", "the body's coding must be gzip or none"),
             false;
    const auto most = call.is == fhir_call::kind::token ? token_body : parts_->rules()->most_body_bytes;
    auto plain = net::gunzip(call.asked.body, most);
    if (!plain)
      return call.ready = rest::refusal(400, "structure",
                                        "the body is no gzip, or unpacks to more than this server takes"),
             false;
    call.asked.body = std::move(*plain);
    return true;
  }

  /// The clinic of the key; for a key of all clinics the one that X-Clinic names, or the first.
  bool choose_clinic(ports::record_session& session, fhir_call& call, const http::caller& who) {
    const auto wanted = call.asked.headers.find("x-clinic");
    const bool names_one = wanted != call.asked.headers.end();
    if (who.clinic && !names_one) return true;
    if (clinics_.empty()) {
      auto all = session.access().clinics();
      if (!all) return call.ready = rest::refusal(all.error()), false;
      clinics_ = std::move(*all);
      clinics_until_ = steady_clock::now() + remembered;
    }
    const auto code = names_one ? std::optional<std::string_view>(wanted->second) : std::nullopt;
    const auto chosen = http::choose_clinic(who, code, clinics_);
    if (!chosen) return call.ready = rest::refusal(404, "not-found", "no such clinic"), false;
    call.who.clinic = chosen->id;
    return true;
  }

  const rest::surroundings& around(model::clinic_id clinic, const std::string& base) {
    const auto rules = parts_->rules();
    if (rules != rules_) around_.clear();
    rules_ = rules;
    const auto [at, fresh] = around_.try_emplace({clinic, base});
    if (!fresh) return at->second;
    auto& made = at->second;
    made.base = base;
    made.token_url = token_url_of(*rules);
    made.version = version;
    made.systems = rules->systems;
    made.clock = parts_->clock;
    made.ids = parts_->ids;
    if (const auto limits = rules->critical.find(clinic); limits != rules->critical.end())
      made.critical = limits->second;
    return made;
  }

  /// Calls of costly callers go to the first worker of their kind; what follows in this batch is for
  /// everybody else.
  void pass_on(std::vector<fhir_call_ptr>& open) {
    worker_share readers(first_), writers(first_);
    std::erase_if(open, [&](const fhir_call_ptr& call) {
      if (call->ready || !shared(*call)) return false;
      return !(call->reads() ? readers : writers).keeps(is_costly(*call)) && (to_worker(call), true);
    });
  }

  /// Whether callers of this kind are told apart now.
  bool shared(const fhir_call& call) const {
    const auto room = std::atomic_load(&parts_->workers);
    return room && (call.reads() ? room->readers : room->writers).size() > 1 &&
      call.costly().any(steady_clock::now());
  }
  bool is_costly(const fhir_call& call) const {
    return call.admitted && call.costly().has(call.actor, steady_clock::now());
  }

  /// All that only read, a transaction for each clinic, their questions announced before the first is asked.
  /// What a long stretch leaves has no answer yet.
  void read(ports::record_session& session, const std::vector<fhir_call_ptr>& calls) {
    std::map<model::clinic_id, std::vector<fhir_call*>> by_clinic;
    for (const auto& call : calls)
      if (!call->ready && call->reads() && !call->read_batch)
        by_clinic[call->who.clinic].push_back(call.get());
    const auto start = steady_clock::now();
    for (const auto& [clinic, mine] : by_clinic) {
      if (steady_clock::now() - start > longest_stretch) return;
      auto begun = session.begin(clinic, false);
      if (begun)
        for (auto* call : mine)
          guarded(*call, [&] {
            if (unpack(*call)) rest::expect(call->asked, call->who, session);
          });
      for (auto* call : mine) {
        const auto from = steady_clock::now();
        if (from - start > longest_stretch) break;
        guarded(*call, [&] { answer_read(session, *call, begun); });
        const auto now = steady_clock::now();
        parts_->costly_readers.took(call->actor, now - from, now);
      }
      if (begun && !session.commit()) session.rollback();
    }
    for (const auto& call : calls) {
      const auto from = steady_clock::now();
      if (call->ready || !call->read_batch || from - start > longest_stretch) continue;
      if (!guarded(*call, [&] {
            call->ready = rest::handle(call->asked, call->who, session, around(call->who.clinic, call->base));
          }))
        session.rollback();
      const auto now = steady_clock::now();
      parts_->costly_readers.took(call->actor, now - from, now);
    }
  }

  /// What one call asks may end the transaction of all of them: then it is asked once more by itself, and the
  /// others in a new one.
  void answer_read(ports::record_session& session, fhir_call& call, status& begun) {
    if (call.ready) return; // its body could not be unpacked
    const auto ask = [&] {
      call.ready = begun ? rest::handle(call.asked, call.who, session, around(call.who.clinic, call.base))
                         : rest::refusal(begun.error());
    };
    const auto again = [&] {
      session.rollback();
      begun = session.begin(call.who.clinic, false);
    };
    const auto failed = [&] { return begun && (call.ready->status == 500 || call.ready->status == 503); };
    ask();
    if (!failed()) return;
    again();
    ask();
    if (failed()) again();
  }

  /// True when the answer will come from elsewhere.
  bool write_timed(ports::record_session& session, const fhir_call_ptr& call) {
    bool away = false; // on its route: another thread's now
    const auto from = steady_clock::now();
    if (!guarded(*call, [&] { away = write(session, call); })) session.rollback(); // its locks with it
    const auto now = steady_clock::now();
    if (!away && call->admitted) parts_->costly_writers.took(call->actor, now - from, now);
    return away;
  }

  bool write(ports::record_session& session, const fhir_call_ptr& call) {
    if (!unpack(*call)) return false;
    if (call->is == fhir_call::kind::bundle) return give_to_route(call);
    if (call->is == fhir_call::kind::rest && rest::is_read_batch(call->asked)) { // nobody who writes waits
                                                                                 // for thousands of searches
      call->read_batch = true;
      parts_->costly_readers.expect(call->actor, steady_clock::now());
      to_worker(call);
      return true;
    }
    if (call->is == fhir_call::kind::token) {
      std::string client;
      call->ready = rest::token(call->asked.body, session.access(),
                                {token_url_of(*parts_->rules()), parts_->clock->now(), parts_->new_secret},
                                client);
      if (!client.empty()) call->actor = "client:" + client;
    } else {
      for (int turn = 0; turn < most_turns && (!call->ready || call->ready->undone); ++turn)
        call->ready = rest::handle(call->asked, call->who, session, around(call->who.clinic, call->base));
    }
    return false;
  }

  /// A bundle goes the way of all messages; its route's answer comes back to a worker for its audit row.
  bool give_to_route(const fhir_call_ptr& call) {
    if (!call->who.may(rest::access::write, "Bundle")) {
      call->ready = rest::refusal(403, "forbidden", "this key may not write Bundle");
    } else {
      auto mail = pipeline::envelope_of_bundle(std::move(call->asked.body), call->who, call->base, call->peer,
                                               parts_->ids->next(parts_->clock->now()), parts_->clock->now());
      mail->arrived = steady_clock::now();
      const auto to = parts_->find(*mail);
      if (to.route) {
        actors::run(*parts_->actors, to, std::move(mail), [call](pipeline::envelope& done) {
          call->ready = pipeline::reply_of_bundle(done);
          to_worker(call);
        });
        return true;
      }
      call->ready = rest::refusal(404, "not-supported", "no route takes Bundle from http for this clinic");
    }
    return false;
  }

  void settle_all(ports::record_session& session, const std::vector<fhir_call_ptr>& calls) {
    std::vector<settled_call> out;
    for (const auto& call : calls) {
      auto& one = out.emplace_back();
      one.answer = [call](bool kept) { call->answer(kept ? std::move(*call->ready) : unaudited(*call)); };
      if (call->is == fhir_call::kind::admission && call->ready->status < 300)
        continue; // the call itself will have its row
      if (call->ready->status == 401 && call->actor == "nobody")
        one.as = parts_->unknown->receive(call->peer, steady_clock::now());
      one.row = row_of(*call);
    }
    settle(*parts_, session.access(), std::move(out));
  }

  ports::audit_entry row_of(const fhir_call& call) const {
    ports::audit_entry row;
    row.actor = call.actor;
    row.peer = call.peer;
    row.method = call.asked.method;
    row.resource = call.resource;
    row.outcome = std::to_string(call.ready->status);
    row.patient = call.ready->about;
    row.criteria = criteria_of(call);
    if (call.ready->status >= 400) row.fault = fault_of(*call.ready);
    if (call.who.clinic != 0) row.clinic = call.who.clinic;
    row.at = parts_->clock->now();
    return row;
  }

  static rest::reply unaudited(const fhir_call& call) {
    const bool changed = !call.reads() && call.ready->status < 300;
    return rest::refusal(503, "transient",
                         changed ? "the change was made, but its access could not be audited"
                                 : "the access could not be audited, so it was not granted");
  }

  fhir_parts_ptr parts_;
  bool first_; ///< of the readers or the writers: to whom costly callers' calls go
  std::map<std::string, known_caller> keys_; ///< by secret
  std::vector<ports::clinic> clinics_;
  steady_clock::time_point clinics_until_{};
  std::shared_ptr<const fhir_rules> rules_;
  std::map<std::pair<model::clinic_id, std::string>, rest::surroundings> around_;
};

} // namespace

actors::answer_calls answer_fhir_calls(fhir_parts_ptr parts, bool first) {
  const auto worker = std::make_shared<fhir_worker>(std::move(parts), first);
  return [worker](ports::record_session* session, std::span<const actors::call_ptr> calls) {
    worker->answer(session, calls);
  };
}

} // namespace aorta::gateway
