#include "engine/gateway/file_trial.hpp"

#include "engine/http/json.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "routes/of_settings.hpp"

namespace aorta::gateway {
namespace {

/// As long as the store answers it is asked, and else nobody is known.
template <class T>
result<std::vector<T>> told(result<std::vector<T>> answer, size_t count, std::string& why_away) {
  if (answer) return answer;
  why_away = answer.error().text;
  return std::vector<T>(count);
}

std::string verdict_word(const pipeline::envelope& mail) {
  if (mail.fault || mail.refusal) return "failed";
  if (mail.held) return "held";
  return pipeline::waits_for_person(mail) ? "unmatched" : "filed";
}

} // namespace

result<std::vector<ports::people>> looking_only::candidates(model::clinic_id clinic,
                                                            std::span<const ports::wanted> of) {
  if (store_ == nullptr) return std::vector<ports::people>(of.size());
  return told(store_->candidates(clinic, of), of.size(), why_away);
}

result<std::vector<std::optional<ports::taught>>> looking_only::decided(
  model::clinic_id clinic, std::span<const identity::claims* const> who,
  std::span<const ports::people* const> known) {
  if (store_ == nullptr) return std::vector<std::optional<ports::taught>>(who.size());
  return told(store_->decided(clinic, who, known), who.size(), why_away);
}

result<std::vector<ports::receipt>> looking_only::commit(std::span<const ports::filing> batch) {
  return std::vector<ports::receipt>(batch.size());
}

api::explanation explanation_of(const pipeline::envelope& mail, const config::route& by,
                                const std::string& why_away) {
  api::explanation out;
  out.route = by.name;
  out.chain = by.chain;
  if (mail.edits) out.edits = mail.edits->came.told;
  out.held = mail.held;
  if (!mail.header.type.empty())
    out.message_type = std::string(mail.header.type) +
      (mail.header.event.empty() ? "" : "^" + std::string(mail.header.event));
  out.control_id = mail.header.control_id;
  out.status = mail.fault ? "failed" : pipeline::waits_for_person(mail) ? "unmatched" : "processed";
  out.fault = mail.fault;
  out.ack = mail.reply;
  out.ack_code = mail.ack_code;
  if (mail.payload && mail.payload->asks()) {
    out.store_note = why_away;
    if (why_away.empty()) out.decision = mail.decision;
  }
  const auto* lab = dynamic_cast<const pipeline::lab_payload*>(mail.payload.get());
  if (lab == nullptr) return out;
  out.profile = lab->profile->code;
  out.report = lab->mapped;
  if (!out.report) return out;
  out.store_note = why_away;
  if (why_away.empty()) out.decision = mail.decision;
  return out;
}

result<tried_file> try_file(const pipeline::route& of, std::string content, looking_only& lane) {
  const auto& profile = *of.profiles.at(0);
  auto file = lab::sheet::open(*profile.csv, profile.code, std::move(content));
  if (!file) return file.error();
  pipeline::lane_steps steps(routes::stages_of(of.how), of);
  size_t tried = 0;
  tried_file out;
  out.rows = file->rows();
  while (auto part = file->next()) {
    if (++tried > most_tried) {
      out.partial = true;
      break;
    }
    tried_part told;
    told.verdict = part->verdict;
    if (!part->bytes.empty()) {
      auto mail = std::make_shared<pipeline::envelope>();
      mail->bytes = pipeline::file_bytes(part->bytes);
      mail->listener = of.how.from.front();
      mail->received_at = of.clock->now();
      (void)pipeline::read_header(*mail);
      if (const auto ran = steps.run({&mail, 1}, lane); !ran) mail->fail(ran.error());
      told.verdict = verdict_word(*mail);
      if (out.parts.size() < most_tried_parts) told.would = explanation_of(*mail, of.how, lane.why_away);
    }
    out.counts[told.verdict] += part->rows;
    if (out.parts.size() >= most_tried_parts) continue;
    part->bytes.clear();
    told.lines = std::move(*part);
    out.parts.push_back(std::move(told));
  }
  return out;
}

std::string to_json(const tried_file& of) {
  http::json out;
  out.open().field("rows", of.rows).field("partial", of.partial).key("verdicts").open();
  for (const auto& [word, count] : of.counts) out.field(word, count);
  out.close().key("items").open_list();
  for (const auto& each : of.parts) {
    out.open()
      .field("line", each.lines.first_line)
      .field("to_line", each.lines.last_line)
      .field("rows", int64_t{each.lines.rows})
      .field("verdict", each.verdict);
    if (each.would) out.field_json("would", api::to_json(*each.would));
    out.close();
  }
  out.close_list().close();
  return out.take();
}

} // namespace aorta::gateway
