// One HTTP request of ours: look up, check, connect, ask, take the answer.
#pragma once

#include "engine/net/http/curl_multi.hpp"
#include "engine/net/loop/name_lookup.hpp"
#include "engine/net/loop/reach.hpp"
#include "engine/ports/outbound.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::net {

/// Ends itself through `over`, which is the last it does and may destroy it.
class http_transfer final : public curl_user {
public:
  using outcome = ports::http_outbound::outcome;
  using ended = std::function<void(http_transfer&, outcome)>;

  http_transfer(curl_multi& by, uv_loop_t* on, ports::http_call what, ports::http_outbound::heard then,
                ended over);
  ~http_transfer() override;
  void start();                                       ///< `over` is called later, never from within
  void tell(outcome what) { then_(std::move(what)); } ///< to who asked
  void finished(CURLcode how) override;

private:
  struct free_easy {
    void operator()(CURL* one) const noexcept { curl_easy_cleanup(one); }
  };
  struct free_list {
    void operator()(curl_slist* one) const noexcept { curl_slist_free_all(one); }
  };
  struct free_url {
    void operator()(CURLU* one) const noexcept { curl_url_cleanup(one); }
  };

  status read_call();
  status read_url();
  status read_headers();
  void addresses_found(std::vector<socket_address> all);
  void try_next_address();
  void set_options(const socket_address& to);
  void set_request();
  void set_tls();
  void address_failed(ports::no_answer why, std::string text);
  bool about_to_ask();
  size_t header(std::string_view line);
  size_t body(std::string_view some);
  void time_passed();
  void give_up(ports::no_answer why, std::string text);
  void let_go();
  void end(outcome what);
  ports::unanswered what_went_wrong(CURLcode how) const;
  unsigned last_status() const; ///< of the last head
  uint64_t time_left() const;   ///< milliseconds to connect

  curl_multi& multi_;
  uv_loop_t* loop_;
  ports::http_call call_;
  ports::http_outbound::heard then_;
  ended over_;
  deadline deadline_;
  name_lookup lookup_;
  std::unique_ptr<CURLU, free_url> url_;
  std::string host_;
  uint16_t port_ = 0;
  std::unique_ptr<curl_slist, free_list> headers_, connect_to_;
  std::unique_ptr<CURL, free_easy> easy_;
  std::vector<socket_address> addresses_;
  size_t next_address_ = 0;
  uint64_t due_ = 0; ///< milliseconds of the loop: of the connection
  bool asked_ = false, head_whole_ = false, too_large_ = false, failed_ = false;
  outcome failure_; ///< or the status, where that was all that was asked for
  ports::http_answer answer_;
  size_t header_bytes_ = 0;
  char reason_[CURL_ERROR_SIZE] = "";
};

} // namespace aorta::net
