#include "engine/document/read_report.hpp"

#include "engine/document/content_reader.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace aorta::document {
namespace {

using lab::trimmed, lab::upper_code;

/// OBR-24 (HL70074), and the type of document (HL70270) that such a service writes.
constexpr std::array<lab::word_pair, 15> services{{{"RAD", "DI"},
                                                   {"RUS", "DI"},
                                                   {"CT", "DI"},
                                                   {"CTH", "DI"},
                                                   {"NMR", "DI"},
                                                   {"NMS", "DI"},
                                                   {"RX", "DI"},
                                                   {"XRC", "DI"},
                                                   {"VUS", "DI"},
                                                   {"CUS", "CD"},
                                                   {"EC", "CD"},
                                                   {"CG", "CD"},
                                                   {"VR", "CD"},
                                                   {"SP", "SP"},
                                                   {"CP", "SP"}}};

/// The state of a result (HL70123, and HL70085 of its parts) as one of a document (HL70271).
constexpr std::array<lab::word_pair, 8> completions_of_results{
  {{"F", "AU"}, {"C", "AU"}, {"P", "PA"}, {"R", "DO"}, {"S", "IP"}, {"I", "IP"}, {"A", "IP"}, {"O", "IP"}}};

/// An order while it is read.
struct order {
  draft document;
  std::string state;              ///< OBR-25
  std::vector<std::string> parts; ///< OBX-11 of what stands
  size_t taken_back = 0;          ///< OBX that are no part of it any more
};

class report_reader {
public:
  report_reader(lab::notice_reader& from, notice& common) : all_(from), common_(common), content_(from) {}

  status take(const hl7::segment_view& segment);
  result<std::vector<notice>> end();

private:
  status take_order(const hl7::segment_view& obr);
  number number_of(const hl7::segment_view& obr);
  void take_author(const hl7::segment_view& obr);
  void settle(order& of);

