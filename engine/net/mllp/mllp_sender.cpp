#include "engine/net/mllp/mllp_sender.hpp"

#include <algorithm>
#include <utility>

namespace aorta::net {

namespace {

using ports::no_answer;
using std::chrono::milliseconds;

/// After a 0x1C that nothing follows, the frame is taken as whole: not every sender has the 0x0D.
constexpr milliseconds silence{50};

} // namespace

result<std::shared_ptr<mllp_target>> mllp_target::make(loop& on, ports::mllp_destination where) {
  auto made = std::make_shared<mllp_target>();
  made->where = std::move(where);
  made->room.loop = on.raw();
  made->room.name = endpoint_text(made->where.host, made->where.port);
  if (made->where.tls) {
    auto context = tls_context::for_client(*made->where.tls);
    if (!context) return context.error();
    made->room.tls = *context;
  }
  return made;
}

/// The connection. It knows its sender only as long as that wants it.
class mllp_sender::link final : public stream {
public:
  link(mllp_sender& whose, const std::shared_ptr<mllp_target>& to, const socket_address& at)
      : stream(to->room, peer_text(at)),
        owner_(&whose),
        target_(to) {}

  void put(std::string_view message) {
    frame_.clear();
    hl7::append_frame(frame_, message);
    write(frame_);
    flush();
  }
  void let_go() {
    owner_ = nullptr;
    abort();
  }

private:
  ~link() override = default;
  void on_bytes(std::string_view bytes) override {
    if (owner_) owner_->read(bytes);
  }
  void on_connected() override {
    if (owner_) owner_->connected_now();
  }
  void on_end() override {
    if (owner_) owner_->no_more_bytes();
  }
  void on_closed() override {
    if (!owner_) return;
    owner_->link_ = nullptr;
    owner_->link_ended(tls_fault() ? no_answer::not_trusted : no_answer::broken, reason());
  }
  void loop_ends() override {
    if (owner_) {
      owner_->link_ = nullptr;
      owner_->state_ = state::away;
    }
    let_go();
  }

