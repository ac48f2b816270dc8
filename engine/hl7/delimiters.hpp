// The characters that a message chose for itself in MSH-1 and MSH-2 (HL7 v2.5.1 chapter 2.5.4; truncation
// from v2.7).
#pragma once

namespace aorta::hl7 {

struct delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';   ///< 0 if the message declares none
  char escape = '\\';      ///< 0 if the message declares none
  char subcomponent = '&'; ///< 0 if the message declares none
  char truncation = 0;     ///< 0 before v2.7
  friend bool operator==(const delimiters&, const delimiters&) = default;
};

} // namespace aorta::hl7
