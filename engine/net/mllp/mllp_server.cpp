#include "engine/net/mllp/mllp_server.hpp"

#include "engine/hl7/mllp.hpp"
#include "engine/net/loop/acceptor.hpp"
#include "engine/net/mllp/open_frames.hpp"
#include "engine/net/loop/stream.hpp"
#include "engine/net/loop/ticker.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace aorta::net {

namespace {

constexpr size_t most_unsent_replies = 8u << 20;
constexpr uint32_t most_owed = 64; ///< unanswered frames of one connection before it is read no further
constexpr unsigned silence_ms = 50;
constexpr uint64_t owed_replies_ms = 5 * 60'000, late_reply_ms = 1'000;

/// One sequence for all listeners of the process, as the contract says.
connection_id next_id() {
  static std::atomic<connection_id> last{0};
  return ++last;
}

struct command {
  enum class kind : uint8_t { send, add, promise, keep, pause, resume, close } what;
  connection_id who;
  std::string reply;
};

} // namespace

struct mllp_server::impl : std::enable_shared_from_this<mllp_server::impl> {
  struct connection;

  impl(loop& on, config::listener what, mllp_handlers whom, std::shared_ptr<open_frames> held)
      : home(on),
        mail(on.mail()),
        how(std::move(what)),
        handlers(std::move(whom)),
        frames(held ? std::move(held) : std::make_shared<open_frames>()),
        room(std::make_unique<stream_room>()) {
    room->loop = on.raw();
    room->name = how.name;
  }

  status start();
  void take(int socket, std::string peer);
  hl7::mllp_decoder::events decoder_events();
  void enqueue(command what);
  void run_commands();
  void obey(command& what);
  void use(config::listener next, std::optional<tls_context> tls);
  std::vector<connection*> all() const;
  void sweep();
  void wait_for_silence(connection_id who);
  void end();

  loop& home;
  std::shared_ptr<mailbox> mail;
  config::listener how;
  mllp_handlers handlers;
  std::shared_ptr<open_frames> frames;
  std::unique_ptr<stream_room> room; ///< outlives the connections, which keep this object
  std::unique_ptr<acceptor> door;
  ticker* sweeper = nullptr;
  ticker* silence = nullptr; ///< runs only while a frame may have ended without its 0x0D
  std::vector<connection_id> maybe_ended, ended;
  std::unordered_map<connection_id, connection*> open;
  std::atomic<size_t> count{0};
  connection* feeding = nullptr; ///< whose bytes the decoder is reading: one set of events serves all
  hl7::mllp_decoder::events events;
  bool draining = false; ///< no further reading
  std::mutex lock;
  std::vector<command> commands, running;
  std::vector<connection_id> unflushed;
};

struct mllp_server::impl::connection final : stream, open_frames::holder {
  connection(std::shared_ptr<impl> whose, std::string from)
      : stream(*whose->room, std::move(from)),
        server(std::move(whose)),
        id(next_id()),
        decoder({server->how.max_frame_bytes, server->how.missing_start_block}) {}

  void use_rules() {
    decoder.tolerate({server->how.max_frame_bytes, server->how.missing_start_block});
    if (server->door->lets_in(peer()) || ending()) return;
    log("connection-not-allowed-any-more");
    refused = true;
    ended_at = uv_now(server->room->loop);
    pause();
    settle();
  }

  void on_bytes(std::string_view bytes) override {
    if (!waiting.empty()) waiting += bytes; // of the read under way when reading was stopped
    else decode(bytes);
  }

  /// Frame by frame, so that a sender with many unanswered messages is not read further: TCP tells it to
  /// wait.
  void decode(std::string_view bytes) {
    server->feeding = this;
    while (!bytes.empty() && !refused && !ending()) {
      if (owed >= most_owed) {
        waiting = bytes;
        return pause();
      }
      const auto mark = bytes.find('\x1c');
      const auto slice = bytes.substr(0, mark == std::string_view::npos ? bytes.size() : mark + 2);
      const uint64_t before = frames;
      const bool was_open = decoder.buffered() > 0;
      decoder.feed(slice, server->events);
      if (!was_open || frames != before) frame_since = uv_now(server->room->loop);
      bytes.remove_prefix(slice.size());
      server->frames->hold(*this, peer(), decoder.buffered(), uv_now(server->room->loop));
      if (ending()) return;
    }
    if (decoder.at_end_mark()) server->wait_for_silence(id);
  }

