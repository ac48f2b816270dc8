#include "engine/net/http/http_reader.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/optional/optional.hpp>
#include <cctype>
#include <utility>

namespace aorta::net {

namespace http = boost::beast::http;

namespace {

/// A body that grows with what has come, whatever Content-Length promises.
struct growing_body {
  using value_type = std::string;
  static uint64_t size(const value_type& body) { return body.size(); }

  class reader {
  public:
    template <bool is_request, class fields>
    reader(http::header<is_request, fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>& length, boost::beast::error_code& failed) {
      constexpr uint64_t at_first = 64 * 1024;
      if (length) body_.reserve(std::min(*length, at_first));
      failed = {};
    }
    template <class buffers>
    size_t put(const buffers& from, boost::beast::error_code& failed) {
      size_t size = 0;
      for (auto at = boost::asio::buffer_sequence_begin(from); at != boost::asio::buffer_sequence_end(from);
           ++at) {
        const boost::asio::const_buffer bytes = *at;
        body_.append(static_cast<const char*>(bytes.data()), bytes.size());
        size += bytes.size();
      }
      failed = {};
      return size;
    }
    void finish(boost::beast::error_code& failed) { failed = {}; }

  private:
    value_type& body_;
  };
};

bool known(http::verb method) {
  constexpr std::array all{http::verb::get,   http::verb::head,    http::verb::post,   http::verb::put,
                           http::verb::patch, http::verb::delete_, http::verb::options};
  return std::find(all.begin(), all.end(), method) != all.end();
}

/// Lines end in CR LF and nothing else, none is folded, none holds a NUL.
bool clean_lines(std::string_view head) {
  for (size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    if (c == '\0') return false;
    if (c == '\n' && (i == 0 || head[i - 1] != '\r')) return false;
    if (c == '\r' && (i + 1 == head.size() || head[i + 1] != '\n')) return false;
    if (c == '\n' && i + 1 < head.size() && (head[i + 1] == ' ' || head[i + 1] == '\t')) return false;
  }
  return true;
}

struct header_count {
  size_t times = 0;
  std::string_view value;
};

header_count count(const http_request& request, std::string_view name) {
  header_count found;
  for (const auto& [key, value] : request.headers)
    if (key == name) {
      ++found.times;
      found.value = value;
    }
  return found;
}

/// The path and query of a target in absolute form (`http://host/path`), which every server must take.
void make_origin_form(std::string& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower(target.substr(0, scheme.size())) != scheme) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    target = path == std::string::npos ? "/" : target.substr(path);
    if (target.front() == '?') target.insert(0, 1, '/');
  }
}

} // namespace

struct http_reader::parser {
  http::request_parser<growing_body> beast;
};

