#include "engine/gateway/http_call.hpp"

#include "engine/net/http/gzip.hpp"

namespace aorta::gateway {
namespace {

constexpr size_t worth_packing = 1024; ///< bytes; below that gzip costs more than it saves

} // namespace

void http_call::send(net::http_response reply, telemetry::metrics& counted_in, std::string_view label,
                     std::string_view method) const {
  if (answered.exchange(true)) return;
  telemetry::add(counted_in.http_requests(label, method, reply.status));
  telemetry::observe(counted_in.http_seconds(),
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (packs == packing::gzip && reply.body.size() >= worth_packing) {
    reply.body = net::gzip(reply.body);
    reply.headers.emplace_back("Content-Encoding", "gzip");
  }
  if (packs != packing::none) reply.headers.emplace_back("Vary", "Accept-Encoding");
  respond(std::move(reply));
}

} // namespace aorta::gateway
