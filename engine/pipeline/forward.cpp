// FORWARDER: to whom the message is passed on, under which control id and in whose order. The rows are
// written with its filing.
#include "engine/pipeline/forward.hpp"

#include "engine/pipeline/stage.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/webhook_mail.hpp"

#include <algorithm>

#include <cstdlib>

namespace aorta::pipeline {
namespace {

/// 20 characters, as many as MSH-10 may have before v2.7: 45 bits of milliseconds and 55 of chance.
std::string new_control_id(const uuid& from) {
  constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  uint64_t when = 0, chance = 0;
  for (size_t i = 0; i < 6; ++i) when = when << 8 | from.bytes[i];
  for (size_t i = 8; i < 16; ++i) chance = chance << 8 | from.bytes[i];
  std::string out;
  for (int shift = 40; shift >= 0; shift -= 5) out += digits[when >> shift & 31];
  for (int shift = 50; shift >= 0; shift -= 5) out += digits[chance >> shift & 31];
  return out;
}

class forwarder final : public step {
public:
  explicit forwarder(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    mail.forwards.clear();
    const bool again = mail.how == ports::filing::mode::again;
    for (const auto& to : route_.destinations)
      if (!again || (!to.forward_unmatched && stood_under_nobody(mail)))
        mail.forwards.push_back(to_be_sent(mail, to)); // whether it waits is known with its filing
  }

private:
  /// Who looks at a message again passes nothing on again: only what was held back until its patient is
  /// found.
  static bool stood_under_nobody(const envelope& mail) noexcept {
    return mail.act && !mail.act->patient_seen;
  }

  ports::forward to_be_sent(const envelope& mail, const config::destination& to) const {
    const auto id = route_.ids->next(mail.received_at);
    ports::forward out;
    out.destination = to.name;
    out.key = key_of(mail, to.key);
    out.part = uint32_t(
      std::abs((out.key != 0 ? out.key : stable_hash(to_text(id))) % int64_t{to.partitions}));
    out.control_id = to.keep_control_id ? std::string(mail.header.control_id) : new_control_id(id);
    out.body = mail.edited;
    out.matched_only = !to.forward_unmatched;
    return out;
  }

  /// Whose order: of the patient's first identifier (else name), as lanes are chosen by it.
  static int64_t key_of(const envelope& mail, delivery::order_by how) {
    if (how == delivery::order_by::none) return 0;
    if (how == delivery::order_by::all) return 1;
    return patient_key(*mail.message);
  }

  const route& route_;
};

} // namespace

middle forward() {
  return {{.name = "forward", .needs = part::message, .make = [](const route& of) -> std::unique_ptr<step> {
             return std::make_unique<forwarder>(of);
           }}};
}

result<ports::forward> forward_again(const route& of, std::string bytes, const config::destination& to) {
  route with = of;
  with.destinations = {to};
  with.destinations.front().forward_unmatched = true; // a person asks for it
  with.tell = nullptr;
  envelope mail;
  mail.bytes = std::move(bytes);
  mail.received_at = of.clock->now();
  if (!of.how.from.empty() && has_no_header(of.how.from.front())) mail.listener = of.how.from.front();
  if (const auto header = read_header(mail); !header) return header.error();
  std::vector<stage> stages{is_webhook(mail.listener)  ? stage(parse_json())
                              : is_file(mail.listener) ? stage(parse_file())
                                                       : stage(parse())};
  if (std::find(of.how.chain.begin(), of.how.chain.end(), "edit") != of.how.chain.end())
    stages.push_back(edit_message());
  stages.push_back(forward());
  for (const auto& each : stages) work(each, *std::get<step_maker>(each.make)(with), mail);
  if (mail.trouble()) return *mail.trouble();
  if (mail.held) return *mail.held;
  return std::move(mail.forwards.at(0));
}

} // namespace aorta::pipeline
