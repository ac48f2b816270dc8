#include "engine/lab/person.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"
#include "engine/lab/value.hpp"
#include "engine/order/notice.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::order {
namespace {

using lab::trimmed, lab::upper_code;

constexpr size_t most_orders = 500;

struct word_pair {
  std::string_view sent, column;
};
template <size_t N>
std::string_view word_of(const std::array<word_pair, N>& all, std::string_view sent) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.sent == sent; });
  return found == all.end() ? std::string_view() : found->column;
}

/// HL70485, and what OBR-5 and TQ-6 had before: S stat, A as soon as possible, R routine, T timing critical.
constexpr std::array priorities{
  word_pair{"S", "stat"},      word_pair{"STAT", "stat"}, word_pair{"A", "urgent"},
  word_pair{"ASAP", "urgent"}, word_pair{"U", "urgent"},  word_pair{"URGENT", "urgent"},
  word_pair{"T", "urgent"},    word_pair{"R", "routine"}, word_pair{"ROUTINE", "routine"}};
/// ORC-5 (HL70038); on hold, in error and replaced in part are no states of an order here.
constexpr std::array order_states{word_pair{"A", "partially_resulted"},
                                  word_pair{"CA", "cancelled"},
                                  word_pair{"CM", "resulted"},
                                  word_pair{"DC", "cancelled"},
                                  word_pair{"IP", "processing"},
                                  word_pair{"RP", "cancelled"},
                                  word_pair{"SC", "ordered"}};
/// OBR-25 (HL70123).
constexpr std::array result_states{word_pair{"O", "ordered"},
                                   word_pair{"S", "ordered"},
                                   word_pair{"I", "processing"},
                                   word_pair{"R", "processing"},
                                   word_pair{"A", "partially_resulted"},
                                   word_pair{"P", "partially_resulted"},
                                   word_pair{"F", "resulted"},
                                   word_pair{"C", "resulted"},
                                   word_pair{"X", "cancelled"}};
/// OBR-24 (HL70074) of what no laboratory does.
constexpr std::array<std::string_view, 22> other_sections{
  "CT", "CTH", "CUS", "EC", "EEG", "EN", "NMR", "NMS", "NRS", "OT",  "OUS",
  "PF", "PHR", "PHY", "PT", "RAD", "RC", "RT",  "RUS", "RX",  "VUS", "XRC"};
/// What stands in place of OBR in an order of something else.
constexpr std::array<std::string_view, 7> other_details{"RQD", "RQ1", "RXO", "RXE", "ODS", "ODT", "BPO"};

class reader {
public:
  reader(lab::text_reader text, const lab::local_zone& zone, const reading& how)
      : read_(std::move(text)),
        zone_(zone),
        how_(how) {}

  void header(const hl7::segment_view& msh);
  status take(const hl7::segment_view& segment);
  status end();
  result<notice> told() { return std::move(out_); }
  const lab::text_reader& text() const noexcept { return read_; }

private:
  std::optional<timestamp> time(const hl7::segment_view& from, size_t field, size_t component = 0);
  number number_at(const hl7::segment_view& from, size_t field);
  std::string priority_at(const hl7::segment_view& from, size_t field, size_t component);
  void note(std::string where, std::string rule, std::string detail) {
    out_.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }
  status take_pid(const hl7::segment_view& pid);
  status take_orc(const hl7::segment_view& orc);
  status take_obr(const hl7::segment_view& obr);
  void take_timing(const hl7::segment_view& tq1);
  void take_specimen(const hl7::segment_view& spm);
  void end_orc();
  order& current() { return bare_ ? common_ : out_.orders.back(); }

  lab::text_reader read_;
  const lab::local_zone& zone_;
  const reading& how_;
  notice out_;
  std::optional<std::chrono::minutes> offset_; ///< of times that tell none
  size_t persons_ = 0, orcs_ = 0, obrs_ = 0, visits_ = 0;
  order common_;      ///< what the last ORC says, for each of its OBRs
  bool open_ = false; ///< there was an ORC
  bool bare_ = false; ///< and no OBR of it yet
  enum class before : uint8_t {
    none,
    opened,
    seen
  } before_ = before::none; ///< results of before (PRIOR_RESULT)
};

