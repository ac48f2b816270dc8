// MAPPER of messages that change the clinic's records field by field: one step for all their kinds.
#pragma once

#include "engine/lab/notice_reader.hpp"
#include "engine/pipeline/stage.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <memory>
#include <utility>

namespace aorta::pipeline {

/// `read` gives what `Payload` has as `says`.
template <class Payload, auto read>
class told_mapper final : public step {
public:
  explicit told_mapper(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    auto payload = std::make_shared<Payload>();
    payload->time_zone = route_.how.time_zone;
    if constexpr (requires { payload->may_create; }) payload->may_create = route_.how.create;
    auto told = read(*mail.message, {route_.how.clinic, route_.how.charset, route_.how.time_zone});
    if (!told) return mail.fail(told.error());
    payload->says = std::move(*told);
    mail.payload = std::move(payload);
  }

private:
  const route& route_;
};

template <class Payload, auto read>
middle map_told(std::string_view name) {
  return {{.name = name,
           .needs = part::message,
           .gives = part::claims,
           .make = [](const route& of) -> std::unique_ptr<step> {
             return std::make_unique<told_mapper<Payload, read>>(of);
           }}};
}

} // namespace aorta::pipeline
