// The criteria of a question become the PID that they describe, and that is read as every PID is.
#include "engine/base/text.hpp"
#include "engine/lab/person.hpp"
#include "engine/lab/value.hpp"
#include "engine/query/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace aorta::query {
namespace {

using lab::trimmed, lab::upper_code;

constexpr std::array<uint16_t, 4> looked_up{3, 5, 7, 8}; ///< fields of PID

/// `@PID.3.4.2`: which part of PID a criterion speaks of (QIP-1). Indices from 1; 0: not told.
struct part {
  uint16_t field = 0, component = 0, subcomponent = 0;
};

std::optional<part> part_of(std::string_view name) {
  const auto text = upper(trimmed(name));
  std::string_view rest = text;
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (!rest.starts_with("PID")) return std::nullopt;
  rest.remove_prefix(3);
  part out;
  for (auto* index : {&out.field, &out.component, &out.subcomponent}) {
    if (rest.empty()) break;
    if (rest[0] != '.' && rest[0] != '-') return std::nullopt;
    const auto [end, wrong] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), *index);
    if (wrong != std::errc{} || *index == 0) return std::nullopt;
    rest.remove_prefix(size_t(end - rest.data()));
  }
  return rest.empty() && out.field != 0 ? std::optional(out) : std::nullopt;
}

/// A PID in the making, of texts as they were sent.
class described {
public:
  explicit described(const hl7::delimiters& marks) : marks_(marks) {}

  /// What is told once more of the same part begins another repetition, as does a whole one.
  void put(part at, std::string_view sent) {
    auto& all = fields_[at.field];
    const std::pair key{at.component, std::max<uint16_t>(at.subcomponent, 1)};
    if (all.empty() || at.component == 0 || all.back().contains(key)) all.emplace_back();
    if (at.component != 0) return write(all.back()[key], sent);
    for (uint16_t component = 1;; ++component) {
      const auto end = std::min(sent.find(marks_.component), sent.size());
      if (end > 0) write(all.back()[{component, uint16_t(1)}], sent.substr(0, end));
      if (end == sent.size()) return;
      sent.remove_prefix(end + 1);
    }
  }

  /// A medical record number of nobody in particular is that of whoever is asked.
  void own_numbers(std::string_view clinic_code) {
    for (auto& each : fields_[3]) {
      const auto told = [&](uint16_t component) {
        return std::any_of(each.begin(), each.end(),
                           [&](const auto& cell) { return cell.first.first == component; });
      };
      const auto type = each.find({5, 1});
      if (type != each.end() && upper_code(type->second) == "MR" && !told(4) && !told(9))
        each[{4, 1}] = hl7::escape(clinic_code, marks_);
    }
  }

  /// With the header of the question, whose delimiters and charset are its own too.
  std::string message(std::string_view msh) const {
    std::string out(msh);
    out += "\rPID";
    for (uint16_t n = 1; n <= looked_up.back(); ++n) {
      out += marks_.field;
      const auto told = fields_.find(n);
      for (size_t i = 0; told != fields_.end() && i < told->second.size(); ++i) {
        if (i > 0) out += marks_.repetition;
        out += joined(told->second[i]);
      }
    }
    return out += '\r';
  }

private:
  using cells = std::map<std::pair<uint16_t, uint16_t>, std::string>; ///< by component and subcomponent

  static void write(std::string& to, std::string_view sent) {
    for (const char c : sent)
      if (c != '\r' && c != '\n') to += c;
  }

  std::string joined(const cells& of) const {
    std::string out;
    part at{0, 1, 1};
    for (const auto& [where, text] : of) {
      for (; at.component < where.first; ++at.component, at.subcomponent = 1) out += marks_.component;
      for (; at.subcomponent < where.second; ++at.subcomponent) out += marks_.subcomponent;
      out += text;
    }
    return out;
  }

  const hl7::delimiters& marks_;
  std::map<uint16_t, std::vector<cells>> fields_;
};