std::optional<timestamp> reader::time(const hl7::segment_view& from, size_t field, size_t component) {
  const auto sent = component == 0 ? read_.first(from, field) : read_.get(from, field, 1, component);
  if (trimmed(sent).empty() || lab::says_no_time(sent)) return std::nullopt;
  if (const auto told = lab::read_local(trimmed(sent), zone_, offset_)) return told->when.at;
  note(std::string(from.name()) + "-" + std::to_string(field), "time", "not a time: it counts as not told");
  return std::nullopt;
}

number reader::number_at(const hl7::segment_view& from, size_t field) {
  number out{read_.first(from, field), read_.get(from, field, 1, 2)};
  if (out.authority.empty()) out.authority = read_.get(from, field, 1, 3);
  return out;
}

/// Empty where nothing is told, or nothing that the column has a word for.
std::string reader::priority_at(const hl7::segment_view& from, size_t field, size_t component) {
  const auto sent = upper_code(component == 0 ? read_.first(from, field)
                                              : read_.get(from, field, 1, component));
  const auto word = word_of(priorities, sent);
  if (word.empty() && !sent.empty())
    note(std::string(from.name()) + "-" + std::to_string(field), "priority",
         "no priority that an order has here: it counts as not told");
  return std::string(word);
}

void reader::header(const hl7::segment_view& msh) {
  out_.charset = read_.charset().name();
  const auto application = read_.first(msh, 3), facility = read_.first(msh, 4);
  if (!application.empty() || !facility.empty()) out_.who.sender = application + "|" + facility;
  offset_ = lab::default_offset(read_.first(msh, 7), zone_);
  out_.at = time(msh, 7);
}

status reader::take_pid(const hl7::segment_view& pid) {
  if (++persons_ > 1)
    return error{error_code::segment_sequence, "PID[2]",
                 "one message with two patients: they are never mixed"};
  if (open_) return error{error_code::segment_sequence, "PID", "the patient stands behind the first order"};
  if (auto bounded = lab::check_bounds(pid, {2, 3, 4, 5}); !bounded) return bounded;
  lab::person of{out_.who, out_.rules};
  lab::read_person(read_, pid, how_.clinic_code, of);
  return done{};
}

void reader::end_orc() {
  if (bare_) out_.orders.push_back(std::exchange(common_, {}));
  bare_ = false;
}

status reader::take_orc(const hl7::segment_view& orc) {
  end_orc();
  const auto here = "ORC[" + std::to_string(++orcs_) + "]";
  open_ = true;
  common_ = {};
  common_.orc = orcs_;
  common_.asks = upper_code(read_.first(orc, 1));
  if (common_.asks.empty())
    return error{error_code::field_missing, here + "-1", "it does not say what is asked of the order"};
  common_.how = control_of(common_.asks);
  if (common_.how.does == act::skip) {
    before_ = before::seen;
    return done{};
  }
  if (before_ == before::opened)
    return error{
      error_code::segment_sequence, here,
      "results of before stand in front of it whose ORC-1 is not PR: they cannot be told from orders"};
  before_ = before::none;
  bare_ = true;
  common_.placer = number_at(orc, 2), common_.filler = number_at(orc, 3);
  common_.priority = priority_at(orc, 7, 6);
  common_.ordered = time(orc, 9);
  common_.provider = trimmed(read_.first(orc, 12));
  if (common_.how.does == act::tell_status)
    common_.state = word_of(order_states, upper_code(read_.first(orc, 5)));
  return done{};
}

