#include "engine/gateway/console_front.hpp"

#include "engine/gateway/http_call.hpp"
#include "engine/net/http/gzip.hpp"

#include <openssl/sha.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>

namespace aorta::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view console_path = "/console/";
/// Scripts and styles are files of ours alone, and nobody frames the page.
constexpr std::string_view policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
  "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
constexpr std::string_view not_built =
  "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>aorta</title><h1>The console was not built</h1>"
  "<p>It is built where npm is installed, and stands beside the program or in share/aorta/console.</p></html>";

struct console_file {
  std::string content, packed, type, tag;
};
using console_files = std::map<std::string, console_file, std::less<>>;

constexpr std::pair<std::string_view, std::string_view> known_types[] = {
  {"index.html", "text/html; charset=utf-8"},
  {"main.js", "text/javascript; charset=utf-8"},
  {"main.css", "text/css; charset=utf-8"}};

std::string tag_of(std::string_view content) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), hash);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  for (size_t i = 0; i < 16; ++i) out += {hex[hash[i] >> 4], hex[hash[i] & 15]};
  return out + "\"";
}

console_files read_console(const fs::path& folder) {
  console_files out;
  for (const auto& [name, type] : known_types) {
    std::ifstream in(folder / name, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || content.empty()) return {}; // all of it or nothing
    auto packed = net::gzip(content);
    auto tag = tag_of(content);
    out.emplace(name, console_file{std::move(content), std::move(packed), std::string(type), std::move(tag)});
  }
  return out;
}

net::http_response answer_console(const console_files& all, const net::http_request& request) {
  net::http_response out;
  out.headers = {{"Content-Security-Policy", std::string(policy)},
                 {"Referrer-Policy", "no-referrer"},
                 {"X-Frame-Options", "DENY"}};
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  out.content_type = "text/html; charset=utf-8";
  if (request.method != "GET") {
    out.status = 405;
    out.headers.emplace_back("Allow", "GET");
    return out;
  }
  if (path == "/" || path == "/console") {
    out.status = 302;
    out.headers.emplace_back("Location", std::string(console_path));
    return out;
  }
  if (all.empty()) {
    out.status = 404;
    out.body = not_built;
    return out;
  }
  const auto name = path.substr(console_path.size());
  const auto found = all.find(name.empty() ? "index.html" : name);
  if (found == all.end()) {
    out.status = 404;
    out.body =
      "<!doctype html><title>aorta</title><p>There is no such page: <a href=\"/console/\">console</a></p>";
    return out;
  }
  const auto& file = found->second;
  out.content_type = file.type;
  out.headers.emplace_back("Cache-Control", "no-cache"); // asked each time, by its tag
  out.headers.emplace_back("ETag", file.tag);
  out.headers.emplace_back("Vary", "Accept-Encoding");
  if (request.header("if-none-match").find(file.tag) != std::string_view::npos) {
    out.status = 304;
    return out;
  }
  const bool packs = net::takes_gzip(request.header("accept-encoding"));
  out.body = packs ? file.packed : file.content;
  if (packs) out.headers.emplace_back("Content-Encoding", "gzip");
  return out;
}

struct console_call final : http_call {
  void answer_late() const override {}
};

} // namespace

bool is_console_target(std::string_view target) noexcept {
  const auto path = target.substr(0, target.find('?'));
  return path == "/" || path == "/console" || path.starts_with(console_path);
}

net::http_handler console_front(const fs::path& folder, telemetry::metrics& metrics) {
  return [all = std::make_shared<const console_files>(read_console(folder)),
          &metrics](net::http_request&& request, net::http_respond respond) {
    console_call call;
    call.respond = std::move(respond);
    call.send(answer_console(*all, request), metrics, console_path, request.method);
  };
}

fs::path console_folder() {
  std::error_code fault;
  const auto self = fs::read_symlink("/proc/self/exe", fault);
  if (fault) return "console";
  const auto beside = self.parent_path() / "console";
  const auto installed = self.parent_path().parent_path() / "share/aorta/console";
  return fs::exists(installed, fault) && !fs::exists(beside, fault) ? installed : beside;
}

} // namespace aorta::gateway
