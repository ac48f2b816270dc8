#include "engine/net/http/http_server.hpp"

#include "engine/net/loop/acceptor.hpp"
#include "engine/net/http/http_reader.hpp"
#include "engine/net/http/http_writer.hpp"
#include "engine/net/loop/stream.hpp"
#include "engine/net/loop/ticker.hpp"
#include "engine/telemetry/log.hpp"

#include <atomic>
#include <ctime>
#include <exception>
#include <unordered_map>
#include <utility>

namespace aorta::net {

namespace {

constexpr size_t most_unsent_bytes = 1u << 20;
constexpr size_t small_body = 64 * 1024; ///< is always taken

} // namespace

/// Between whoever sends and the connection.
struct http_feed::line {
  std::function<void(std::string bytes, bool last)> post; ///< to the loop
  std::atomic<bool> open{true}, behind{false};
};

bool http_feed::is_open() const noexcept { return line_->open; }
bool http_feed::is_behind() const noexcept { return line_->behind; }

void http_feed::send(std::string bytes) const {
  if (bytes.empty() || !line_->open) return;
  line_->behind = true;
  line_->post(std::move(bytes), false);
}

void http_feed::end() const { line_->post({}, true); }

struct http_server::impl : std::enable_shared_from_this<http_server::impl> {
  struct connection;
  struct ticket;

  impl(loop& on, http_server::how what, http_handler whom, http_admission first)
      : home(on),
        mail(on.mail()),
        how(std::move(what)),
        handler(std::move(whom)),
        admission(std::move(first)),
        room(std::make_unique<stream_room>()) {
    room->loop = on.raw();
    room->name = "http";
  }

  status start();
  void take(int socket, std::string peer);
  void answer(uint64_t connection_id, uint64_t request, const http_response& response);
  void go_on(uint64_t connection_id, const std::string& bytes, bool last);
  const std::string& date();
  std::vector<connection*> all() const;
  bool make_room();
  void decided(uint64_t connection_id, uint64_t request, const std::optional<http_response>& refusal);
  void drain();
  void end();

  loop& home;
  std::shared_ptr<mailbox> mail;
  http_server::how how;
  http_handler handler;
  http_admission admission;
  std::unique_ptr<stream_room> room;
  std::unique_ptr<acceptor> door;
  ticker* sweeper = nullptr;
  std::unordered_map<uint64_t, connection*> open;
  uint64_t last_id = 0;
  size_t bodies_bytes = 0; ///< see `how.max_bodies_bytes`
  bool draining = false;
  std::time_t date_of = 0;
  std::string date_text;
};

/// The right to answer one request. Whoever loses it has answered 500.
struct http_server::impl::ticket {
  std::weak_ptr<impl> server;
  std::shared_ptr<mailbox> mail;
  uint64_t connection_id, request;
  std::atomic<bool> used{false};

  ticket(std::weak_ptr<impl> whose, std::shared_ptr<mailbox> way, uint64_t connection, uint64_t number)
      : server(std::move(whose)),
        mail(std::move(way)),
        connection_id(connection),
        request(number) {}
  ~ticket() { redeem(error_response(500, "internal", "the request was not answered")); }

  void redeem(http_response response) {
    if (used.exchange(true)) return;
    auto deliver = [to = server, id = connection_id, number = request, what = std::move(response)] {
      if (const auto alive = to.lock()) alive->answer(id, number, what);
    };
    if (mail->here()) return deliver();
    mail->post(std::move(deliver));
  }
};

struct http_server::impl::connection final : stream {
  connection(std::shared_ptr<impl> whose, std::string from)
      : stream(*whose->room, std::move(from)),
        server(std::move(whose)),
        id(++server->last_id),
        reader(server->how.max_header_bytes, server->how.max_body_bytes),
        since(uv_now(server->room->loop)) {}

  void on_bytes(std::string_view bytes) override {
    if (feed) return; // who listens has nothing to say
    if (answering || working || full || asking) {
      held += bytes; // at most the rest of one read: reading is paused meanwhile
      return;
    }
    work(bytes);
  }

  void on_sent() override {
    if (feed) feed->behind = false;
    if (!std::exchange(full, false) || answering || working || asking || ending()) return;
    const std::string rest = std::exchange(held, {});
    work(rest);
  }

  void on_end() override {
    if (!answering && !working && !asking) finish();
  }

  void on_closed() override {
    if (feed) feed->open = false;
    count_body(0);
    server->open.erase(id);
  }

  void count_body(size_t bytes) {
    server->bodies_bytes += bytes - counted;
    counted = bytes;
  }