std::string place(std::string_view field, size_t repetition) {
  return std::string(field) + (repetition > 1 ? "[" + std::to_string(repetition) + "]" : std::string());
}

class reader {
public:
  reader(const hl7::message& msg, kind is, const lab::notice_reading& how)
      : msg_(msg),
        how_(how),
        pid_(msg.marks()),
        criteria_(is == kind::patient ? "QRD-8" : "QPD-3") {
    out_.is = is;
  }

  result<question> run();

private:
  status take_parameters();
  status take_demographics(const hl7::segment_view& qpd);
  status take_number(const hl7::segment_view& qpd);
  status take_domains(const hl7::segment_view& qpd, size_t field);
  status take_control(const hl7::segment_view& rcp);
  status take_original(const hl7::segment_view& qrd);
  status take_limit(const hl7::segment_view& of, size_t field);
  status read_person();
  status check_person() const;

  status one(std::string_view segment, hl7::segment_view& out) const;
  /// The field is empty or says one of these.
  static status expect(const hl7::segment_view& of, size_t field,
                       std::initializer_list<std::string_view> known, std::string_view else_text);
  std::string asked(lab::text_reader& text) const;

  const hl7::message& msg_;
  const lab::notice_reading& how_;
  described pid_;
  std::string criteria_; ///< the field that names the person
  question out_;
};

status reader::one(std::string_view segment, hl7::segment_view& out) const {
  size_t at = 0;
  if (msg_.find(segment, 2, at))
    return error{error_code::segment_sequence, std::string(segment) + "[2]", "one message asks one question"};
  if (!msg_.find(segment, 1, at))
    return error{error_code::segment_missing, std::string(segment), "a question without what is asked"};
  out = msg_.segment(at);
  return done{};
}

status reader::expect(const hl7::segment_view& of, size_t field,
                      std::initializer_list<std::string_view> known, std::string_view else_text) {
  const auto said = upper_code(of.get(field, 1, 1).raw);
  if (said.empty() || std::find(known.begin(), known.end(), said) != known.end()) return done{};
  return error{error_code::table_value, std::string(of.name()) + "-" + std::to_string(field),
               std::string(else_text)};
}

/// CQ: a number of records.
status reader::take_limit(const hl7::segment_view& of, size_t field) {
  const auto where = std::string(of.name()) + "-" + std::to_string(field);
  const auto sent = trimmed(of.get(field, 1, 1).raw);
  if (sent.empty()) return done{};
  size_t told = 0;
  const auto [end, wrong] = std::from_chars(sent.data(), sent.data() + sent.size(), told);
  if (wrong != std::errc{} || end != sent.data() + sent.size() || told == 0)
    return error{error_code::data_type, where, "not a number of people from 1"};
  const auto unit = upper_code(of.get(field, 1, 2).raw);
  if (!unit.empty() && unit != "RD")
    return error{error_code::table_value, where + ".2", "people are counted as records: RD"};
  out_.most = std::min(told, greatest_most);
  return done{};
}

status reader::take_control(const hl7::segment_view& rcp) {
  if (auto now = expect(rcp, 1, {"I"}, "answers are given at once: I"); !now) return now;
  if (auto now = expect(rcp, 3, {"R"}, "answers are given in real time: R"); !now) return now;
  return take_limit(rcp, 2);
}

/// QIP: `@PID.5.1^name`.
status reader::take_demographics(const hl7::segment_view& qpd) {
  for (size_t n = 1; n <= qpd.repetitions(3); ++n) {
    const auto where = place(criteria_, n);
    const auto whole = qpd.get(3, n).raw, named = qpd.get(3, n, 1).raw;
    if (trimmed(whole).empty()) continue;
    const auto at = part_of(named);
    if (!at) return error{error_code::data_type, where + ".1", "not a field as in @PID.5.1"};
    const auto value = at->component != 0 ? qpd.get(3, n, 2).raw
      : named.size() < whole.size()       ? whole.substr(named.size() + 1)
                                          : std::string_view();
    if (trimmed(value).empty() || value == "\"\"") continue;
    if (std::find(looked_up.begin(), looked_up.end(), at->field) == looked_up.end())
      return error{error_code::table_value, where + ".1",
                   "people are looked up by PID-3, PID-5, PID-7 and PID-8"};
    if (value.find('*') != value.npos)
      return error{error_code::data_type, where + ".2",
                   "there are no wildcards: names are found as they sound"};
    pid_.put(*at, value);
  }
  return done{};
}

