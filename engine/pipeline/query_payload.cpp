#include "engine/pipeline/query_payload.hpp"

#include "engine/hl7/ack.hpp"
#include "engine/pipeline/record.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

using hl7::reply_segment;
using hl7::reply_type;

reply_type type_of(query::kind is) {
  switch (is) {
    case query::kind::candidates: return {"RSP", "K22", "RSP_K22"};
    case query::kind::identifiers: return {"RSP", "K23", "RSP_K23"};
    case query::kind::patient: break;
  }
  return {"ADR", "A19", "ADR_A19"};
}

/// A segment of the question as it was sent.
std::optional<reply_segment> echo(const hl7::message& sent, std::string_view name) {
  size_t at = 0;
  if (!sent.find(name, 1, at)) return std::nullopt;
  reply_segment out{name};
  for (size_t i = 1; i <= sent.segment(at).fields(); ++i) out.put(i, {sent.segment(at).field(i).raw, {}});
  return out;
}

/// QAK: the question's tag and name, what came of it, and how many there are.
reply_segment status_of(const hl7::ack_request& reply, query::kind is,
                        const std::optional<query::answer>& told) {
  const bool original = is == query::kind::patient;
  reply_segment out{"QAK"};
  size_t at = 0;
  if (reply.to->find(original ? "QRD" : "QPD", 1, at)) {
    const auto asks = reply.to->segment(at);
    out.put(1, {asks.field(original ? 4 : 2).raw, {}});
    if (!original) out.put(3, {asks.field(1).raw, {}});
  }
  if (reply.fault || !told) {
    out.put(2, {{}, {reply.fault ? std::string(hl7::rule_for(reply.fault->code).ack) : "AE"}});
    return out;
  }
  out.put(2, {{}, {told->people.empty() ? "NF" : "OK"}});
  const size_t shown = told->people.size();
  size_t field = 4;
  for (const auto count : {told->found, shown, told->found - shown})
    out.put(field++, {{}, {std::to_string(count)}});
  return out;
}

reply_segment person_of(const query::told_person& who, const std::string& no_name, size_t number) {
  reply_segment pid{"PID"};
  pid.put(1, {{}, {std::to_string(number)}});
  pid.put(3, {who.numbers, {}});
  pid.put(5, {who.name.empty() ? std::string_view(no_name) : std::string_view(who.name), {}});
  pid.put(7, {who.birth_date, {}});
  pid.put(8, {who.sex, {}});
  return pid;
}

} // namespace

void query_payload::describe(const envelope& mail, ports::message_record& row) const {
  describe_time(mail, time_zone, row);
  row.patient.reset();
}

void query_payload::trace(trace_writer& out) const {
  out.text("question", query::name(is));
  if (question) out.text("charset", question->charset.name());
  if (!told) return;
  out.number("found", double(told->found));
  std::vector<std::string> ids;
  for (const auto& each : told->people) ids.push_back(std::to_string(each.id));
  out.texts("told", ids);
}

void query_payload::file(ports::filing& out) const { out.audits = audits; }

void query_payload::answer(const envelope&, hl7::ack_request& reply) const {
  if (reply.to == nullptr) return;
  reply.type = type_of(is);
  reply.more.push_back(status_of(reply, is, told));
  for (const std::string_view name : {"QPD", "QRD", "QRF"})
    if (auto sent = echo(*reply.to, name)) reply.more.push_back(std::move(*sent));
  if (reply.fault || !told) return;
  const auto& people = told->people;
  const bool ascii = std::all_of(people.begin(), people.end(), [](const auto& each) {
    return hl7::is_ascii(each.numbers) && hl7::is_ascii(each.name);
  });
  if (!ascii && question->charset.name() == "UTF-8") reply.charset = "UNICODE UTF-8";
  for (size_t i = 0; i < people.size(); ++i) {
    reply.more.push_back(person_of(people[i], no_name, i + 1));
    if (is != query::kind::patient) continue;
    reply_segment visit{"PV1"}; // required there; it is about no visit (HL70004 N)
    visit.put(1, {{}, {std::to_string(i + 1)}});
    visit.put(2, {{}, {"N"}});
    reply.more.push_back(std::move(visit));
  }
}

} // namespace aorta::pipeline
