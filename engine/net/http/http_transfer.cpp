#include "engine/net/http/http_transfer.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace aorta::net {

namespace {

using ports::no_answer;
using std::chrono::milliseconds;

constexpr size_t most_header_bytes = 64u << 10;

bool is_token(std::string_view text) { // RFC 9110, 5.6.2
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
      others.find(c) != std::string_view::npos;
  });
}

/// What says where a request begins and ends, and to whom it goes, is not for callers.
bool is_ours(std::string_view lower_name) {
  constexpr std::array<std::string_view, 6> ours{"host",       "content-length", "transfer-encoding",
                                                 "connection", "expect",         "upgrade"};
  return std::find(ours.begin(), ours.end(), lower_name) != ours.end();
}

std::string part(CURLU* of, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(of, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

no_answer reason_for(CURLcode how, bool asked) {
  switch (how) {
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND: return no_answer::settings;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT: return no_answer::not_trusted;
    case CURLE_UNSUPPORTED_PROTOCOL: // what came is not HTTP
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return no_answer::unreadable;
    default: return asked ? no_answer::broken : no_answer::not_connected;
  }
}

} // namespace

http_transfer::http_transfer(curl_multi& by, uv_loop_t* on, ports::http_call what,
                             ports::http_outbound::heard then, ended over)
    : multi_(by),
      loop_(on),
      call_(std::move(what)),
      then_(std::move(then)),
      over_(std::move(over)),
      deadline_(on, [this] { time_passed(); }) {}

http_transfer::~http_transfer() { let_go(); }

uint64_t http_transfer::time_left() const {
  const uint64_t now = uv_now(loop_);
  return due_ > now ? due_ - now : 0;
}

void http_transfer::start() {
  due_ = uv_now(loop_) + static_cast<uint64_t>(call_.connect_within.count());
  if (auto read = read_call(); !read) return give_up(no_answer::settings, read.error().text);
  if (auto address = literal_address(host_, port_)) return addresses_found({*address});
  deadline_.set(call_.connect_within);
  const auto asked = lookup_.ask(loop_, host_, port_, [this](auto found) {
    if (deadline_.loop_ended()) return;
    if (!found) return give_up(no_answer::name_unknown, found.error().text);
    addresses_found(std::move(*found));
  });
  if (!asked) give_up(no_answer::name_unknown, asked.error().text);
}

status http_transfer::read_call() {
  if (!is_token(call_.method)) return unusable("the method is no word of HTTP");
  if (auto read = read_url(); !read) return read;
  return read_headers();
}

/// libcurl's own parser, so that what is checked and what is asked cannot be two hosts.
status http_transfer::read_url() {
  url_.reset(curl_url());
  const auto code = curl_url_set(url_.get(), CURLUPART_URL, call_.url.c_str(), CURLU_DISALLOW_USER);
  const auto scheme = code == CURLUE_OK ? part(url_.get(), CURLUPART_SCHEME) : "";
  if (call_.url.find('\0') != std::string::npos || (scheme != "http" && scheme != "https"))
    return unusable("the URL is none of http or https without user and password");
  host_ = part(url_.get(), CURLUPART_HOST);
  const auto port = part(url_.get(), CURLUPART_PORT);
  std::from_chars(port.data(), port.data() + port.size(), port_);
  return done{};
}

status http_transfer::read_headers() {
  bool has_type = false;
  const auto add = [this](const std::string& line) {
    auto* grown = curl_slist_append(headers_.get(), line.c_str());
    if (!headers_) headers_.reset(grown);
  };
  for (const auto& [name, value] : call_.headers) {
    const auto known_as = lower(name);
    if (!is_token(name) || is_ours(known_as)) return unusable("header '" + name + "' cannot be set");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return unusable("header '" + name + "' holds a line end");
    has_type = has_type || known_as == "content-type";
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:"); // no second of waiting for a 100
  if (!has_type) add("Content-Type:");
  return done{};
}

/// One address that must not be reached condemns the name: an attacker would only have to ask again.
void http_transfer::addresses_found(std::vector<socket_address> all) {
  const auto rules = reach::allowing(call_.allow);
  if (!rules) return give_up(no_answer::settings, rules.error().text);
  for (const auto& one : all)
    if (!rules->permits(one))
      return give_up(no_answer::address_refused,
                     host_ + " has the address " + peer_text(one) + ", which is neither public nor allowed");
  addresses_ = std::move(all);
  try_next_address();
}

/// Each address has its share of the time that is left, so that a silent one does not use up all of it.
void http_transfer::try_next_address() {
  const auto& to = addresses_[next_address_++];
  const auto share = time_left() / (addresses_.size() - next_address_ + 1);
  easy_.reset(curl_easy_init());
  if (!easy_) return give_up(no_answer::settings, "libcurl has no memory");
  set_options(to);
  deadline_.set(milliseconds(share));
  multi_.add(easy_.get(), *this);
}

void http_transfer::set_options(const socket_address& to) {
  auto* const easy = easy_.get();
  const auto literal = endpoint_text(peer_text(to), to.port());
  connect_to_.reset(curl_slist_append(nullptr, ("::" + literal).c_str())); // whatever the name says by now
  curl_easy_setopt(easy, CURLOPT_CURLU, url_.get());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, ""); // nor one from the environment
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason_);
  const curl_prereq_callback on_connected = [](void* self, char*, char*, int, int) {
    return static_cast<http_transfer*>(self)->about_to_ask() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  };
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  const curl_write_callback on_header = [](char* text, size_t, size_t size, void* self) {
    return static_cast<http_transfer*>(self)->header({text, size});
  };
  const curl_write_callback on_body = [](char* text, size_t, size_t size, void* self) {
    return static_cast<http_transfer*>(self)->body({text, size});
  };
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  set_request();
  set_tls();
}

