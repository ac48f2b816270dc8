#include "engine/hl7/lines.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace aorta::hl7 {
namespace {

/// Sorted. HL7 v2.8 appendix A.6 and what earlier versions had.
constexpr std::array<std::string_view, 194> names{
  "ABS", "ACC", "ADD", "ADJ", "AFF", "AIG", "AIL", "AIP", "AIS", "AL1", "APR", "ARQ", "ARV", "AUT", "BHS",
  "BLC", "BLG", "BPO", "BPX", "BTS", "BTX", "BUI", "CDM", "CDO", "CER", "CM0", "CM1", "CM2", "CNS", "CON",
  "CSP", "CSR", "CSS", "CTD", "CTI", "CTR", "DB1", "DEV", "DG1", "DMI", "DON", "DPS", "DRG", "DSC", "DSP",
  "DST", "ECD", "ECR", "EDU", "EQP", "EQU", "ERR", "EVN", "FAC", "FHS", "FT1", "FTS", "GOL", "GP1", "GP2",
  "GT1", "IAM", "IAR", "IIM", "ILT", "IN1", "IN2", "IN3", "INV", "IPC", "IPR", "ISD", "ITM", "IVC", "IVT",
  "LAN", "LCC", "LCH", "LDP", "LOC", "LRL", "MCP", "MFA", "MFE", "MFI", "MRG", "MSA", "MSH", "NCK", "NDS",
  "NK1", "NPU", "NSC", "NST", "NTE", "OBR", "OBX", "ODS", "ODT", "OH1", "OH2", "OH3", "OH4", "OM1", "OM2",
  "OM3", "OM4", "OM5", "OM6", "OM7", "OM8", "OMC", "ORC", "ORG", "OVR", "PAC", "PCE", "PCR", "PD1", "PDA",
  "PDC", "PEO", "PES", "PID", "PKG", "PM1", "PMT", "PR1", "PRA", "PRB", "PRC", "PRD", "PRT", "PSG", "PSH",
  "PSL", "PSS", "PTH", "PV1", "PV2", "PYE", "QAK", "QID", "QPD", "QRD", "QRF", "QRI", "RCP", "RDF", "RDT",
  "REL", "RF1", "RFI", "RGS", "RMI", "ROL", "RQ1", "RQD", "RXA", "RXC", "RXD", "RXE", "RXG", "RXO", "RXR",
  "RXV", "SAC", "SCD", "SCH", "SCP", "SDD", "SFT", "SGH", "SGT", "SHP", "SID", "SLT", "SPM", "SPR", "STF",
  "STZ", "TCC", "TCD", "TQ1", "TQ2", "TXA", "UAC", "UB1", "UB2", "URD", "URS", "VAR", "VND", "VTQ"};
static_assert(std::is_sorted(names.begin(), names.end()));

/// A name as one number, which is in the same order.
constexpr uint32_t packed(std::string_view name) noexcept {
  return uint32_t(uint8_t(name[0])) << 16 | uint32_t(uint8_t(name[1])) << 8 | uint8_t(name[2]);
}
constexpr auto packed_names = [] {
  std::array<uint32_t, names.size()> out{};
  std::transform(names.begin(), names.end(), out.begin(), packed);
  return out;
}();

bool capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool ends_name(std::string_view line, char field_separator) noexcept {
  return line.size() == 3 || (line.size() > 3 && line[3] == field_separator);
}

size_t blanks_before(std::string_view line) noexcept {
  size_t at = 0;
  while (at < line.size() && uint8_t(line[at]) <= ' ') ++at;
  return at;
}

/// A standard segment but for blanks before it and the case of its name.
bool nearly_segment(std::string_view line, char field_separator) noexcept {
  return ends_name(line, field_separator) && line.size() > 3 && !standard_name(line.substr(0, 3)).empty();
}

uint32_t separators_before(const segment_span& of, const std::vector<uint32_t>& separators,
                           uint32_t position) noexcept {
  const auto first = separators.begin() + of.first, last = first + of.count;
  return uint32_t(std::lower_bound(first, last, position) - first);
}

/// Cuts segments at line feeds that stand before a standard segment's name.
void split(std::string_view bytes, char field, std::vector<segment_span>& segments,
           const std::vector<uint32_t>& separators) {
  std::vector<segment_span> out;
  for (auto rest : segments) {
    for (uint32_t at = rest.begin; at < rest.end;) {
      const auto* found = static_cast<const char*>(std::memchr(bytes.data() + at, '\n', rest.end - at));
      if (found == nullptr) break;
      const auto feed = uint32_t(found - bytes.data());
      at = feed + 1;
      const auto line = bytes.substr(at, rest.end - at);
      if (!nearly_segment(line.substr(blanks_before(line)), field)) continue;
      const auto count = separators_before(rest, separators, feed);
      if (feed > rest.begin) out.push_back({rest.begin, feed, rest.first, count});
      rest = {at, rest.end, rest.first + count, rest.count - count};
    }
    out.push_back(rest);
  }
  segments = std::move(out);
}

/// Takes single separators out of the list.
void drop(const std::vector<uint32_t>& dropped, std::vector<segment_span>& segments,
          std::vector<uint32_t>& separators) {
  size_t next = 0;
  uint32_t kept = 0;
  for (auto& s : segments) {
    const uint32_t first = kept;
    for (uint32_t i = s.first; i < s.first + s.count; ++i) {
      if (next < dropped.size() && dropped[next] == i) ++next;
      else separators[kept++] = separators[i];
    }
    s.first = first;
    s.count = kept - first;
  }
  separators.resize(kept);
}

} // namespace

