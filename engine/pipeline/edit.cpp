// EDIT: what the route's [[edit]] say, before anybody reads what the message says.
#include "engine/edit/edit.hpp"

#include "engine/lab/choose.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class editor final : public step {
public:
  explicit editor(const route& of) : route_(of) {
    for (const auto& each : of.profiles) profiles_.push_back(each.get());
  }

  void run(envelope& mail) override {
    const auto& rules = route_.how.rules;
    if (!rules || rules->edits.empty()) return;
    const auto* profile = lab::choose(profiles_, mail.header.sending_application,
                                      mail.header.sending_facility);
    edit::draft now(*mail.message, profile == nullptr ? std::string_view{} : profile->charset);
    auto did = std::make_shared<edit::account>(edit::account{
      rules,
      edit::apply(rules->edits, now, route_.explains ? edit::telling::everything : edit::telling::marks)});
    const bool changed = now.changed();
    const auto bytes = changed ? now.bytes() : std::string();
    mail.edits = did;
    if (did->came.is != edit::outcome::kind::done) return stop(mail, did->came);
    if (!changed) return;
    if (const auto read = stand_as(mail, bytes); !read) return mail.fail(read.error());
    mail.lane = lane_of(*mail.message, route_.how.lanes);
  }

private:
  /// What a person is to look at is run again once the rules know what to do with it; until then a rerun
  /// leaves everything as it was.
  static void stop(envelope& mail, const edit::outcome& came) {
    auto why = came.why;
    why.code = error_code::rejected;
    if (came.is == edit::outcome::kind::reject || mail.how == ports::filing::mode::again)
      return mail.fail(std::move(why));
    mail.held = std::move(why);
  }

  const route& route_;
  std::vector<const lab::profile*> profiles_;
};

} // namespace

middle edit_message() {
  return {{.name = "edit",
           .needs = part::message,
           .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<editor>(of); },
           .before_lanes = true}};
}

} // namespace aorta::pipeline
