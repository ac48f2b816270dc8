// `aorta gesy simulate`: the national system's simulator on a socket.
#include "engine/cli/commands.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/config/gesy_script.hpp"
#include "engine/gesy/simulator.hpp"
#include "engine/net/http/http_server.hpp"

#include <csignal>
#include <cstdio>
#include <vector>

namespace aorta::cli {
namespace {

net::http_response answer_of(const gesy::simulated& said) {
  net::http_response out;
  out.status = int(said.status);
  out.content_type = said.media_type;
  out.body = said.body;
  if (said.retry_after) out.headers.emplace_back("Retry-After", std::to_string(said.retry_after->count()));
  out.drops = said.is == gesy::simulated::end::cut;
  return out;
}

class served {
public:
  served(gesy::simulator& is, std::string below) : is_(is), below_(std::move(below)) {}

  void hear(net::http_request&& request, net::http_respond respond) {
    if (request.target.starts_with("/_")) return respond(control(request));
    gesy::simulator::request asked;
    asked.method = request.method;
    asked.target = request.target.starts_with(below_) ? request.target.substr(below_.size()) : request.target;
    asked.authorization = request.header("authorization");
    asked.once = request.header("idempotency-key");
    asked.body = std::move(request.body);
    const auto said = is_.hear(asked, clock_.now());
    if (said.is == gesy::simulated::end::stalled) return silent_.push_back(std::move(respond));
    if (!said.delay) return respond(answer_of(said));
    slow_.push_back({std::chrono::steady_clock::now() + *said.delay, answer_of(said), std::move(respond)});
  }

  void tick() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(slow_, [&](auto& each) {
      if (each.at > now) return false;
      each.respond(std::move(each.what));
      return true;
    });
  }

private:
  struct slow {
    std::chrono::steady_clock::time_point at;
    net::http_response what;
    net::http_respond respond;
  };

  /// Of whoever tries things out: a script, and what was stored.
  net::http_response control(const net::http_request& request) {
    net::http_response out;
    if (request.target == "/_script" && request.method == "POST") {
      const auto faults = config::read_gesy_script(request.body, "body");
      is_.calm();
      if (faults)
        for (const auto& each : *faults) is_.add(each);
      out.status = faults ? 204 : 400;
      out.content_type = "text/plain; charset=utf-8";
      if (!faults) out.body = faults.error().where + ": " + faults.error().text + "\n";
    } else if (request.target == "/_claims") {
      for (const auto& each : is_.references()) out.body += (out.body.empty() ? "[\"" : ",\"") + each + "\"";
      out.body = out.body.empty() ? "[]" : out.body + "]";
    } else {
      out.status = 404;
    }
    return out;
  }

  gesy::simulator& is_;
  std::string below_;
  system_clock_source clock_;
  std::vector<slow> slow_;
  std::vector<net::http_respond> silent_; ///< never answered
};

} // namespace

int gesy_simulate(const gesy_options& how) {
  const auto place = config::read_endpoint(how.listen);
  if (!place) return fail("--listen is '" + how.listen + "', which is not host:port, as in 127.0.0.1:8090");
  gesy::simulator::how by;
  by.seed = how.seed;
  by.pace = std::chrono::seconds(how.pace_seconds);
  by.takes_once = by.knows_references = !how.forgetful;
  gesy::simulator simulator(by);
  if (!how.script.empty()) {
    const auto text = read_file(how.script);
    if (!text) return fail(why_unreadable(how.script));
    const auto faults = config::read_gesy_script(*text, how.script);
    if (!faults) return fail(faults.error().where + ": " + faults.error().text);
    for (const auto& each : *faults) simulator.add(each);
  }
  net::loop loop;
  served all(simulator, "/v1");
  net::http_server::how listens;
  listens.listen = *place;
  net::http_server server(loop, listens, [&](net::http_request&& request, net::http_respond respond) {
    all.hear(std::move(request), std::move(respond));
  });
  if (const auto good = server.start(); !good) return fail(good.error().text);
  for (const int number : {SIGTERM, SIGINT}) loop.on_signal(number, [&] { loop.stop(); });
  loop.every(50, [&] { all.tick(); });
  std::printf(
    "the simulator of Gesy listens at http://%s:%u/v1: [gesy] mode = \"sandbox\", url, plaintext and allow lead there\n",
    place->host.c_str(), unsigned(server.port()));
  std::fflush(stdout);
  loop.run();
  return 0;
}

} // namespace aorta::cli
