// The asking side of HTTP/1.1, on libcurl.
#pragma once

#include "engine/net/http/curl_multi.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/ports/outbound.hpp"

#include <memory>
#include <unordered_map>

namespace aorta::net {

class http_transfer;

/// `http_outbound` on the loop. Lives on the loop's thread; may be destroyed in its own callbacks, and after
/// the loop. A name's addresses are checked before the first of them is connected to, and it is these that
/// are connected to. Connections are kept for later calls to the same address under the same name and rules.
class http_client final : public ports::http_outbound {
public:
  explicit http_client(loop& on);
  ~http_client() override;
  void send(ports::http_call call, heard then) override;

private:
  void ended(http_transfer& one, outcome what);

  uv_loop_t* loop_;
  curl_multi multi_;
  std::unordered_map<http_transfer*, std::unique_ptr<http_transfer>> open_;
};

} // namespace aorta::net
