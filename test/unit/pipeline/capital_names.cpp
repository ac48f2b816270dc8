// CAPITAL-NAMES: a patient's name in capitals, for a laboratory whose system knows no other (the example of
// docs/adding-a-stage.md).
#include "capital_names.hpp"

namespace aorta::pipeline {
namespace {

using namespace hl7::literals;

class capital_names final : public step {
public:
  void run(envelope& mail) override {
    const auto name = hl7::get(*mail.message, "PID-5"_path);
    if (!name) return;
    std::string now(mail.message->bytes());
    const auto at = now.begin() + (name.raw.data() - mail.message->bytes().data());
    std::transform(at, at + std::ptrdiff_t(name.raw.size()), at,
                   [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    if (const auto read = stand_as(mail, std::move(now)); !read) mail.fail(read.error());
  }
};

} // namespace

middle capitalize_names() {
  return {{.name = "capital-names",
           .needs = part::message,
           .make = [](const route&) -> std::unique_ptr<step> { return std::make_unique<capital_names>(); }}};
}

} // namespace aorta::pipeline