  void settle_frame() {
    server->feeding = this;
    if (!refused && waiting.empty()) decoder.settle(server->events);
  }

  /// Replies have left: what was read and waits is decoded, then reading goes on.
  void go_on() {
    if (waiting.empty() || owed > most_owed / 2 || paused || refused || server->draining || ending()) return;
    const std::string held = std::exchange(waiting, {});
    decode(held);
    if (waiting.empty() && !refused && !ending()) resume();
  }

  void on_end() override {
    server->feeding = this;
    if (!refused) decoder.finish(server->events);
    ended_at = uv_now(server->room->loop);
    settle();
  }

  void on_sent() override { settle(); }

  void on_closed() override {
    server->frames->release(*this);
    server->open.erase(id);
    --server->count;
    if (announced && server->handlers.closed) server->handlers.closed(id);
  }

  void reply(std::string_view text) {
    if (ending()) return;
    if (owed > 0) --owed;
    if (!text.empty() && !add(text)) return;
    go_on();
    if (text.empty()) settle(); // nothing is written after which it would be looked at
  }

  void keep(std::string_view text) {
    if (promised > 0) --promised;
    if (text.empty()) settle();
    else (void)add(text);
  }

  /// False: its peer reads nothing, and is closed.
  bool add(std::string_view text) {
    if (ending()) return false;
    std::string framed;
    framed.reserve(text.size() + 3);
    hl7::append_frame(framed, text);
    write(framed);
    if (unsent() <= most_unsent_replies || unsent() <= framed.size()) return true;
    give_up("slow-reader");
    return false;
  }

  /// Ends a connection that has come to its end: the peer has left or was refused, and has every reply it can
  /// expect.
  void settle() {
    if (ending() || owed > 0 || promised > 0 || unsent() > 0) return;
    if (refused) return finish(true);
    if (half_closed() && !cut_off) finish();
  }

  void set_paused(bool stop) {
    paused = stop;
    if (stop) return pause();
    if (refused || server->draining || ending()) return;
    if (!waiting.empty()) return go_on();
    frame_since = uv_now(server->room->loop); // while we did not read, the sender was not slow
    resume();
  }

  void check_times(uint64_t now) {
    sweep(now);
    if (ending()) return;
    const auto passed = [&](uint64_t since, std::chrono::seconds limit) {
      return limit.count() > 0 && now - since >= static_cast<uint64_t>(limit.count()) * 1'000;
    };
    if (half_closed() || refused) return check_end(now);
    if (paused || !waiting.empty() || server->draining) return;
    if (decoder.buffered() > 0 && passed(frame_since, server->how.frame_timeout)) {
      server->feeding = this;
      decoder.finish(server->events);
      return give_up("frame-timeout");
    }
    if (owed == 0 && passed(last_progress(), server->how.idle_timeout)) {
      log("connection-idle");
      finish();
    }
  }

  /// A frame that never ended may have an answer, but needs none: that one is waited for only a moment.
  void check_end(uint64_t now) {
    if (now - ended_at >= owed_replies_ms) return give_up("replies-missing");
    if (owed == 0 && cut_off && now - ended_at >= late_reply_ms) {
      cut_off = false;
      settle();
    }
  }

  void give_up_frame() override { give_up("frames-too-many"); }

  void give_up(const char* event) {
    log(event);
    abort();
  }

  void log(const char* event) const {
    telemetry::log(telemetry::level::warn, event,
                   {{"listener", server->how.name}, {"connection", std::to_string(id)}, {"peer", peer()}});
  }