bool begins_as_segment(std::string_view line, char field_separator) noexcept {
  if (line.size() < 3 || !capital(line[0])) return false;
  for (size_t i = 1; i < 3; ++i)
    if (!capital(line[i]) && !digit(line[i])) return false;
  return ends_name(line, field_separator);
}

std::string_view standard_name(std::string_view name) noexcept {
  if (name.size() != 3) return {};
  char upper[3];
  for (size_t i = 0; i < 3; ++i) upper[i] = name[i] >= 'a' && name[i] <= 'z' ? char(name[i] - 32) : name[i];
  const std::string_view wanted(upper, 3);
  const auto at = std::lower_bound(packed_names.begin(), packed_names.end(), packed(wanted));
  return at != packed_names.end() && *at == packed(wanted) ? names[size_t(at - packed_names.begin())]
                                                           : std::string_view{};
}

void settle_lines(std::string_view bytes, const delimiters& marks, bool line_feeds_are_content,
                  std::vector<segment_span>& segments, std::vector<uint32_t>& separators,
                  std::vector<odd_line>& odd) {
  odd.clear();
  if (line_feeds_are_content && bytes.find('\n') != std::string_view::npos)
    split(bytes, marks.field, segments, separators);
  std::vector<uint32_t> dropped;
  size_t kept = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    auto s = segments[i];
    const auto line = bytes.substr(s.begin, s.end - s.begin);
    const bool add = kept > 0 && line.size() > 3 && line.starts_with("ADD") && line[3] == marks.field;
    if (kept == 0 || (!add && begins_as_segment(line, marks.field))) {
      segments[kept++] = s;
      continue;
    }
    const auto blanks = uint32_t(blanks_before(line));
    if (blanks == line.size()) continue;
    if (!add && nearly_segment(line.substr(blanks), marks.field)) {
      odd.push_back({odd_line::reading::respelled, uint32_t(kept), s.begin});
      s.begin += blanks;
      segments[kept++] = s;
      continue;
    }
    if (kept == 1) {
      odd.push_back({odd_line::reading::stray, uint32_t(kept), s.begin});
      segments[kept++] = s;
      continue;
    }
    auto& before = segments[kept - 1];
    odd.push_back({add ? odd_line::reading::added : odd_line::reading::joined, uint32_t(kept - 1), s.begin});
    if (add) dropped.push_back(s.first);
    before.end = s.end;
    before.count = s.first + s.count - before.first;
  }
  segments.resize(kept);
  if (!dropped.empty()) drop(dropped, segments, separators);
}

std::string in_one_piece(std::string_view raw, const delimiters& marks) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    const size_t end = std::min(raw.find_first_of("\r\n", at), raw.size());
    out += raw.substr(at, end - at);
    if (end == raw.size()) break;
    at = end + (raw.substr(end, 2) == "\r\n" ? 2 : 1);
    const auto next = raw.substr(at);
    const size_t past = next.find_first_not_of("\r\n"); // blank lines before ADD belong to it
    if (past != std::string_view::npos && next.substr(past).starts_with("ADD") && next.size() > past + 3 &&
        next[past + 3] == marks.field)
      at += past + 4;
    else out += '\n';
  }
  return out;
}

} // namespace aorta::hl7
