// FILE-PARSER: rows of a laboratory's file, as the message that its profile's [csv] makes of them, and the
// patient's lane.
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class file_parser final : public step {
public:
  explicit file_parser(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    if (mail.refusal) return;
    const auto& from = *route_.profiles.at(0);
    if (!from.csv)
      return mail.fail({error_code::unknown_key, "", "the laboratory's profile has no [csv] any more"});
    const auto report = lab::report_of_part(*from.csv, from.code, mail.bytes);
    if (!report) return mail.fail(report.error());
    auto text = lab::oru_text(*report,
                              {from.code, route_.how.clinic, name_of_part(mail.bytes),
                               lab::message_time(mail.received_at, from.time_zone)});
    if (const auto stands = stand_as(mail, std::move(text)); !stands) return mail.fail(stands.error());
    mail.lane = lane_of(*mail.message, route_.how.lanes);
    if (mail.how == ports::filing::mode::first && is_given_again(mail.bytes))
      mail.held = error{
        error_code::rejected, "",
        "the same rows were filed before, and what stands now came later: reprocess this message if "
        "they count again"};
  }

private:
  const route& route_;
};

} // namespace

entry parse_file() {
  return {
    {.name = "parse-file", .gives = part::message, .make = [](const route& of) -> std::unique_ptr<step> {
       return std::make_unique<file_parser>(of);
     }}};
}

} // namespace aorta::pipeline