  std::shared_ptr<impl> server;
  connection_id id;
  hl7::mllp_decoder decoder;
  uint64_t frames = 0, frame_since = 0, ended_at = 0;
  uint32_t owed = 0;     ///< frames handed on and not yet answered
  uint32_t promised = 0; ///< what is to come beside these answers
  std::string waiting;   ///< read, but not decoded before replies have left
  bool announced = false, paused = false;
  bool refused = false; ///< a frame was too large, or the peer is not allowed any more: no more input
  bool cut_off = false; ///< the input ended within a frame
};

status mllp_server::impl::start() {
  if (!how.tls.cert.empty()) {
    auto context = tls_context::for_server(how.tls);
    if (!context) return context.error();
    room->tls = *context;
  }
  allow_open_files(how.max_connections);
  events = decoder_events();
  door = std::make_unique<acceptor>(
    home,
    acceptor::how{how.name, how.listen, how.allow, [this] { return open.size() < how.max_connections; },
                  [this](int socket, std::string peer) { take(socket, std::move(peer)); }, how.allow_listed,
                  how.balancers});
  if (auto started = door->start(); !started) return started.error();
  sweeper = new ticker(room->loop, sweep_ms, [this] { sweep(); });
  return done{};
}

void mllp_server::impl::take(int socket, std::string peer) {
  auto* one = new connection(shared_from_this(), std::move(peer));
  open.emplace(one->id, one);
  ++count;
  if (!one->stream::open(socket)) return;
  one->announced = true;
  if (handlers.opened) handlers.opened(one->id, one->peer());
}

hl7::mllp_decoder::events mllp_server::impl::decoder_events() {
  hl7::mllp_decoder::events on;
  on.frame = [this](std::string&& bytes) {
    ++feeding->frames;
    ++feeding->owed;
    if (handlers.frame) handlers.frame(feeding->id, std::move(bytes));
  };
  if (handlers.unframed)
    on.unframed = [this](std::string&& bytes) {
      ++feeding->frames;
      ++feeding->owed;
      handlers.unframed(feeding->id, std::move(bytes));
    };
  on.noise = [this](size_t bytes) {
    if (handlers.noise) handlers.noise(feeding->id, bytes);
  };
  on.broken = [this](std::string&& bytes) {
    ++feeding->frames;
    feeding->cut_off = true;
    if (handlers.broken) handlers.broken(feeding->id, std::move(bytes));
  };
  on.too_large = [this](std::string&& beginning, size_t bytes) {
    feeding->refused = true;
    feeding->ended_at = uv_now(room->loop);
    ++feeding->owed;
    feeding->pause();
    if (handlers.too_large) handlers.too_large(feeding->id, std::move(beginning), bytes);
  };
  return on;
}

/// One queue keeps the order of everything asked for; one wake-up serves all that has gathered. A pause by a
/// handler does not wait for it: the loop would read on meanwhile.
void mllp_server::impl::enqueue(command what) {
  bool was_empty = false, at_once = false;
  {
    std::lock_guard hold(lock);
    was_empty = commands.empty();
    at_once = was_empty && what.what == command::kind::pause && mail->here();
    if (!at_once) commands.push_back(std::move(what));
  }
  if (at_once) return obey(what);
  if (was_empty) mail->post([self = shared_from_this()] { self->run_commands(); });
}

void mllp_server::impl::run_commands() {
  {
    std::lock_guard hold(lock);
    running.swap(commands);
  }
  for (auto& one : running) obey(one);
  running.clear();
  // Replies to one connection leave in one write.
  for (const auto id : unflushed)
    if (const auto at = open.find(id); at != open.end()) at->second->flush();
  unflushed.clear();
}

void mllp_server::impl::obey(command& what) {
  const auto at = open.find(what.who);
  if (at == open.end()) return;
  auto& who = *at->second;
  switch (what.what) {
    case command::kind::promise: ++who.promised; break;
    case command::kind::send:
    case command::kind::add:
    case command::kind::keep:
      if (what.what == command::kind::send) who.reply(what.reply);
      else if (what.what == command::kind::add) (void)who.add(what.reply);
      else who.keep(what.reply);
      if (unflushed.empty() || unflushed.back() != what.who) unflushed.push_back(what.who);
      break;
    case command::kind::pause: who.set_paused(true); break;
    case command::kind::resume: who.set_paused(false); break;
    case command::kind::close: who.finish(who.refused); break;
  }
}