  /// Reads requests one after the other until one has to wait for its answer or the bytes are used up.
  void work(std::string_view bytes) {
    working = true;
    while (!bytes.empty() && !answering && !feed && !ending() && unsent() <= most_unsent_bytes) {
      const auto before = reader.now();
      if (before == http_reader::state::waiting) reader.limit_body(server->how.max_body_bytes);
      bytes.remove_prefix(reader.feed(bytes));
      if (reader.now() != before) since = uv_now(server->room->loop);
      count_body(reader.body_bytes());
      if (server->bodies_bytes > server->how.max_bodies_bytes && counted > small_body) {
        refuse({503, "busy", "this server holds as many large bodies as it can; send it again later"});
        break;
      }
      if (must_ask()) {
        ask();
        break;
      }
      if (reader.must_continue()) write("HTTP/1.1 100 Continue\r\n\r\n");
      if (reader.now() == http_reader::state::complete) dispatch();
      if (reader.now() == http_reader::state::refused) refuse(reader.refusal());
    }
    working = false;
    held.assign(ending() || feed ? std::string_view{} : bytes);
    flush();
    if (ending()) return;
    full = unsent() > most_unsent_bytes; // a client that asks and does not read waits for itself
    if (feed) return half_closed() ? finish() : resume(); // so that its end is seen
    if (answering || full || asking) return pause();
    if (half_closed()) return finish();
    resume();
  }

  bool must_ask() const { return server->admission && !admitted && reader.may_exceed(small_body); }

  /// Reads on once it is known that the sender may send the body.
  void ask() {
    asking = true;
    struct question {
      std::weak_ptr<impl> server;
      std::shared_ptr<mailbox> mail;
      uint64_t id, number;
      std::atomic<bool> decided{false};
      void decide(std::optional<http_response> refusal) {
        if (decided.exchange(true)) return;
        mail->post([to = server, who = id, request = number, what = std::move(refusal)] {
          if (const auto alive = to.lock()) alive->decided(who, request, what);
        });
      }
      ~question() { decide(error_response(500, "internal", "the request was not answered")); }
    };
    const auto open = std::make_shared<question>();
    open->server = server;
    open->mail = server->mail;
    open->id = id;
    open->number = request_number;
    auto head = reader.head();
    head.peer = peer();
    server->admission(head,
                      [open](std::optional<http_response> refusal) { open->decide(std::move(refusal)); });
  }

  void decided(uint64_t number, const std::optional<http_response>& refusal) {
    if (!asking || number != request_number || ending()) return;
    asking = false;
    if (refusal) {
      put(*refusal, {true, reader.is_head(), reader.old_version()});
      return finish(true);
    }
    admitted = true;
    since = uv_now(server->room->loop);
    if (reader.must_continue()) write("HTTP/1.1 100 Continue\r\n\r\n");
    const std::string rest = std::exchange(held, {});
    work(rest);
  }

  void dispatch() {
    answering = true;
    admitted = false;
    ++request_number;
    is_head = reader.is_head();
    http_request request = reader.take();
    request.peer = peer();
    if (is_head) request.method = "GET";
    const auto right = std::make_shared<ticket>(server, server->mail, id, request_number);
    try {
      server->handler(std::move(request),
                      [right](http_response response) { right->redeem(std::move(response)); });
    } catch (const std::exception&) { // what() may hold what was asked for
      telemetry::log(telemetry::level::error, "http-handler-failed", {{"peer", peer()}});
      right->redeem(error_response(500, "internal", "the request could not be handled"));
    }
  }

  void answer(uint64_t number, const http_response& response) {
    if (!answering || number != request_number || ending()) return;
    answering = false;
    count_body(0);
    if (response.drops) return finish();
    const bool more = response.goes_on && !is_head && !server->draining;
    const bool close = more || response.goes_on || !reader.keep_alive() || server->draining;
    put(response, {close, is_head, reader.old_version(), more});
    since = uv_now(server->room->loop);
    if (more) begin_feed(response);
    else if (close) return finish();
    if (working) return; // the loop in `work` goes on
    const std::string rest = std::exchange(held, {});
    work(rest);
  }

  void begin_feed(const http_response& response) {
    feed = std::make_shared<http_feed::line>();
    feed->post = [to = std::weak_ptr(server), mail = server->mail, who = id](std::string bytes, bool last) {
      mail->post([to, who, what = std::move(bytes), last] {
        if (const auto alive = to.lock()) alive->go_on(who, what, last);
      });
    };
    response.goes_on(http_feed(feed));
  }

  void go_on(const std::string& bytes, bool last) {
    if (!feed || ending()) return;
    write(bytes);
    flush();
    if (last) finish();
  }

  void refuse(const http_refusal& why) {
    put(error_response(why.status, why.code, why.message), {true, reader.is_head(), reader.old_version()});
    finish(true);
  }

  void put(const http_response& response, const http_framing& how) {
    std::string bytes;
    append_response(bytes, response, how, server->date());
    write(bytes);
  }

  void check_times(uint64_t now) {
    sweep(now);
    if (ending()) return;
    const auto& limits = server->how;
    const auto passed = [now](uint64_t from, uint32_t seconds) {
      return now - from >= uint64_t{seconds} * 1'000;
    };
    if (unsent() > 0 && passed(last_progress(), limits.idle_timeout_seconds)) return abort();
    if (answering || asking || feed || unsent() > 0) return;
    switch (reader.now()) {
      case http_reader::state::waiting: // a new connection is not given the patience of a known one
        if (passed(since, request_number == 0 ? limits.header_timeout_seconds : limits.idle_timeout_seconds))
          finish();
        break;
      case http_reader::state::head:
        if (passed(since, limits.header_timeout_seconds))
          refuse({408, "timeout", "the header took too long"});
        break;
      case http_reader::state::body:
        if (passed(since, limits.body_timeout_seconds)) refuse({408, "timeout", "the body took too long"});
        break;
      default: break;
    }
  }

