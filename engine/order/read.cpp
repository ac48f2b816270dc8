#include "engine/lab/value.hpp"
#include "engine/order/notice.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::order {
namespace {

using lab::trimmed, lab::upper_code, lab::word_of, lab::word_pair;

constexpr size_t most_orders = 500;

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
  reader(lab::notice_reader& from, notice& into) : all_(from), out_(into) {}

  status take(const hl7::segment_view& segment);
  status end();

private:
  std::string priority_at(const hl7::segment_view& from, size_t field, size_t component);
  status take_pid(const hl7::segment_view& pid);
  status take_orc(const hl7::segment_view& orc);
  status take_obr(const hl7::segment_view& obr);
  void take_timing(const hl7::segment_view& tq1);
  void take_specimen(const hl7::segment_view& spm);
  void end_orc();
  order& current() { return bare_ ? common_ : out_.orders.back(); }

  lab::notice_reader& all_;
  notice& out_;
  size_t orcs_ = 0, obrs_ = 0;
  order common_;                      ///< what the last ORC says, for each of its OBRs
  std::optional<timestamp> specimen_; ///< when the first specimen of the last OBR was taken
  bool open_ = false;                 ///< there was an ORC
  bool bare_ = false;                 ///< and no OBR of it yet
  enum class before : uint8_t {
    none,
    opened,
    seen
  } before_ = before::none; ///< results of before (PRIOR_RESULT)
};

/// Empty where nothing is told, or nothing that the column has a word for.
std::string reader::priority_at(const hl7::segment_view& from, size_t field, size_t component) {
  const auto sent = upper_code(component == 0 ? all_.text.first(from, field)
                                              : all_.text.get(from, field, 1, component));
  const auto word = word_of(priorities, sent);
  if (word.empty() && !sent.empty())
    all_.note(std::string(from.name()) + "-" + std::to_string(field), "priority",
              "no priority that an order has here: it counts as not told");
  return std::string(word);
}

status reader::take_pid(const hl7::segment_view& pid) {
  if (auto read = all_.person(pid); !read) return read;
  if (open_) return error{error_code::segment_sequence, "PID", "the patient stands behind the first order"};
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
  common_.asks = upper_code(all_.text.first(orc, 1));
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
  common_.placer = all_.number_at(orc, 2), common_.filler = all_.number_at(orc, 3);
  common_.priority = priority_at(orc, 7, 6);
  common_.ordered = all_.time(orc, 9);
  common_.provider = trimmed(all_.text.first(orc, 12));
  if (common_.how.does == act::tell_status)
    common_.state = word_of(order_states, upper_code(all_.text.first(orc, 5)));
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
  specimen_.reset();
  to.obr = obrs_;
  if (auto own = all_.number_at(obr, 2); !own.value.empty()) to.placer = std::move(own);
  if (auto own = all_.number_at(obr, 3); !own.value.empty()) to.filler = std::move(own);
  to.panel = trimmed(all_.text.get(obr, 4, 1, 1));
  to.name = all_.text.get(obr, 4, 1, 2);
  if (to.panel.empty()) to.panel = trimmed(all_.text.get(obr, 4, 1, 4));
  if (to.name.empty()) to.name = all_.text.get(obr, 4, 1, 5);
  for (const auto& [field, component] : {std::pair<size_t, size_t>{27, 6}, {5, 0}})
    if (auto told = priority_at(obr, field, component); !told.empty() && to.priority.empty())
      to.priority = std::move(told);
  to.priority_erased = to.priority.empty() && obr.field(5).is == hl7::presence::null;
  if (to.provider.empty()) to.provider = trimmed(all_.text.first(obr, 16));
  if (!to.collected) to.collected = all_.time(obr, 7);
  to.resulted = all_.time(obr, 22);
  if (to.how.does == act::tell_status && to.state.empty())
    to.state = word_of(result_states, upper_code(all_.text.first(obr, 25)));
  const auto section = upper_code(all_.text.first(obr, 24));
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
  const auto at = all_.time(spm, 17, 1);
  if (!at || (specimen_ && *specimen_ < *at)) return;
  specimen_ = out_.orders.back().collected = at; // before OBR-7
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
    out_.visit = all_.visit_number(segment);
  } else if (bare_ && std::find(other_details.begin(), other_details.end(), name) != other_details.end()) {
    if (common_.not_laboratory.empty())
      common_.not_laboratory = std::string(name) + " stands in place of OBR";
  }
  return done{};
}

status reader::end() {
  end_orc();
  if (auto told = all_.person_told("an order without a patient"); !told) return told;
  if (!open_) return error{error_code::segment_missing, "ORC", "no order in it"};
  return done{};
}

} // namespace

result<notice> read(const hl7::message& msg, const lab::notice_reading& how) {
  notice out;
  auto from = lab::notice_reader::open(msg, how, out);
  if (!from) return from.error();
  reader orders(*from, out);
  if (auto taken = from->each_segment([&](const auto& segment) { return orders.take(segment); }); !taken)
    return taken.error();
  if (auto whole = orders.end(); !whole) return whole.error();
  return out;
}

} // namespace aorta::order
