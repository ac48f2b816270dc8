// MAPPER: what a message says of an appointment.
#include "engine/pipeline/appointment_payload.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class mapper final : public step {
public:
  explicit mapper(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    auto payload = std::make_shared<appointment_payload>();
    payload->time_zone = route_.how.time_zone;
    auto read = appointment::read(*mail.message,
                                  {route_.how.clinic, route_.how.charset, route_.how.time_zone});
    if (!read) return mail.fail(read.error());
    payload->says = std::move(*read);
    mail.payload = std::move(payload);
  }

private:
  const route& route_;
};

} // namespace

middle map_appointment() {
  return {{.name = "map-appointment",
           .needs = part::message,
           .gives = part::claims,
           .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<mapper>(of); }}};
}

} // namespace aorta::pipeline
