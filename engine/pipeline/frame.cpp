#include "engine/pipeline/frame.hpp"

#include "engine/hl7/mllp.hpp"
#include "engine/pipeline/record.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

/// The lines of a batch: who sent it under which id, and what came between them.
class batch_lines final : public payload {
public:
  explicit batch_lines(const hl7::frame_content& of)
      : header_(!of.file_header.empty() ? of.file_header
                  : of.batches.empty()  ? std::string_view{}
                                        : of.batches.front().header),
        messages_(of.messages),
        batches_(of.batches.size()) {}

  bool waits_for_person(const envelope&) const noexcept override { return false; }

  void describe(const envelope&, ports::message_record& row) const override {
    const auto field = [this](size_t n) { return std::string(hl7::header_line_field(header_, n)); };
    row.route.clear(); // it took none
    row.message_type = header_.empty() ? "BTS" : header_.substr(0, 3);
    row.sending_application = field(3);
    row.sending_facility = field(4);
    row.receiving_facility = field(6);
    row.control_id = field(11);
  }

  void trace(trace_writer& out) const override {
    out.number("messages", double(messages_));
    out.number("batches", double(batches_));
  }

private:
  std::string header_;
  size_t messages_, batches_;
};

/// What one acknowledgement of several says in MSA-1: a retry may help some of them, else none.
const error* heaviest(std::span<const hl7::ack_part> parts) {
  const error* out = nullptr;
  for (const auto& each : parts)
    if (each.fault &&
        (out == nullptr ||
         (hl7::rule_for(out->code).ack == "AR" && hl7::rule_for(each.fault->code).ack == "AE")))
      out = &*each.fault;
  return out;
}

/// One acknowledgement for several things.
struct summary {
  std::string_view sent; ///< begins with the header that it answers
  std::string_view answers;
  std::string_view things; ///< as people call them
  std::vector<hl7::ack_part> parts;
};

std::pair<std::string, std::string> written(const summary& what, const ack_stamp& stamp) {
  const auto to = hl7::parse(what.sent);
  hl7::ack_request reply;
  reply.to = to ? &*to : nullptr;
  reply.control_id = stamp.control_id;
  reply.datetime = stamp.datetime;
  reply.answers = what.answers;
  reply.parts = what.parts;
  if (const auto* fault = heaviest(what.parts)) {
    const auto taken = std::count_if(what.parts.begin(), what.parts.end(),
                                     [](const auto& each) { return !each.fault; });
    reply.fault = error{fault->code, fault->where,
                        std::to_string(taken) + " of " + std::to_string(what.parts.size()) + " " +
                          std::string(what.things) + " were taken"};
  }
  const std::string code(reply.fault ? hl7::rule_for(reply.fault->code).ack : "AA");
  return {hl7::make_ack(reply), code};
}

std::string indexed(const char* segment, size_t n) {
  return segment + (n > 1 ? "[" + std::to_string(n) + "]" : std::string());
}

} // namespace

ack_stamp stamp_of(const clock_source& clock, id_source& ids) {
  const auto now = clock.now();
  // The end of an id is its random part, its beginning the time.
  auto control = to_text(ids.next(now));
  std::erase(control, '-');
  return {control.substr(0, 20),
          hl7::to_hl7(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0)};
}

frame_work::frame_work(std::string bytes, bool whole) : bytes_(std::move(bytes)) {
  if (whole) content_.parts.push_back({{}, bytes_, 0, 0, 1});
  else read();
  outcomes_.resize(total());
}

void frame_work::read() {
  auto read = hl7::read_frame(bytes_);
  if (read) {
    content_ = std::move(*read);
    return;
  }
  refusal_ = read.error();
  content_.parts.push_back({{}, bytes_, 0, 0, 1});
}

envelope_ptr frame_work::next(id_source& ids, timestamp received_at) {
  if (!has_next()) return nullptr;
  auto mail = std::make_shared<envelope>();
  mail->id = ids.next(received_at);
  mail->received_at = received_at;
  if (next_ == 0) frame_ = content_.around.empty() ? mail->id : ids.next(received_at);
  if (is_whole()) mail->bytes = std::move(bytes_); // nothing points into it any more
  else place(*mail, next_);
  if (refusal_) mail->refuse(*refusal_);
  ++next_;
  return mail;
}

void frame_work::place(envelope& mail, size_t at) {
  const auto& parts = content_.parts;
  mail.share = ports::frame_share{frame_, uint32_t(at + 1), uint32_t(parts.size()), 0};
  if (at == parts.size()) {
    mail.share->number = 0;
    mail.id = frame_;
    mail.bytes = content_.around;
    mail.whole = false; // the messages were the rest of it
    mail.payload = std::make_shared<batch_lines>(content_);
    if (content_.fault) mail.refuse(*content_.fault);
    return;
  }
  mail.bytes = parts[at].bytes();
  if (parts[at].groups > 1) mail.share->group = parts[at].group + 1;
  if (content_.last_may_be_cut && parts[at].message + 1 == content_.messages)
    mail.refuse({error_code::data_type, "",
                 "the batch ends within a line and without BTS: its last message may be cut; send it again"});
}

