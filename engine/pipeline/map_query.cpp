// MAPPER: what a look-up of people asks.
#include "engine/pipeline/query_payload.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class query_mapper final : public step {
public:
  explicit query_mapper(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    const auto is = query::kind_of(mail.header.type, mail.header.event);
    if (!is || mail.payload) return;
    auto payload = std::make_shared<query_payload>();
    payload->is = *is; // what was refused before is answered as a question too
    payload->time_zone = route_.how.time_zone;
    mail.payload = payload;
    if (mail.held) refuse_held(mail);
    if (!mail.ok()) return;
    auto asked = query::read(*mail.message, *is,
                             {route_.how.clinic, route_.how.charset, route_.how.time_zone});
    if (!asked) return mail.fail(asked.error());
    payload->question = std::move(*asked);
    const auto& marks = mail.message->marks(); // PID-5 is required: where it is not told, a pseudonym's place
    payload->no_name = marks.repetition + std::string(6, marks.component) + "S";
  }

private:
  /// Whoever asks waits for the answer: nobody would read it once a person has looked.
  static void refuse_held(envelope& mail) {
    auto why = *mail.held;
    mail.held.reset();
    mail.fail(std::move(why));
  }

  const route& route_;
};

} // namespace

middle map_query() {
  return {
    {.name = "map-query",
     .needs = part::message,
     .gives = part::claims,
     .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<query_mapper>(of); },
     .also_failed = true}};
}

} // namespace aorta::pipeline
