#include "engine/pseudonym/fields.hpp"

#include <algorithm>
#include <array>

namespace aorta::pseudonym {
namespace {

struct row {
  std::string_view segment;
  std::string_view fields; ///< a letter and the fields that hold such; what is not named is text
};

// k kept, c coded, t time, b birth, n number, o order, e pair, N name, S staff, L person (NDL), P phone, A
// address, q timing, v value, g organisation.
// clang-format off
constexpr std::array<row, 31> table{{
  {"AIG", "k1,2 c3,4 k5,6 q7 t8 k9,10,11,12,13,14"},
  {"AIL", "k1,2 c4 t6 k7,8,9,10,11,12"},
  {"AIP", "k1,2 S3 c4,5 t6 k7,8,9,10,11,12"},
  {"AIS", "k1,2 c3 t4 k5,6,7,8,9,10,11,12"},
  {"AL1", "k1,2 c3 k4 t6"},
  {"DG1", "k1,2 c3 t5 k6,15 S16 t19 o20 k21"},
  {"DSC", "k2"},
  {"EVN", "k1 t2,3 k4 S5 t6 k7"},
  {"GT1", "k1 n2 N3,4 A5 P6,7 b8 k9,11 n12 t13,14 N16 A17 P18 n19"},
  {"IN1", "k1 c2 n3 A5 N6 P7 t12,13 N16 k17 b18 A19 t24,26 n36 n49"},
  {"MRG", "n1,2,3,4,5,6 N7"},
  {"MSA", "k1 o2 k4"},
  {"MSH", "k1,2,3,4,5,6 t7 k9 o10 k11,12,13,15,16,17,18,19,20,21"},
  {"NK1", "k1 N2 c3 A4 P5,6 c7 t8,9 n12 N13 k14,15 b16 N30 P31 A32 n33"},
  {"NTE", "k1,2,4 S5 t6,7"},
  {"OBR", "k1 o2,3 k4,5 t6,7,8 k9 S10 k11,12 t14 k15 S16 P17 t22 k24,25 k26 q27 S28 e29 k30 c31 L32,33,34,35 t36 "
          "k37,39,44,45,47,48,49,50"},
  {"OBX", "k1,2,3,4 v5 k6,7,8,9,10,11 t12 t14 c15 S16 k17 o18 t19 k20,21,22 g23 A24 S25"},
  {"ORC", "k1 o2,3,4 k5,6 q7 e8 t9 S10,11,12 P14 t15 c16,17,18 S19 k20 g21 A22 P23 A24 k25 c26 t27 k28,29,30"},
  {"PD1", "S4 n20"},
  {"PID", "k1 n2,3,4 N5,6 b7 k8 N9 A11 P13,14 k15,16 n18,19,20,21 k24,25 t29 k30,31,32 t33 P40"},
  {"PRT", "o1 k2 c3,4 S5 o10 t11,12 A14 P15"},
  {"PV1", "k1,2,4 n5 S7,8,9 c10 k14,15,16 S17 c18 n19 k36 k41 t44,45 n50 S52"},
  {"PV2", "c2,3 t8,9 k10,11 t17 k22,24,25,27"},
  {"ROL", "o1 k2 c3 S4 t5,6 A11 P12"},
  {"SCH", "o1,2 k3 o4 k5 c6,7,8 k9,10 q11 S12 P13 A14 S16 P17 A18 S20 P21 o23,24 k25 o26,27"},
  {"SFT", "k1,2,3,4 t6"},
  {"SPM", "k1 e2,3 k4,5,6,7,8,9,10,11,12,13,15,16 q17 t18,19 k20,21,22,23,24,25,26,27,28,29 o30"},
  {"TQ1", "k1,2,3,4,5,6 t7,8 k9,12,13,14"},
  {"TXA", "k1,2,3 t4 S5 t6,7,8 S9,10,11 o12,13,14,15 k17,18,19,20 S22,23"},
  {"TQ2", "k1,2 o3,4,5 k6,7,8"},
  {"RGS", "k1,2 c3"},
}};
// clang-format on

constexpr content content_for(char letter) noexcept {
  switch (letter) {
    case 'k': return content::kept;
    case 'c': return content::coded;
    case 't': return content::time;
    case 'b': return content::birth;
    case 'n': return content::number;
    case 'o': return content::order;
    case 'e': return content::pair;
    case 'N': return content::name;
    case 'S': return content::staff;
    case 'L': return content::person;
    case 'P': return content::phone;
    case 'A': return content::address;
    case 'q': return content::timing;
    case 'v': return content::value;
    case 'g': return content::organisation;
    default: return content::text;
  }
}

} // namespace

content content_of(std::string_view segment, size_t field) noexcept {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const row& each) { return each.segment == segment; });
  if (at == table.end()) return content::text;
  char letter = 0;
  size_t number = 0;
  for (size_t i = 0; i <= at->fields.size(); ++i) {
    const char c = i < at->fields.size() ? at->fields[i] : ' ';
    if (c >= '0' && c <= '9') {
      number = number * 10 + size_t(c - '0');
      continue;
    }
    if (number == field && letter != 0) return content_for(letter);
    number = 0;
    if (c != ',' && c != ' ') letter = c;
  }
  return content::text;
}

bool tells_of_people(std::string_view segment) noexcept {
  constexpr std::array<std::string_view, 5> people{"GT1", "IN1", "MRG", "NK1", "PID"};
  return std::find(people.begin(), people.end(), segment) != people.end();
}

} // namespace aorta::pseudonym