/// CX.
status reader::take_number(const hl7::segment_view& qpd) {
  if (qpd.repetitions(3) > 1)
    return error{error_code::data_type, "QPD-3[2]", "one number is asked for at a time"};
  if (const auto sent = qpd.get(3, 1); sent) pid_.put({3, 0, 0}, sent.raw);
  return done{};
}

/// CX, of which 4 says whose numbers are wanted, and perhaps 5 of what type.
status reader::take_domains(const hl7::segment_view& qpd, size_t field) {
  for (size_t n = 1; n <= qpd.repetitions(field); ++n) {
    auto authority = qpd.get(field, n, 4, 1).raw;
    if (authority.empty()) authority = qpd.get(field, n, 4, 2).raw;
    const auto type = qpd.get(field, n, 5).raw;
    if (authority.empty() && type.empty()) continue;
    auto wanted = identity::id_kind::other;
    for (const std::string_view word : {type, std::string_view("NI")}) // a country's numbers are national
                                                                       // ones
      if (wanted == identity::id_kind::other && (word == type || type.empty()))
        wanted = identity::type_id("1", word,
                                   authority.empty() && word == "MR" ? how_.clinic_code : authority,
                                   how_.clinic_code)
                   .kind;
    if (wanted == identity::id_kind::other)
      return error{error_code::unknown_key, place("QPD-" + std::to_string(field), n),
                   "the clinic holds no numbers of this authority"};
    out_.domains.push_back(wanted);
  }
  return done{};
}

/// QRD, and QRF, which may narrow the question.
status reader::take_original(const hl7::segment_view& qrd) {
  if (auto now = expect(qrd, 2, {"R"}, "answers are records: R"); !now) return now;
  if (auto now = expect(qrd, 3, {"I"}, "answers are given at once: I"); !now) return now;
  if (auto now = expect(qrd, 9, {"DEM"}, "demographics alone are told: DEM"); !now) return now;
  if (auto limit = take_limit(qrd, 7); !limit) return limit;
  if (qrd.repetitions(8) > 1)
    return error{error_code::data_type, "QRD-8[2]", "one person is asked for at a time"};
  for (const auto& [component, at] : {std::pair<size_t, part>{1, {3, 1, 0}},
                                      {9, {3, 4, 0}},
                                      {13, {3, 5, 0}},
                                      {2, {5, 1, 0}},
                                      {3, {5, 2, 0}}})
    if (const auto sent = qrd.get(8, 1, component); sent) pid_.put(at, sent.raw);
  size_t at = 0;
  if (msg_.find("QRF", 1, at) && !trimmed(msg_.segment(at).field(5).raw).empty())
    return error{error_code::table_value, "QRF-5", "people are looked up by QRD-8 alone"};
  return done{};
}

status reader::take_parameters() {
  size_t at = 0;
  if (msg_.find("DSC", 1, at) && !trimmed(msg_.segment(at).field(1).raw).empty())
    return error{error_code::table_value, "DSC-1",
                 "answers are not continued: ask more closely, or for more at once"};
  hl7::segment_view asks = msg_.segment(0);
  if (auto found = one(out_.is == kind::patient ? "QRD" : "QPD", asks); !found) return found;
  if (out_.is == kind::patient) return take_original(asks);
  if (msg_.find("RCP", 1, at))
    if (auto taken = take_control(msg_.segment(at)); !taken) return taken;
  if (out_.is == kind::identifiers) {
    if (auto taken = take_number(asks); !taken) return taken;
    return take_domains(asks, 4);
  }
  out_.only_certain = !trimmed(asks.field(4).raw).empty();
  if (auto taken = take_demographics(asks); !taken) return taken;
  return take_domains(asks, 8);
}

