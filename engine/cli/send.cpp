// `aorta send`: an MLLP client that prints each ACK, or the figures of a load.
#include "engine/cli/commands.hpp"
#include "engine/cli/messages.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/hl7/enhanced.hpp"
#include "engine/hl7/message.hpp"
#include "engine/net/mllp/mllp_load.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>
#include <unistd.h>

namespace aorta::cli {
namespace {

/// The text around the places that a load numbers anew: MSH-10 and the filler numbers (ORC-3, OBR-3).
struct numbered_message {
  std::vector<std::string> pieces;

  explicit numbered_message(const std::string& bytes, bool renumber) {
    size_t from = 0;
    const auto cut_after = [&](std::string_view raw) {
      const auto end = size_t(raw.data() + raw.size() - bytes.data());
      pieces.push_back(bytes.substr(from, end - from));
      from = end;
    };
    if (auto parsed = hl7::parse(bytes); renumber && parsed)
      for (size_t i = 0; i < parsed->segments(); ++i) {
        const auto segment = parsed->segment(i);
        if (segment.name() == "MSH" && segment.get(10, 1)) cut_after(segment.get(10, 1).raw);
        if ((segment.name() == "ORC" || segment.name() == "OBR") && segment.get(3, 1, 1))
          cut_after(segment.get(3, 1, 1).raw);
      }
    pieces.push_back(bytes.substr(from));
  }

  std::string text(const std::string& number) const {
    std::string out;
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (i > 0) out += number;
      out += pieces[i];
    }
    return out;
  }
};

/// MSH-15 and MSH-16 ask for no acknowledgement at all.
bool asks_for_none(const std::string& bytes) {
  const auto parsed = hl7::parse(bytes);
  const auto asked = parsed ? hl7::asked_acks(*parsed) : std::nullopt;
  using enum hl7::ack_condition;
  return asked && asked->accept == never && asked->application == never;
}

void print_reply(const std::string& reply) {
  std::string lines = reply;
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  if (lines.empty() || lines.back() != '\n') lines += '\n';
  std::fputs(lines.c_str(), stdout);
}

void print_figures(const net::send_figures& got, bool json) {
  if (!json) {
    const auto as_asked = got.not_asked > 0
      ? " (" + std::to_string(got.not_asked) + " of them ask for no answer)"
      : "";
    std::printf(
      "%llu sent, %llu accepted, %llu refused, %llu unanswered%s in %.3f s: %.0f messages/s; ACK after p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms\n",
      static_cast<unsigned long long>(got.sent), static_cast<unsigned long long>(got.accepted),
      static_cast<unsigned long long>(got.refused), static_cast<unsigned long long>(got.unanswered),
      as_asked.c_str(), got.seconds, got.per_second, got.p50_ms, got.p90_ms, got.p99_ms, got.max_ms);
    return;
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  const auto number = [&](const char* key, double value) {
    out.Key(key);
    out.Double(value);
  };
  const auto count = [&](const char* key, uint64_t value) {
    out.Key(key);
    out.Uint64(value);
  };
  out.StartObject();
  count("sent", got.sent);
  count("accepted", got.accepted);
  count("refused", got.refused);
  count("unanswered", got.unanswered);
  number("seconds", got.seconds);
  number("messages_per_second", got.per_second);
  number("p50_ms", got.p50_ms);
  number("p90_ms", got.p90_ms);
  number("p99_ms", got.p99_ms);
  number("max_ms", got.max_ms);
  out.EndObject();
  std::puts(buffer.GetString());
}

} // namespace

int send(const send_options& how) {
  net::send_plan plan;
  const auto colon = how.target.rfind(':');
  unsigned port = 0;
  if (colon != std::string::npos)
    std::from_chars(how.target.data() + colon + 1, how.target.data() + how.target.size(), port);
  if (colon == 0 || colon == std::string::npos || port == 0 || port > 65535)
    return fail("the target is HOST:PORT, not '" + how.target + "'");
  plan.host = how.target.substr(0, colon);
  plan.port = uint16_t(port);
  std::vector<numbered_message> messages;
  std::vector<bool> silent; // of each: asks for no acknowledgement
  const auto given = read_messages(how.files, reading::messages);
  if (!given) return fail(given.error().text);
  for (const auto& each : *given) {
    messages.emplace_back(each.bytes, how.renumber);
    silent.push_back(asks_for_none(each.bytes));
    if (!each.note.empty()) std::fprintf(stderr, "%s: %s\n", each.name.c_str(), each.note.c_str());
  }
  const std::string run = "-" + std::to_string(std::random_device{}() % 1'000'000) + "-";
  const uint64_t repeat = std::max<uint64_t>(1, how.repeat);
  plan.count = repeat * messages.size();
  plan.connections = how.connections;
  plan.rate = how.rate;
  using trust = ports::tls_rules::trust; // without a CA the command tries out whoever is there
  if (how.tls)
    plan.tls = {how.tls_ca, how.tls_cert, how.tls_key,
                how.tls_ca.empty() ? trust::anyone : trust::authorities};
  plan.message = [&](uint64_t n) { return messages[n % messages.size()].text(run + std::to_string(n)); };
  plan.asks_for_none = [&](uint64_t n) { return silent[n % silent.size()]; };
  const bool show = plan.count <= 1000 && !how.json;
  const auto file_of = [&](uint64_t n) { return (*given)[n % given->size()].name; };
  const bool several = plan.count > 1;
  if (show)
    plan.answered = [&](uint64_t n, const std::string& reply) {
      if (several) std::printf("%s\n", file_of(n).c_str());
      print_reply(reply);
    };
  if (show)
    plan.given_up = [&](uint64_t n, const std::string& reason) {
      std::fprintf(stderr, "%s: no answer%s: %s\n", file_of(n).c_str(),
                   silent[n % silent.size()] ? ", and it asks for none (MSH-15, MSH-16)" : "",
                   reason.c_str());
    };
  const auto got = net::send_all(plan);
  if (!got) return fail(got.error().text);
  if (plan.count > 1 || how.json) print_figures(*got, how.json);
  return got->accepted + got->not_asked == plan.count ? 0 : 1;
}

} // namespace aorta::cli