void http_transfer::set_request() {
  auto* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  if (call_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (call_.method == "GET" && call_.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call_.body.data()); // not copied: it stays where it is
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  }
}

void http_transfer::set_tls() {
  auto* const easy = easy_.get();
  const auto& rules = call_.tls;
  const bool check = rules.whom == ports::tls_rules::trust::authorities;
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L);
  if (!rules.ca.empty()) { // these authorities alone
    curl_easy_setopt(easy, CURLOPT_CAINFO, rules.ca.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  if (rules.cert.empty()) return;
  curl_easy_setopt(easy, CURLOPT_SSLCERT, rules.cert.c_str());
  curl_easy_setopt(easy, CURLOPT_SSLKEY, (rules.key.empty() ? rules.cert : rules.key).c_str());
}

/// The connection stands, and bytes leave after this. libcurl would repeat a request on its own when a kept
/// connection turns out dead: whether what was perhaps sent is sent again, the caller decides.
bool http_transfer::about_to_ask() {
  if (asked_) return false;
  asked_ = true;
  deadline_.set(call_.answer_within);
  return true;
}

/// An interim answer is forgotten when the next begins; what follows chunks is not looked at.
size_t http_transfer::header(std::string_view line) {
  header_bytes_ += line.size();
  too_large_ = header_bytes_ > most_header_bytes;
  if (too_large_) return 0;
  if (line.starts_with("HTTP/")) {
    answer_.headers.clear();
    head_whole_ = false;
  } else if (!head_whole_) {
    head_whole_ = trimmed(line, "\r\n").empty();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos)
      answer_.headers.emplace_back(lower(line.substr(0, colon)),
                                   std::string(trimmed(line.substr(colon + 1), blanks_and_line_ends)));
  }
  return line.size();
}

size_t http_transfer::body(std::string_view some) {
  too_large_ = some.size() > call_.most_body_bytes - answer_.body.size();
  if (too_large_) return 0;
  answer_.body += some;
  return some.size();
}

void http_transfer::finished(CURLcode how) {
  if (how != CURLE_OK) {
    auto wrong = what_went_wrong(how);
    return address_failed(wrong.why, std::move(wrong.text));
  }
  // libcurl is content with a head that the connection's end has cut.
  if (!head_whole_) return give_up(no_answer::broken, curl_easy_strerror(CURLE_PARTIAL_FILE));
  answer_.status = last_status();
  let_go();
  end(std::move(answer_));
}

unsigned http_transfer::last_status() const {
  long code = 0;
  if (easy_) curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
  return static_cast<unsigned>(code);
}

void http_transfer::end(outcome what) {
  const auto over = std::move(over_);
  over(*this, std::move(what)); // the last: it destroys us
}

/// libcurl's longer texts may hold what the server sent, so they are taken only while it has sent nothing.
ports::unanswered http_transfer::what_went_wrong(CURLcode how) const {
  if (too_large_) return {no_answer::too_large, {}, "the answer is too large"};
  if (how == CURLE_ABORTED_BY_CALLBACK) return {no_answer::broken, {}, "the kept connection was closed"};
  const bool told = !asked_ && reason_[0] != 0;
  return {reason_for(how, asked_), {}, told ? reason_ : curl_easy_strerror(how)};
}

void http_transfer::address_failed(no_answer why, std::string text) {
  if (asked_ || why == no_answer::settings || next_address_ >= addresses_.size() || time_left() == 0)
    return give_up(why, std::move(text));
  let_go();
  try_next_address();
}

void http_transfer::time_passed() {
  if (failed_) return end(std::move(failure_));
  if (asked_) return give_up(no_answer::late, "no whole answer in time");
  if (addresses_.empty()) return give_up(no_answer::name_unknown, "no address in time");
  address_failed(no_answer::not_connected, "no connection in time");
}

/// Told from the loop, never from within a call.
void http_transfer::give_up(no_answer why, std::string text) {
  constexpr unsigned first_final = 200;
  const bool told = call_.status_alone && head_whole_ && last_status() >= first_final;
  failure_ = ports::unanswered{why, asked_ ? ports::left::perhaps : ports::left::nothing, std::move(text)};
  if (told) {
    answer_.status = last_status();
    failure_ = std::move(answer_);
  }
  let_go();
  failed_ = true;
  deadline_.set(milliseconds(0));
}

void http_transfer::let_go() {
  lookup_.forget();
  deadline_.clear();
  if (!easy_) return;
  multi_.remove(easy_.get());
  easy_.reset();
}

} // namespace aorta::net