  lab::notice_reader& all_;
  notice& common_; ///< what all of them have from the header, PID and PV1
  content_reader content_;
  number ordered_placer_, ordered_filler_; ///< of the ORC before
  std::deque<order> orders_;
  order* now_ = nullptr;
};

/// Which document it is. Two panels of one number are two.
number report_reader::number_of(const hl7::segment_view& obr) {
  auto filler = all_.number_at(obr, 3), placer = all_.number_at(obr, 2);
  if (filler.value.empty()) filler = ordered_filler_;
  if (placer.value.empty()) placer = ordered_placer_;
  number out = filler.value.empty() ? placer : filler;
  if (out.value.empty()) return out;
  if (out.authority.empty()) out.authority = common_.who.sender;
  auto code = all_.text.first(obr, 4);
  if (code.empty()) code = trimmed(all_.text.get(obr, 4, 1, 4));
  if (!code.empty()) out.value += "/" + code;
  return out;
}

status report_reader::take_order(const hl7::segment_view& obr) {
  const auto own = number_of(obr);
  if (own.value.empty())
    return error{error_code::field_missing, "OBR[" + std::to_string(orders_.size() + 1) + "]-3",
                 "it does not say which document it is: an order without a number"};
  const auto same = std::find_if(orders_.begin(), orders_.end(), [&](const order& each) {
    const auto& known = each.document.says.own;
    return known.value == own.value && known.authority == own.authority;
  });
  const bool goes_on = same != orders_.end();
  now_ = goes_on ? &*same : &orders_.emplace_back();
  content_.begin(now_->document);
  now_->state = upper_code(all_.text.first(obr, 25));
  if (goes_on) return done{};
  auto& out = now_->document.says;
  out.of_report = true;
  out.charset = common_.charset;
  out.own = own;
  out.placer = all_.number_at(obr, 2), out.filler = all_.number_at(obr, 3);
  if (out.placer.value.empty()) out.placer = ordered_placer_;
  if (out.filler.value.empty()) out.filler = ordered_filler_;
  out.title = all_.words_at(obr, 4);
  const auto service = lab::word_of(services, upper_code(all_.text.first(obr, 24)));
  const auto code = all_.text.first(obr, 4);
  // Two letters would be read as a type of HL70270.
  out.type = !service.empty() ? std::string(service) : code.size() == 2 ? std::string() : code;
  out.active = all_.time(obr, 7);
  take_author(obr);
  return done{};
}

/// OBR-32 (NDL) has its parts as subcomponents.
void report_reader::take_author(const hl7::segment_view& obr) {
  const auto part = [&](size_t n) { return std::string(trimmed(all_.text.get(obr, 32, 1, 1, n))); };
  auto& author = now_->document.says.author;
  author.licence = part(1);
  for (const size_t n : {6, 3, 4, 2, 5}) // prefix, given, middle, family, suffix
    if (const auto word = part(n); !word.empty())
      author.name.append(author.name.empty() ? "" : " ").append(word);
}

status report_reader::take(const hl7::segment_view& segment) {
  const auto name = segment.name();
  if (name == "PID") return all_.person(segment);
  if (name == "PV1") {
    common_.visit = all_.visit_number(segment);
  } else if (name == "ORC") {
    ordered_placer_ = all_.number_at(segment, 2), ordered_filler_ = all_.number_at(segment, 3);
  } else if (name == "OBR") {
    if (auto taken = take_order(segment); !taken) return taken;
    ordered_placer_ = {}, ordered_filler_ = {}; // an ORC is for the one behind it
  } else if (name == "OBX") {
    if (now_ == nullptr)
      return error{error_code::segment_sequence, "OBX", "a part of no order stands before the first OBR"};
    auto& author = now_->document.says.author;
    if (author.licence.empty() && author.name.empty()) author = doctor_at(all_, segment, 16);
    if (!content_.take_observation(segment)) ++now_->taken_back;
    else now_->parts.push_back(upper_code(all_.text.first(segment, 11)));
  } else if (name == "NTE" && now_ != nullptr) {
    content_.take_note(segment);
  } else if (name == "NTE") {
    content_.pass_note("of no order: it is in the message alone");
  }
  return done{};
}

/// How it stands. Where OBR-25 is empty, or says final of a part that is corrected, its parts say it.
void report_reader::settle(order& of) {
  auto& out = of.document.says;
  const auto holds = [&](std::string_view state) {
    return std::find(of.parts.begin(), of.parts.end(), state) != of.parts.end();
  };
  auto state = of.state;
  if (state.empty() || state == "F")
    for (const std::string_view each : {"C", "P", "R", "S", "I"})
      if (holds(each) && (state.empty() || each == "C")) {
        state = each;
        break;
      }
  if (state.empty() && holds("F")) state = "F";
  const bool nothing_left = of.taken_back > 0 && of.parts.empty() && !out.has_content();
  if (state == "X" || nothing_left) out.what = event::cancel;
  else if (state == "C" && out.has_content()) out.what = event::edit;
  out.completion = lab::word_of(completions_of_results, state);
  while (out.text.ends_with('\n')) out.text.pop_back();
}

result<std::vector<notice>> report_reader::end() {
  if (auto told = all_.person_told("a report without a patient"); !told) return told.error();
  if (orders_.empty()) return error{error_code::segment_missing, "OBR", "it tells of no document"};
  std::vector<notice> out;
  for (auto& each : orders_) {
    settle(each);
    auto& says = each.document.says;
    static_cast<lab::notice&>(says) = common_;
    says.visit = common_.visit;
    if (!out.empty()) says.rules.clear(); // they stand with the first
    out.push_back(std::move(says));
  }
  return out;
}

} // namespace

result<std::vector<notice>> read_report(const hl7::message& msg, const lab::notice_reading& how) {
  notice common;
  auto from = lab::notice_reader::open(msg, how, common);
  if (!from) return from.error();
  report_reader report(*from, common);
  if (auto taken = from->each_segment([&](const auto& segment) { return report.take(segment); }); !taken)
    return taken.error();
  return report.end();
}

} // namespace aorta::document
