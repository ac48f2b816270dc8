#include "engine/hl7/known_fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::hl7 {
namespace {

using row = std::pair<std::string_view, uint16_t>;

/// Sorted. The largest number of all versions: which one a message has is known when it comes.
constexpr std::array<row, 191> table{
  {{"ABS", 14}, {"ACC", 13}, {"ADD", 1},  {"ADJ", 15}, {"AFF", 5},  {"AIG", 14}, {"AIL", 12}, {"AIP", 12},
   {"AIS", 12}, {"AL1", 6},  {"APR", 5},  {"ARQ", 25}, {"ARV", 7},  {"AUT", 12}, {"BHS", 14}, {"BLC", 2},
   {"BLG", 4},  {"BPO", 14}, {"BPX", 21}, {"BTS", 3},  {"BTX", 19}, {"BUI", 13}, {"CDM", 13}, {"CDO", 4},
   {"CER", 31}, {"CM0", 11}, {"CM1", 3},  {"CM2", 4},  {"CNS", 6},  {"CON", 25}, {"CSP", 4},  {"CSR", 16},
   {"CSS", 3},  {"CTD", 8},  {"CTI", 3},  {"CTR", 18}, {"DB1", 8},  {"DEV", 16}, {"DG1", 26}, {"DMI", 5},
   {"DON", 34}, {"DPS", 5},  {"DRG", 33}, {"DSC", 2},  {"DSP", 5},  {"ECD", 5},  {"ECR", 3},  {"EDU", 9},
   {"EQP", 5},  {"EQU", 5},  {"ERR", 12}, {"EVN", 7},  {"FAC", 12}, {"FHS", 14}, {"FT1", 56}, {"FTS", 2},
   {"GOL", 22}, {"GP1", 5},  {"GP2", 14}, {"GT1", 57}, {"IAM", 30}, {"IAR", 4},  {"IIM", 15}, {"ILT", 10},
   {"IN1", 55}, {"IN2", 72}, {"IN3", 25}, {"INV", 27}, {"IPC", 9},  {"IPR", 8},  {"ISD", 3},  {"ITM", 29},
   {"IVC", 30}, {"IVT", 26}, {"LAN", 4},  {"LCC", 4},  {"LCH", 5},  {"LDP", 12}, {"LOC", 9},  {"LRL", 6},
   {"MCP", 5},  {"MFA", 6},  {"MFE", 7},  {"MFI", 6},  {"MRG", 7},  {"MSA", 8},  {"MSH", 28}, {"NCK", 1},
   {"NDS", 4},  {"NK1", 41}, {"NPU", 2},  {"NSC", 9},  {"NST", 15}, {"NTE", 9},  {"OBR", 55}, {"OBX", 33},
   {"ODS", 4},  {"ODT", 3},  {"OH1", 7},  {"OH2", 17}, {"OH3", 8},  {"OH4", 6},  {"OM1", 59}, {"OM2", 11},
   {"OM3", 8},  {"OM4", 18}, {"OM5", 4},  {"OM6", 3},  {"OM7", 24}, {"ORC", 38}, {"ORG", 13}, {"ORO", 4},
   {"OVR", 5},  {"PAC", 9},  {"PCE", 4},  {"PCR", 23}, {"PD1", 23}, {"PDA", 9},  {"PDC", 15}, {"PEO", 25},
   {"PES", 13}, {"PID", 40}, {"PKG", 8},  {"PM1", 26}, {"PMT", 12}, {"PR1", 25}, {"PRA", 12}, {"PRB", 28},
   {"PRC", 18}, {"PRD", 14}, {"PRT", 24}, {"PSG", 6},  {"PSH", 14}, {"PSL", 48}, {"PSS", 5},  {"PTH", 7},
   {"PV1", 54}, {"PV2", 50}, {"PYE", 7},  {"QAK", 6},  {"QCK", 1},  {"QID", 2},  {"QPD", 3},  {"QRD", 12},
   {"QRF", 10}, {"QRI", 3},  {"RCP", 7},  {"RDF", 2},  {"RDT", 1},  {"REL", 16}, {"RF1", 12}, {"RFI", 4},
   {"RGS", 3},  {"RMI", 3},  {"ROL", 14}, {"RQ1", 7},  {"RQD", 10}, {"RX1", 30}, {"RXA", 29}, {"RXC", 11},
   {"RXD", 36}, {"RXE", 46}, {"RXG", 33}, {"RXO", 37}, {"RXR", 7},  {"SAC", 52}, {"SCD", 37}, {"SCH", 28},
   {"SCP", 8},  {"SDD", 7},  {"SFT", 6},  {"SHP", 12}, {"SID", 4},  {"SLT", 5},  {"SPM", 35}, {"SPR", 4},
   {"STF", 42}, {"STZ", 4},  {"TCC", 15}, {"TCD", 9},  {"TQ1", 14}, {"TQ2", 10}, {"TXA", 28}, {"UAC", 2},
   {"UB1", 23}, {"UB2", 17}, {"URD", 7},  {"URS", 9},  {"VAR", 6},  {"VND", 5},  {"VTQ", 5}}};
static_assert(std::is_sorted(table.begin(), table.end()));

} // namespace

uint16_t most_fields(std::string_view segment) noexcept {
  if (segment.starts_with('Z')) return 65535;
  const auto at = std::lower_bound(table.begin(), table.end(), segment,
                                   [](const row& a, std::string_view b) { return a.first < b; });
  return at != table.end() && at->first == segment ? at->second : 0;
}

std::vector<std::string_view> known_segments() {
  std::vector<std::string_view> out;
  out.reserve(table.size());
  for (const auto& each : table) out.push_back(each.first);
  return out;
}

} // namespace aorta::hl7
