#include "engine/net/http/curl_multi.hpp"

#include <mutex>
#include <new>
#include <utility>

namespace aorta::net {

namespace {

constexpr long most_kept_connections = 64;

CURLM* new_multi() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  auto* made = curl_multi_init();
  if (!made) throw std::bad_alloc();
  return made;
}

} // namespace

/// One of libcurl's sockets. libcurl closes the socket itself, after it has said that it wants no more.
struct curl_multi::watch final : handle_owner {
  watch(curl_multi& whose, curl_socket_t of) : owner(&whose), socket(of) {
    uv_poll_init_socket(whose.loop_, &poll, of);
    poll.data = static_cast<handle_owner*>(this);
  }
  void want(int events) {
    uv_poll_start(&poll, events, [](uv_poll_t* of, int failed, int what) {
      auto* self = static_cast<watch*>(static_cast<handle_owner*>(of->data));
      const int seen = failed < 0
        ? CURL_CSELECT_ERR
        : (what & UV_READABLE ? CURL_CSELECT_IN : 0) | (what & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
      if (self->owner) self->owner->act(self->socket, seen);
    });
  }
  void close() {
    owner = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll),
             [](uv_handle_t* of) { delete static_cast<watch*>(static_cast<handle_owner*>(of->data)); });
  }
  void loop_ends() override {
    if (owner) owner->watches_.erase(socket);
    close();
  }

  curl_multi* owner;
  curl_socket_t socket;
  uv_poll_t poll;
};

curl_multi::curl_multi(uv_loop_t* on)
    : loop_(on),
      multi_(new_multi()),
      deadline_(on, [this] { act(CURL_SOCKET_TIMEOUT, 0); }) {
  const curl_socket_callback on_socket = [](CURL*, curl_socket_t socket, int what, void* self, void*) {
    return static_cast<curl_multi*>(self)->want(socket, what);
  };
  const curl_multi_timer_callback on_timer = [](CURLM*, long milliseconds, void* self) {
    auto& timer = static_cast<curl_multi*>(self)->deadline_;
    if (milliseconds < 0) timer.clear();
    else timer.set(std::chrono::milliseconds(milliseconds));
    return 0;
  };
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most_kept_connections);
}

curl_multi::~curl_multi() {
  *alive_ = false;
  curl_multi_cleanup(multi_);
  for (const auto& [socket, one] : std::exchange(watches_, {})) one->close();
}

void curl_multi::add(CURL* one, curl_user& whose) {
  curl_easy_setopt(one, CURLOPT_PRIVATE, &whose);
  curl_multi_add_handle(multi_, one);
}

void curl_multi::remove(CURL* one) { curl_multi_remove_handle(multi_, one); }

int curl_multi::want(curl_socket_t socket, int what) {
  const auto known = watches_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (known == watches_.end()) return 0;
    known->second->close();
    watches_.erase(known);
    return 0;
  }
  if (deadline_.loop_ended()) return 0;
  auto* one = known != watches_.end() ? known->second : new watch(*this, socket);
  watches_[socket] = one;
  one->want((what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
  return 0;
}

void curl_multi::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  const auto alive = alive_;
  int others = 0;
  while (*alive) {
    const auto* message = curl_multi_info_read(multi_, &others);
    if (!message) return;
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode how = message->data.result;
    void* whose = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &whose);
    static_cast<curl_user*>(whose)->finished(how);
  }
}

} // namespace aorta::net