void frame_work::settle(envelope& mail) {
  const size_t at = !mail.share ? 0 : mail.share->number == 0 ? total() - 1 : mail.share->number - 1;
  const bool asked = mail.payload && mail.payload->asks();
  outcomes_.at(at) = {std::move(mail.reply), mail.ack_code, mail.trouble(), asked};
  ++back_;
}

frame_work::reply frame_work::answer(config::batch_answer how, const clock_source& clock, id_source& ids) {
  if (is_whole()) {
    auto& only = outcomes_.front();
    const bool silent = only.reply.empty();
    return {std::move(only.reply), silent ? std::vector<std::string>{} : std::vector{only.code}};
  }
  const auto stamp = [&] { return stamp_of(clock, ids); };
  if (how == config::batch_answer::one && content_.messages > 0) {
    auto all = ack_of_all(stamp());
    reply out{std::move(all.bytes), {std::move(all.code)}};
    add_answers(out);
    return out;
  }
  std::vector<told> acks;
  for (size_t i = 0; i < content_.parts.size(); i += content_.parts[i].groups)
    acks.push_back(ack_of_message(i, content_.parts[i].groups, stamp()));
  const bool in_batch = how == config::batch_answer::batch && !batch_header().empty();
  if (content_.fault || (acks.empty() && !in_batch)) acks.push_back(ack_of_batch(stamp()));
  reply out;
  for (const auto& each : acks) out.codes.push_back(each.code);
  if (in_batch) {
    out.bytes = in_batches(acks, clock, ids);
    return out;
  }
  for (const auto& each : acks) hl7::append_next(out.bytes, each.bytes);
  return out;
}

/// Questions in a frame that has one acknowledgement are answered behind it.
void frame_work::add_answers(reply& to) const {
  for (const auto& each : outcomes_)
    if (each.asked) {
      hl7::append_next(to.bytes, each.reply);
      to.codes.push_back(each.code);
    }
}

/// The groups of one message, or the message as its route has answered it.
frame_work::told frame_work::ack_of_message(size_t first, size_t count, const ack_stamp& stamp) const {
  if (count == 1) return {outcomes_[first].reply, outcomes_[first].code};
  summary out{content_.parts[first].common, {}, "patients' groups", {}};
  hl7::group_places places;
  for (size_t i = first; i < first + count; ++i) {
    const auto& part = content_.parts[i];
    const auto person = places.in_message(part, "PID");
    auto fault = outcomes_[i].trouble;
    if (fault) // where a segment is missing there is none to point at
      fault->where = fault->code == error_code::segment_missing ? person
                                                                : places.in_message(part, fault->where);
    out.parts.push_back({person,
                         "patient " + std::to_string(part.group + 1) + " of " + std::to_string(part.groups),
                         std::move(fault)});
    places.pass(part);
  }
  auto [bytes, code] = written(out, stamp);
  return {std::move(bytes), std::move(code)};
}

/// What its own lines say that is not so; a batch without messages has nobody else to answer it.
frame_work::told frame_work::ack_of_batch(const ack_stamp& stamp) const {
  const auto header = hl7::batch_as_message(batch_header());
  const auto to = hl7::parse(header);
  hl7::ack_request out;
  out.to = to ? &*to : nullptr;
  out.fault = content_.fault;
  out.control_id = stamp.control_id;
  out.datetime = stamp.datetime;
  return {hl7::make_ack(out),
          std::string(!out.fault ? to ? "AA" : "AR" : hl7::rule_for(out.fault->code).ack)};
}

frame_work::told frame_work::ack_of_all(const ack_stamp& stamp) const {
  const auto first = content_.parts.front().bytes();
  summary out{first, hl7::header_line_field(batch_header(), 11), "messages", {}};
  for (size_t i = 0; i < content_.parts.size(); ++i) {
    const auto& part = content_.parts[i];
    auto fault = outcomes_[i].trouble;
    if (fault && !fault->where.empty()) fault->text = fault->where + ": " + fault->text;
    if (fault) fault->where.clear();
    auto name = "message " + std::to_string(part.message + 1);
    if (part.groups > 1) name += ", patient " + std::to_string(part.group + 1);
    out.parts.push_back({indexed("MSH", part.message + 1), std::move(name), std::move(fault)});
  }
  if (content_.fault) out.parts.push_back({"", "the batch", content_.fault});
  auto [bytes, code] = written(out, stamp);
  return {std::move(bytes), std::move(code)};
}

/// Each batch by one of its own; what is to be told of all of them stands in the last.
std::string frame_work::in_batches(const std::vector<told>& acks, const clock_source& clock,
                                   id_source& ids) const {
  std::string out;
  size_t at = 0;
  for (size_t i = 0; i < content_.batches.size(); ++i) {
    const auto& batch = content_.batches[i];
    const size_t end = i + 1 == content_.batches.size() ? acks.size() : at + batch.messages;
    std::vector<std::string> of_batch;
    for (; at < end; ++at) of_batch.push_back(acks[at].bytes);
    const auto stamp = stamp_of(clock, ids);
    out += hl7::make_ack_batch(batch.header.empty() ? batch_header() : batch.header, of_batch,
                               stamp.control_id, stamp.datetime);
  }
  return out;
}

/// The first line that says who sent the batches; empty when none does.
std::string_view frame_work::batch_header() const noexcept {
  for (const auto& each : content_.batches)
    if (!each.header.empty()) return each.header;
  return content_.file_header;
}

} // namespace aorta::pipeline
