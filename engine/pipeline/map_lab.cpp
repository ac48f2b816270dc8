// MAPPER: what the message says, in the clinic's codes and units, by the sending laboratory's profile.
#include "engine/lab/choose.hpp"
#include "engine/lab/words.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

std::vector<lab::word> words_of(const envelope& mail) {
  std::vector<lab::word> out;
  if (!mail.act) return out;
  for (const auto& w : mail.act->words)
    out.push_back({w.position, w.is == ports::result_word::kind::rejected, w.value, w.unit, w.reason});
  return out;
}

class mapper final : public step {
public:
  explicit mapper(const route& of) : route_(of) {
    for (const auto& each : of.profiles) profiles_.push_back(each.get());
  }

  void run(envelope& mail) override {
    const auto sender = hl7::peek(*mail.message); // as it stands: an edit may have named the laboratory
    const auto* chosen = lab::choose(profiles_, sender.sending_application, sender.sending_facility);
    if (chosen == nullptr)
      return mail.fail(
        {error_code::unknown_key, "MSH-4", "no laboratory profile of this route names this sender"});
    auto payload = std::make_shared<lab_payload>();
    payload->profile = *std::find_if(route_.profiles.begin(), route_.profiles.end(),
                                     [&](const auto& each) { return each.get() == chosen; });
    mail.payload = payload;
    auto mapped = lab::map_report(*mail.message, {chosen, &route_.clinic_limits, route_.how.clinic},
                                  words_of(mail));
    if (!mapped) return mail.fail(mapped.error());
    payload->mapped.emplace(std::move(*mapped));
    if (is_file(mail.listener))
      for (auto& each : payload->mapped->results) each.entry_method = model::from_file;
  }

private:
  const route& route_;
  std::vector<const lab::profile*> profiles_;
};

} // namespace

std::optional<lab::report> report_of_held(const envelope& mail, const route& of) {
  if (!mail.held || mail.fault || mail.payload || !mail.message) return std::nullopt;
  std::vector<const lab::profile*> profiles;
  for (const auto& each : of.profiles) profiles.push_back(each.get());
  const auto sender = hl7::peek(*mail.message);
  const auto* chosen = lab::choose(profiles, sender.sending_application, sender.sending_facility);
  if (chosen == nullptr) return std::nullopt;
  try {
    auto mapped = lab::map_report(*mail.message, {chosen, &of.clinic_limits, of.how.clinic}, {});
    return mapped ? std::optional(std::move(*mapped)) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt; // it is kept for a person all the same
  }
}

middle map_lab() {
  return {{.name = "map-lab",
           .needs = part::message,
           .gives = part::claims,
           .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<mapper>(of); }}};
}

} // namespace aorta::pipeline