  bool busy() const noexcept { return answering || asking; }
  bool idle() const noexcept {
    return feed || (!answering && reader.now() == http_reader::state::waiting && unsent() == 0);
  }

  std::shared_ptr<impl> server;
  std::shared_ptr<http_feed::line> feed; ///< set: the answer goes on
  uint64_t id;
  http_reader reader;
  std::string held; ///< bytes behind the request that is being answered
  uint64_t since, request_number = 0;
  size_t counted = 0; ///< of this connection, in the server's sum
  bool answering = false, working = false, is_head = false;
  bool asking = false, admitted = false; ///< about the body of the request that is being read
  bool full = false;                     ///< answers wait for a client that does not read them
};

status http_server::impl::start() {
  if (!how.tls.cert.empty()) {
    auto context = tls_context::for_server(how.tls);
    if (!context) return context.error();
    room->tls = *context;
  }
  allow_open_files(how.max_connections);
  door = std::make_unique<acceptor>(
    home,
    acceptor::how{"http",
                  how.listen,
                  {},
                  [this] { return open.size() < how.max_connections || make_room(); },
                  [this](int socket, std::string peer) { take(socket, std::move(peer)); },
                  false,
                  how.balancers});
  if (auto started = door->start(); !started) return started.error();
  sweeper = new ticker(room->loop, sweep_ms, [this] {
    for (auto* one : all()) one->check_times(uv_now(room->loop));
  });
  return done{};
}

bool http_server::impl::make_room() {
  std::unordered_map<std::string, size_t> by_peer;
  for (const auto& [id, one] : open) ++by_peer[one->peer()];
  connection* victim = nullptr;
  for (const auto& [id, one] : open) {
    if (one->busy()) continue;
    const auto share = by_peer[one->peer()], most = victim ? by_peer[victim->peer()] : 0;
    if (share > most || (share == most && one->last_progress() < victim->last_progress())) victim = one;
  }
  if (victim) victim->abort();
  return victim != nullptr;
}

void http_server::impl::decided(uint64_t connection_id, uint64_t request,
                                const std::optional<http_response>& refusal) {
  if (const auto at = open.find(connection_id); at != open.end()) at->second->decided(request, refusal);
}

void http_server::impl::take(int socket, std::string peer) {
  auto* one = new connection(shared_from_this(), std::move(peer));
  open.emplace(one->id, one);
  one->stream::open(socket);
}

void http_server::impl::answer(uint64_t connection_id, uint64_t request, const http_response& response) {
  if (const auto at = open.find(connection_id); at != open.end()) at->second->answer(request, response);
}

void http_server::impl::go_on(uint64_t connection_id, const std::string& bytes, bool last) {
  if (const auto at = open.find(connection_id); at != open.end()) at->second->go_on(bytes, last);
}

const std::string& http_server::impl::date() {
  if (const auto now = std::time(nullptr); now != date_of) {
    date_of = now;
    date_text = http_date(now);
  }
  return date_text;
}

/// Those open now: what ends is taken off the table, but lives until the loop's next turn.
std::vector<http_server::impl::connection*> http_server::impl::all() const {
  std::vector<connection*> found;
  found.reserve(open.size());
  for (const auto& [id, one] : open) found.push_back(one);
  return found;
}

void http_server::impl::drain() {
  draining = true;
  if (door) door->stop();
  for (auto* one : all())
    if (one->idle()) one->finish();
}

void http_server::impl::end() {
  draining = true;
  handler = {};
  admission = {};
  if (door) door->stop();
  if (sweeper) std::exchange(sweeper, nullptr)->end();
  for (auto* one : all()) one->abort();
}

http_server::http_server(loop& on, how what, http_handler handler, http_admission admission)
    : impl_(std::make_shared<impl>(on, std::move(what), std::move(handler), std::move(admission))) {}

http_server::~http_server() {
  impl_->home.call([this] { impl_->end(); });
}

status http_server::start() { return impl_->start(); }
void http_server::use(how next, std::optional<tls_context> tls) {
  next.listen = impl_->how.listen;
  impl_->how = std::move(next);
  impl_->room->tls = std::move(tls);
  allow_open_files(impl_->how.max_connections);
  if (impl_->door) (void)impl_->door->trust(impl_->how.balancers); // checked before
}

std::optional<timestamp> http_server::certificate_ends() const {
  return impl_->room->tls ? impl_->room->tls->not_after() : std::nullopt;
}

uint16_t http_server::port() const noexcept { return impl_->door ? impl_->door->port() : 0; }

void http_server::stop_accepting() {
  impl_->mail->post([self = impl_] { self->drain(); });
}

void http_server::close_all() {
  impl_->mail->post([self = impl_] {
    for (auto* one : self->all()) one->finish();
  });
}

} // namespace aorta::net