std::string_view http_request::header(std::string_view lower_case_name) const noexcept {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

http_reader::http_reader(uint32_t max_header_bytes, uint32_t max_body_bytes)
    : max_header_bytes_(max_header_bytes),
      max_body_bytes_(max_body_bytes) {}

http_reader::~http_reader() = default;

size_t http_reader::feed(std::string_view bytes) {
  size_t used = 0;
  if (state_ == state::waiting) { // empty lines in front of a request are skipped (RFC 9112 2.2)
    while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
    if (used < bytes.size()) state_ = state::head;
  }
  if (state_ == state::head) used += feed_head(bytes.substr(used));
  if (state_ == state::body) used += feed_body(bytes.substr(used));
  return used;
}

size_t http_reader::feed_head(std::string_view bytes) {
  constexpr std::string_view end = "\r\n\r\n";
  const size_t before = held_.size();
  const size_t room = max_header_bytes_ - before;
  held_ += bytes.substr(0, room);
  const auto at = held_.find(end, before < end.size() ? 0 : before - (end.size() - 1));
  if (at == std::string::npos) {
    // A bare line feed is told at once: its sender would wait for an answer to what it thinks complete.
    if (held_.find("\n\n", before < 2 ? 0 : before - 1) != std::string::npos)
      refuse(400, "bad-request", "lines must end in CR LF");
    else if (held_.size() >= max_header_bytes_) refuse(431, "header-too-large", "the header is too large");
    return bytes.size();
  }
  held_.resize(at + end.size());
  const size_t used = held_.size() - before;
  head_complete();
  return used;
}

void http_reader::head_complete() {
  const std::string head = std::exchange(held_, {});
  if (!clean_lines(std::string_view(head).substr(0, head.size() - 2)))
    return refuse(400, "bad-request", "the header holds folded lines or control characters");
  parser_ = std::make_unique<parser>();
  auto& beast = parser_->beast;
  beast.header_limit(max_header_bytes_ + 1);
  beast.body_limit(max_body_bytes_);
  beast.eager(false);
  boost::beast::error_code failed;
  beast.put(boost::asio::buffer(head), failed);
  if (failed == http::error::need_more) failed = {};
  if (failed == http::error::bad_version)
    return refuse(505, "http-version-not-supported", "only HTTP/1.1 and HTTP/1.0 are spoken here");
  if (failed == http::error::body_limit) return refuse(413, "body-too-large", "the body is too large");
  if (failed || !beast.is_header_done()) return refuse(400, "bad-request", "the request cannot be read");
  if (!check_head()) return;
  beast.eager(true);
  state_ = beast.is_done() ? state::complete : state::body;
  if (state_ == state::complete) return;
  continue_wanted_ = !old_version_ && count(request_, "expect").times > 0;
}

/// Copies the header out and refuses what could be understood in two ways.
bool http_reader::check_head() {
  const auto& message = parser_->beast.get();
  request_ = {};
  request_.method = std::string(message.method_string());
  request_.target = std::string(message.target());
  for (const auto& field : message)
    request_.headers.emplace_back(lower(field.name_string()), trimmed(field.value(), blanks));
  old_version_ = message.version() < 11;
  keep_alive_ = parser_->beast.keep_alive();
  is_head_ = message.method() == http::verb::head;

  const auto bad = [this](const char* why) {
    refuse(400, "bad-request", why);
    return false;
  };
  if (!known(message.method())) {
    refuse(501, "method-not-implemented", "this method is not implemented");
    return false;
  }
  const auto coding = count(request_, "transfer-encoding"), length = count(request_, "content-length");
  if (coding.times > 0 && (coding.times > 1 || old_version_ || lower(coding.value) != "chunked"))
    return bad("Transfer-Encoding must be chunked");
  if (coding.times > 0 && length.times > 0)
    return bad("Content-Length and Transfer-Encoding exclude each other");
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (length.times > 1 ||
      (length.times == 1 && !std::all_of(length.value.begin(), length.value.end(), digit)))
    return bad("Content-Length must be one number");
  if (count(request_, "host").times != 1 && (!old_version_ || count(request_, "host").times > 1))
    return bad("there must be one Host");
  if (const auto expect = count(request_, "expect");
      expect.times > 0 && lower(expect.value) != "100-continue") {
    refuse(417, "expectation-failed", "only 100-continue can be expected");
    return false;
  }
  make_origin_form(request_.target);
  const bool whole_server = request_.target == "*" && message.method() == http::verb::options;
  if (request_.target.front() != '/' && !whole_server) return bad("the target must be a path");
  return true;
}

size_t http_reader::feed_body(std::string_view bytes) {
  auto& beast = parser_->beast;
  const size_t before = held_.size();
  if (before > 0) bytes = std::string_view(held_ += bytes);
  boost::beast::error_code failed;
  const size_t used = beast.put(boost::asio::buffer(bytes.data(), bytes.size()), failed);
  if (beast.is_done() && !failed) {
    held_ = {};
    request_.body = std::move(beast.get().body());
    parser_.reset();
    state_ = state::complete;
    return used - before;
  }
  const size_t taken = bytes.size() - before;
  if (failed && failed != http::error::need_more) {
    if (failed == http::error::body_limit) refuse(413, "body-too-large", "the body is too large");
    else refuse(400, "bad-request", "the body's framing cannot be read");
    return taken;
  }
  std::string rest(bytes.substr(used)); // a piece of a chunk's line or of the trailer
  held_ = std::move(rest);
  if (held_.size() > max_header_bytes_)
    refuse(400, "bad-request", "a chunk's line or the trailer is too long");
  return taken;
}

http_request http_reader::take() {
  state_ = state::waiting;
  parser_.reset();
  return std::exchange(request_, {});
}

bool http_reader::may_exceed(size_t bytes) const noexcept {
  if (state_ != state::body || !parser_) return false;
  const auto told = parser_->beast.content_length();
  return !told || *told > bytes; // chunked: nobody knows
}

size_t http_reader::body_bytes() const noexcept {
  return parser_ && state_ == state::body ? parser_->beast.get().body().size() : request_.body.size();
}

bool http_reader::must_continue() noexcept {
  return std::exchange(continue_wanted_, false) && state_ == state::body;
}

void http_reader::refuse(int status, const char* code, const char* message) {
  state_ = state::refused;
  keep_alive_ = false;
  refusal_ = {status, code, message};
  parser_.reset();
  held_ = {};
}

} // namespace aorta::net