status reader::take_obr(const hl7::segment_view& obr) {
  ++obrs_;
  if (!open_)
    return error{error_code::segment_missing, "ORC", "an order's detail without what is asked of it"};
  if (before_ != before::none) {
    before_ = before::seen;
    return done{};
  }
  if (out_.orders.size() >= most_orders)
    return error{error_code::data_type, "OBR", "more orders than one message has: send them in several"};
  auto& to = out_.orders.emplace_back(common_);
  bare_ = false;
  to.obr = obrs_;
  if (auto own = number_at(obr, 2); !own.value.empty()) to.placer = std::move(own);
  if (auto own = number_at(obr, 3); !own.value.empty()) to.filler = std::move(own);
  to.panel = trimmed(read_.get(obr, 4, 1, 1));
  to.name = read_.get(obr, 4, 1, 2);
  if (to.panel.empty()) to.panel = trimmed(read_.get(obr, 4, 1, 4));
  if (to.name.empty()) to.name = read_.get(obr, 4, 1, 5);
  for (const auto& [field, component] : {std::pair<size_t, size_t>{27, 6}, {5, 0}})
    if (auto told = priority_at(obr, field, component); !told.empty() && to.priority.empty())
      to.priority = std::move(told);
  to.priority_erased = to.priority.empty() && obr.field(5).is == hl7::presence::null;
  if (to.provider.empty()) to.provider = trimmed(read_.first(obr, 16));
  if (!to.collected) to.collected = time(obr, 7);
  to.resulted = time(obr, 22);
  if (to.how.does == act::tell_status && to.state.empty())
    to.state = word_of(result_states, upper_code(read_.first(obr, 25)));
  const auto section = upper_code(read_.first(obr, 24));
  if (std::find(other_sections.begin(), other_sections.end(), section) != other_sections.end())
    to.not_laboratory = "OBR-24 names a section that is no laboratory";
  return done{};
}

/// In front of the OBR (OML) or behind it (ORM from v2.5 on).
void reader::take_timing(const hl7::segment_view& tq1) {
  if (!open_ || before_ != before::none || (!bare_ && out_.orders.empty())) return;
  if (auto told = priority_at(tq1, 9, 0); !told.empty()) current().priority = std::move(told);
}

/// When the first specimen was taken; an SPM says more of it than OBR-7.
void reader::take_specimen(const hl7::segment_view& spm) {
  if (bare_ || before_ != before::none || out_.orders.empty()) return;
  if (const auto at = time(spm, 17, 1)) out_.orders.back().collected = at;
}

status reader::take(const hl7::segment_view& segment) {
  const auto name = segment.name();
  if (name == "PID") return take_pid(segment);
  if (name == "ORC") return take_orc(segment);
  if (name == "OBR") return take_obr(segment);
  if (name == "TQ1") take_timing(segment);
  else if (name == "SPM") take_specimen(segment);
  else if ((name == "PV1" || name == "AL1") && open_) before_ = before::opened;
  else if (name == "PV1") {
    out_.visit.value = read_.first(segment, 19);
    out_.visit.authority = read_.get(segment, 19, 1, 4, 1);
    if (out_.visit.authority.empty()) out_.visit.authority = read_.get(segment, 19, 1, 4, 2);
  } else if (bare_ && std::find(other_details.begin(), other_details.end(), name) != other_details.end()) {
    if (common_.not_laboratory.empty())
      common_.not_laboratory = std::string(name) + " stands in place of OBR";
  }
  return done{};
}

status reader::end() {
  end_orc();
  if (persons_ == 0) return error{error_code::segment_missing, "PID", "an order without a patient"};
  if (out_.who.ids.empty() && out_.who.names.empty())
    return error{error_code::field_missing, "PID-3", "neither a number nor a name of the patient"};
  if (!open_) return error{error_code::segment_missing, "ORC", "no order in it"};
  return done{};
}

} // namespace

result<notice> read(const hl7::message& msg, const reading& how) {
  const auto* zone = lab::find_zone(std::string(how.time_zone));
  if (zone == nullptr) return error{error_code::internal, "", "the route's time zone is not known"};
  auto text = lab::text_reader::make(msg, how.charset);
  if (!text) return text.error();
  reader all(std::move(*text), *zone, how);
  all.header(msg.segment(0));
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    if (auto taken = all.take(segment); !taken) return taken.error();
    if (const auto& wrong = all.text().failed())
      return error{error_code::data_type, std::string(segment.name()) + "-" + std::to_string(wrong->field),
                   wrong->text};
  }
  if (auto whole = all.end(); !whole) return whole.error();
  return all.told();
}

} // namespace aorta::order
