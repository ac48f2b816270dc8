#include "engine/pipeline/order_payload.hpp"

#include "engine/fhir/document.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/pipeline/record.hpp"
#include "engine/pipeline/step.hpp"

#include <charconv>

namespace aorta::pipeline {
namespace {

/// The members of one answer in a trace. No numbers of orders: they stand in the message.
void write(trace_writer& out, const order::answer& of) {
  out.begin();
  out.number("orc", double(of.orc));
  if (of.obr != 0) out.number("obr", double(of.obr));
  out.text("code", of.code);
  if (!of.state.empty()) out.text("state", of.state);
  if (!of.why.empty()) out.text("why", of.why);
  out.end();
}

size_t number_of(const fhir::node& from, std::string_view name) {
  double out = 0;
  if (const auto* value = from.get(name); value != nullptr)
    (void)std::from_chars(value->text.data(), value->text.data() + value->text.size(), out);
  return out < 0 ? 0 : size_t(out);
}

std::vector<order::answer> answers_from(std::string_view trace) {
  std::vector<order::answer> out;
  const auto parsed = fhir::document::parse(trace);
  const auto* list = parsed ? parsed->root->get("orders") : nullptr;
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next)
    out.push_back({number_of(*each, "orc"), number_of(*each, "obr"), std::string(each->str("code")),
                   std::string(each->str("why")), std::string(each->str("state"))});
  return out;
}

/// The first fields of a segment as they were sent.
void echo(hl7::reply_segment& into, const hl7::message& sent, size_t occurrence,
          std::initializer_list<size_t> fields) {
  size_t at = 0;
  if (!sent.find(into.name, occurrence, at)) return;
  for (const auto field : fields) into.put(field, {sent.segment(at).field(field).raw, {}});
}

} // namespace

void order_payload::trace(trace_writer& out) const {
  out.text("charset", says.charset);
  auto all = says.rules;
  if (outcome) all.insert(all.end(), outcome->rules.begin(), outcome->rules.end());
  out.notes("rules", all);
  if (outcome && !outcome->answers.empty())
    out.list("orders", [&] {
      for (const auto& each : outcome->answers) write(out, each);
    });
}

status order_payload::take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                                bool leaves) {
  auto taken = order::take_back({room, *of.ids}, patient, leaves);
  if (!taken) return taken.error();
  told_before = std::move(*taken);
  return done{};
}

status order_payload::file(const records::filing_room& room, const route& of, identity::decision& made) {
  if (made.is != identity::decision::kind::same) return done{}; // it left its patient
  auto filed = order::file({room, *of.ids}, says, made, told_before);
  if (!filed) return filed.error();
  made = filed->decision;
  outcome = std::move(*filed);
  return done{};
}

std::vector<order::answer> order_payload::answers(const envelope& mail) const {
  std::vector<order::answer> out;
  if (mail.receipt && (mail.receipt->duplicate || mail.receipt->done_before))
    out = answers_from(mail.receipt->first.trace);
  else if (outcome) out = outcome->answers;
  if (!out.empty()) return out;
  for (const auto& each : says.orders)
    out.push_back({each.orc, each.obr, std::string(order::received), {}, {}});
  return out;
}

/// ORR^O02, or ORL^O22 of an OML: the patient and each order as they were sent, with what came of it in
/// ORC-1, its state in ORC-5 and the reason in ORC-16.
void order_payload::answer(const envelope& mail, hl7::ack_request& reply) const {
  if (reply.fault || reply.to == nullptr) return;
  const bool laboratory = mail.header.type == "OML";
  reply.type = laboratory ? hl7::reply_type{"ORL", "O22", "ORL_O22"}
                          : hl7::reply_type{"ORR", "O02", "ORR_O02"};
  hl7::reply_segment pid{"PID"};
  size_t at = 0;
  if (reply.to->find("PID", 1, at))
    for (size_t i = 1; i <= reply.to->segment(at).fields(); ++i)
      pid.put(i, {reply.to->segment(at).field(i).raw, {}});
  reply.more.push_back(std::move(pid));
  for (const auto& each : answers(mail)) {
    hl7::reply_segment orc{"ORC"};
    echo(orc, *reply.to, each.orc, {2, 3, 4});
    orc.put(1, {{}, {each.code}});
    orc.put(5, {{}, {each.state}});
    if (!each.why.empty()) orc.put(16, {{}, {"", each.why}});
    reply.more.push_back(std::move(orc));
    if (each.obr == 0) continue;
    hl7::reply_segment obr{"OBR"};
    echo(obr, *reply.to, each.obr, {1, 2, 3, 4});
    reply.more.push_back(std::move(obr));
  }
}

} // namespace aorta::pipeline
