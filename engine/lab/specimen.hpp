// What a message says of the specimens that its results were measured in: OBR-15 (SPS) and SPM-4 (CWE), HL7
// v2.5.1 chapters 4.5.3 and 7.4.3.
#pragma once

#include "engine/hl7/message.hpp"
#include "engine/lab/text_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// Kinds of specimen as far as one test's code tells them apart, as bits.
namespace specimen {
inline constexpr uint8_t blood = 1, urine = 2, csf = 4, other = 8; ///< blood: serum, plasma and whole blood
}

/// By HL70487 and HL70070 codes, SNOMED CT codes, or words in English or Greek. Several where several are
/// named; 0 for what nobody knows.
uint8_t specimens_in(std::string_view text);

/// What the code table calls a specimen.
uint8_t specimen_named(std::string_view name) noexcept;

/// One field that names the specimen of an order, or several specimens of it.
struct specimen_statement {
  std::string where; ///< `OBR[1]-15`
  uint8_t kinds = 0;
};

/// For each OBX of the message what was said of its specimen. Statements of which nothing is known are left
/// out.
class specimen_book {
public:
  specimen_book() = default;
  specimen_book(const hl7::message& msg, text_reader& read);
  /// `position`: which OBX, from 1.
  const std::vector<specimen_statement>& of(size_t position) const noexcept;

private:
  std::vector<std::vector<specimen_statement>> orders_;
  std::vector<size_t> order_of_; ///< of each OBX: its order's place in `orders_`
};

} // namespace aorta::lab
