#include "engine/net/loop/name_lookup.hpp"

#include <memory>
#include <netdb.h>
#include <utility>
#include <uv.h>

namespace aorta::net {

/// Kept until the resolver is done with it, whoever has lost interest meanwhile.
struct name_lookup::request {
  uv_getaddrinfo_t handle;
  name_lookup* owner;
  std::string host;
  uint16_t port;
  found then;
};

namespace {

error unknown(const std::string& host, uint16_t port, const char* why) {
  return error{error_code::invalid, "", "cannot resolve " + endpoint_text(host, port) + ": " + why};
}

} // namespace

status name_lookup::ask(uv_loop_s* on, const std::string& host, uint16_t port, found then) {
  forget();
  auto question = std::make_unique<request>(request{{}, this, host, port, std::move(then)});
  question->handle.data = question.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const auto answered = [](uv_getaddrinfo_t* of, int code, addrinfo* list) {
    const std::unique_ptr<request> asked(static_cast<request*>(of->data));
    const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> owner(list, uv_freeaddrinfo);
    if (!asked->owner) return;
    asked->owner->request_ = nullptr;
    auto all = addresses_of(list);
    if (code == 0 && !all.empty()) return asked->then(std::move(all));
    asked->then(unknown(asked->host, asked->port, code == 0 ? "no address" : uv_strerror(code)));
  };
  const int code = host.empty()
    ? UV_EINVAL
    : uv_getaddrinfo(on, &question->handle, answered, host.c_str(), std::to_string(port).c_str(), &hints);
  if (code != 0) return unknown(host, port, uv_strerror(code));
  request_ = question.release();
  return done{};
}

void name_lookup::forget() {
  if (!request_) return;
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->handle));
  std::exchange(request_, nullptr)->owner = nullptr;
}

} // namespace aorta::net
