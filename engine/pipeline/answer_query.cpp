// ANSWERER: whom a look-up means, as far as its route tells it, and the audit rows of that.
#include "engine/pipeline/query_payload.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

query::disclosure disclosure_of(const std::vector<std::string>& fields) {
  const auto has = [&](const char* field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  };
  return {has("PID-5"), has("PID-7"), has("PID-8")};
}

class query_answerer final : public step {
public:
  explicit query_answerer(const route& of) : route_(of), allowed_(disclosure_of(of.how.discloses)) {}

  void run(envelope& mail) override {
    auto* asks = dynamic_cast<query_payload*>(mail.payload.get());
    if (asks == nullptr || !asks->question || !mail.decision) return;
    const auto people = query::meant(*asks->question, *mail.decision, asks->met);
    if (!people) return mail.fail(people.error());
    auto told = query::tell(*asks->question, *people, allowed_, *mail.message, route_.how.clinic);
    if (!told) return mail.fail(told.error());
    asks->told = std::move(*told);
    // What a person runs again is told to nobody.
    if (mail.how == ports::filing::mode::first) write_down(mail, *asks);
  }

private:
  void write_down(const envelope& mail, query_payload& asks) const {
    ports::audit_entry row;
    row.actor = "listener:" + mail.listener;
    row.peer = mail.peer;
    row.method = std::string(mail.header.type) + "^" + std::string(mail.header.event);
    row.resource = "/api/messages/" + to_text(mail.id);
    row.outcome = "200";
    row.clinic = route_.clinic;
    row.at = route_.clock->now();
    row.criteria = asks.question->asked;
    asks.audits.clear();
    for (const auto& each : asks.told->people) {
      row.patient = each.id;
      asks.audits.push_back(row);
    }
    if (asks.audits.empty()) asks.audits.push_back(row);
  }

  const route& route_;
  query::disclosure allowed_;
};

} // namespace

middle answer_query() {
  return {
    {.name = "answer-query", .needs = part::decision, .make = [](const route& of) -> std::unique_ptr<step> {
       return std::make_unique<query_answerer>(of);
     }}};
}

} // namespace aorta::pipeline