  mllp_sender* owner_;
  std::shared_ptr<mllp_target> target_; ///< whose buffers libuv reads into
  std::string frame_;
};

mllp_sender::mllp_sender(std::shared_ptr<mllp_target> to)
    : target_(std::move(to)),
      deadline_(target_->room.loop, [this] { time_passed(); }),
      decoder_({target_->where.most_reply_bytes, false}),
      events_(decoder_events()) {}

mllp_sender::~mllp_sender() { let_go(); }

uint64_t mllp_sender::now() const { return uv_now(target_->room.loop); }

milliseconds mllp_sender::left_until(uint64_t when) const {
  const uint64_t at = now();
  return milliseconds(when > at ? when - at : 0);
}

hl7::mllp_decoder::events mllp_sender::decoder_events() {
  hl7::mllp_decoder::events on;
  on.frame = [this](std::string&& frame) {
    if (state_ == state::asked && !reply_) reply_ = std::move(frame); // others answer nothing that was asked
  };
  on.too_large = [this](std::string&&, size_t) { too_large_ = true; };
  return on;
}

void mllp_sender::send(std::string_view message, milliseconds answer_within, heard then) {
  answer_within_ = answer_within;
  heard_ = std::move(then);
  failure_ = {};
  // Part of a frame that came while nothing was asked: its end would look like this message's answer.
  if (state_ == state::idle && decoder_.buffered() > 0) let_go();
  if (state_ == state::idle) return write(message);
  message_ = message;
  connect([this](std::optional<ports::unanswered> failed) {
    if (!failed) return write(std::exchange(message_, {}));
    std::exchange(heard_, {})(std::move(*failed));
  });
}

void mllp_sender::connect(connected then) {
  connected_ = std::move(then);
  failure_ = {};
  next_address_ = 0;
  const auto& where = target_->where;
  due_ = now() + static_cast<uint64_t>(where.connect_within.count());
  if (auto address = literal_address(where.host, where.port)) {
    addresses_ = {*address};
    return try_next_address();
  }
  state_ = state::looking_up;
  deadline_.set(where.connect_within);
  const auto asked = lookup_.ask(target_->room.loop, where.host, where.port, [this](auto found) {
    if (deadline_.loop_ended()) return;
    if (!found) return give_up(no_answer::name_unknown, found.error().text);
    addresses_ = std::move(*found);
    try_next_address();
  });
  if (!asked) give_up(no_answer::name_unknown, asked.error().text);
}

/// Each address has its share of the time that is left, so that a silent one does not use up all of it.
void mllp_sender::try_next_address() {
  const auto& address = addresses_[next_address_++];
  const auto others = static_cast<int64_t>(addresses_.size() - next_address_);
  state_ = state::connecting;
  decoder_ = hl7::mllp_decoder({target_->where.most_reply_bytes, false});
  too_large_ = false;
  deadline_.set(left_until(due_) / (others + 1));
  link_ = new link(*this, target_, address);
  link_->connect(address, target_->where.host);
}

void mllp_sender::address_failed(no_answer why, std::string text) {
  if (next_address_ < addresses_.size() && left_until(due_).count() > 0) return try_next_address();
  give_up(why, std::move(text));
}

void mllp_sender::connected_now() {
  state_ = state::idle;
  deadline_.clear();
  if (auto then = std::exchange(connected_, {})) then(std::nullopt);
}

void mllp_sender::write(std::string_view message) {
  state_ = state::asked;
  failure_.sent = ports::left::perhaps; // from here on the socket may take some of it
  due_ = now() + static_cast<uint64_t>(answer_within_.count());
  deadline_.set(answer_within_);
  link_->put(message);
}

void mllp_sender::read(std::string_view bytes) {
  if (state_ == state::failing) return;
  if (decoder_.at_end_mark() && state_ == state::asked) deadline_.set(left_until(due_));
  decoder_.feed(bytes, events_);
  after_reading();
}

/// An end is also the end of a frame whose 0x0D is missing.
void mllp_sender::no_more_bytes() {
  decoder_.settle(events_);
  std::exchange(link_, nullptr)->let_go();
  if (reply_) after_reading();
  else link_ended(no_answer::broken, {});
}

void mllp_sender::after_reading() {
  if (too_large_) return give_up(no_answer::too_large, "the reply is too large");
  if (state_ != state::asked) return;
  if (!reply_) {
    if (decoder_.at_end_mark()) deadline_.set(std::min(silence, left_until(due_)));
    return;
  }
  state_ = link_ ? state::idle : state::away;
  deadline_.clear();
  auto reply = std::move(*reply_);
  reply_.reset();
  std::exchange(heard_, {})(std::move(reply)); // the last: it may destroy us
}

/// The connection is gone, not by our will. Without a text the other side has closed it.
void mllp_sender::link_ended(no_answer why, const std::string& text) {
  const std::string reason = text.empty() ? "the server closed the connection" : text;
  if (state_ == state::connecting)
    address_failed(why == no_answer::broken ? no_answer::not_connected : why, reason);
  else if (state_ == state::asked) give_up(why, reason);
  else state_ = state::away;
}

void mllp_sender::give_up(no_answer why, std::string text) {
  let_go();
  if (!heard_ && !connected_) return;
  failure_.why = why;
  failure_.text = std::move(text);
  state_ = state::failing;
  deadline_.set(milliseconds(0));
}

void mllp_sender::time_passed() {
  switch (state_) {
    case state::failing: return report();
    case state::looking_up: return give_up(no_answer::name_unknown, "no address in time");
    case state::connecting:
      std::exchange(link_, nullptr)->let_go();
      return address_failed(no_answer::not_connected, "no connection in time");
    case state::asked:
      if (decoder_.at_end_mark()) {
        decoder_.settle(events_);
        return after_reading();
      }
      return give_up(no_answer::late, "no answer in time");
    default: return;
  }
}

void mllp_sender::report() {
  state_ = state::away;
  if (auto then = std::exchange(connected_, {})) return then(std::move(failure_));
  if (auto then = std::exchange(heard_, {})) then(std::move(failure_));
}

void mllp_sender::let_go() {
  lookup_.forget();
  reply_.reset();
  state_ = state::away;
  deadline_.clear();
  if (auto* gone = std::exchange(link_, nullptr)) gone->let_go();
}

void mllp_sender::drop() {
  heard_ = {};
  connected_ = {};
  let_go();
}

} // namespace aorta::net