/// Those open now: what ends is taken off the table, but lives until the loop's next turn.
std::vector<mllp_server::impl::connection*> mllp_server::impl::all() const {
  std::vector<connection*> found;
  found.reserve(open.size());
  for (const auto& [id, one] : open) found.push_back(one);
  return found;
}

void mllp_server::impl::sweep() {
  const uint64_t now = uv_now(room->loop);
  for (auto* one : all()) one->check_times(now);
}

void mllp_server::impl::use(config::listener next, std::optional<tls_context> tls) {
  next.listen = how.listen;
  how = std::move(next);
  room->tls = std::move(tls);
  allow_open_files(how.max_connections);
  // a checked configuration holds no wrong blocks
  if (door && (!door->allow(how.allow, how.allow_listed) || !door->trust(how.balancers))) return;
  for (auto* one : all()) one->use_rules();
}

/// Frames that were silent for a whole tick have ended.
void mllp_server::impl::wait_for_silence(connection_id who) {
  maybe_ended.push_back(who);
  if (silence != nullptr) return;
  silence = new ticker(room->loop, silence_ms, [this] {
    for (const auto id : std::exchange(ended, std::exchange(maybe_ended, {})))
      if (const auto at = open.find(id); at != open.end()) at->second->settle_frame();
    if (ended.empty() && maybe_ended.empty()) std::exchange(silence, nullptr)->end();
  });
}

void mllp_server::impl::end() {
  handlers = {};
  if (silence) std::exchange(silence, nullptr)->end();
  if (door) door->stop();
  if (sweeper) std::exchange(sweeper, nullptr)->end();
  while (!open.empty()) open.begin()->second->abort();
}

mllp_server::mllp_server(loop& on, config::listener how, mllp_handlers handlers,
                         std::shared_ptr<open_frames> frames)
    : impl_(std::make_shared<impl>(on, std::move(how), std::move(handlers), std::move(frames))) {}

mllp_server::~mllp_server() {
  impl_->home.call([this] { impl_->end(); });
}

status mllp_server::start() { return impl_->start(); }
void mllp_server::use(config::listener how, std::optional<tls_context> tls) {
  impl_->use(std::move(how), std::move(tls));
}
std::optional<timestamp> mllp_server::certificate_ends() const {
  return impl_->room->tls ? impl_->room->tls->not_after() : std::nullopt;
}

uint16_t mllp_server::port() const noexcept { return impl_->door ? impl_->door->port() : 0; }
size_t mllp_server::connections() const noexcept { return impl_->count; }

void mllp_server::send(connection_id to, std::string reply) {
  impl_->enqueue({command::kind::send, to, std::move(reply)});
}
void mllp_server::add(connection_id to, std::string block) {
  impl_->enqueue({command::kind::add, to, std::move(block)});
}
void mllp_server::promise(connection_id to) { impl_->enqueue({command::kind::promise, to, {}}); }
void mllp_server::keep(connection_id to, std::string block) {
  impl_->enqueue({command::kind::keep, to, std::move(block)});
}
void mllp_server::pause(connection_id who) { impl_->enqueue({command::kind::pause, who, {}}); }
void mllp_server::resume(connection_id who) { impl_->enqueue({command::kind::resume, who, {}}); }
void mllp_server::close(connection_id who) { impl_->enqueue({command::kind::close, who, {}}); }

void mllp_server::stop_accepting() {
  impl_->mail->post([self = impl_] {
    if (self->door) self->door->stop();
    self->draining = true;
    for (const auto& [id, one] : self->open) one->pause();
  });
}

/// The loop's tasks run in their order, so replies sent before this are on their way.
void mllp_server::close_all() {
  impl_->mail->post([self = impl_] {
    self->run_commands();
    for (auto* one : self->all()) one->finish(one->refused);
  });
}

} // namespace aorta::net