std::string reader::asked(lab::text_reader& text) const {
  std::string out;
  for (size_t i = 0; i < msg_.segments(); ++i) {
    const auto segment = msg_.segment(i);
    for (const std::string_view asks : {"QPD", "RCP", "QRD", "QRF"})
      if (segment.name() == asks)
        (out += out.empty() ? "" : "\n") += text.unresolved({hl7::presence::value, segment.raw()});
  }
  return out;
}

status reader::read_person() {
  pid_.own_numbers(how_.clinic_code);
  const auto bytes = pid_.message(msg_.segment(0).raw());
  const auto parsed = hl7::parse(bytes);
  if (!parsed) return parsed.error();
  lab::notice says;
  auto from = lab::notice_reader::open(*parsed, how_, says);
  if (!from) return from.error();
  const auto taken = from->each_segment(
    [&](const auto& segment) { return segment.name() == "PID" ? from->person(segment) : status(done{}); });
  if (!taken && taken.error().where.starts_with("PID"))
    return error{taken.error().code, criteria_, taken.error().text};
  if (!taken) return taken.error();
  out_.who = std::move(says.who);
  out_.charset = from->text.charset();
  out_.asked = asked(from->text);
  return done{};
}

/// What cannot be read, and what can find nobody, is no "nobody".
status reader::check_person() const {
  const auto& who = out_.who;
  if (who.birth_date_unreadable)
    return error{error_code::data_type, criteria_, "the birth date cannot be read: it is YYYYMMDD"};
  if (who.sex_unreadable) return error{error_code::table_value, criteria_, "the sex is M, F, O or U"};
  for (const auto& each : who.ids)
    if (each.kind == identity::id_kind::other && !each.authority.empty())
      return error{error_code::unknown_key, criteria_,
                   "the clinic holds no numbers of this authority and type"};
    else if (each.kind == identity::id_kind::other)
      return error{error_code::field_missing, criteria_,
                   "it does not say whose number this is: the authority (" + std::string(how_.clinic_code) +
                     " for the clinic's own), or the type"};
  const auto keys = identity::lookup_keys(who);
  if (std::none_of(keys.begin(), keys.end(), [](const auto& key) { return key.kind != "decided"; }))
    return error{error_code::field_missing, criteria_,
                 "a number, or family name, given name and whole birth date, can find somebody"};
  return done{};
}

result<question> reader::run() {
  const auto& marks = msg_.marks();
  if (marks.component == 0 || marks.repetition == 0 || marks.subcomponent == 0)
    return error{error_code::data_type, "MSH-2",
                 "a question and its answer need delimiters of repetitions, components and subcomponents"};
  if (auto taken = take_parameters(); !taken) return taken.error();
  if (auto taken = read_person(); !taken) return taken.error();
  if (auto good = check_person(); !good) return good.error();
  return std::move(out_);
}

} // namespace

std::string_view name(kind is) noexcept {
  switch (is) {
    case kind::candidates: return "find-candidates";
    case kind::identifiers: return "corresponding-identifiers";
    case kind::patient: return "patient";
  }
  return "patient";
}

std::optional<kind> kind_of(std::string_view type, std::string_view event) noexcept {
  if (type == "QBP" && event == "Q22") return kind::candidates;
  if (type == "QBP" && event == "Q23") return kind::identifiers;
  if (type == "QRY" && event == "A19") return kind::patient;
  return std::nullopt;
}

result<question> read(const hl7::message& msg, kind is, const lab::notice_reading& how) {
  return reader(msg, is, how).run();
}

} // namespace aorta::query
