// From a message's charset to UTF-8, strictly: a byte that the charset does not have is an error, never a guess.
#pragma once

#include "engine/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aorta::hl7 {

/// Decodes one named charset. Copies share their state; `decode` may be called from one thread at a time per decoder.
class decoder {
public:
  /// `name`: a value of MSH-18 (HL70211: `UNICODE UTF-8`, `8859/7`, `8859/1`, `ASCII`, ...) or an IANA name (`windows-1253`).
  /// Empty: UTF-8. Errors: `table_value` at `MSH-18` for a name nobody knows.
  static result<decoder> make(std::string_view name);

  /// `data_type` when the bytes are not of this charset. ASCII-only input is copied without conversion.
  result<std::string> decode(std::string_view bytes) const;
  const std::string& name() const noexcept { return name_; }

private:
  struct converter;
  std::string name_;
  std::shared_ptr<converter> converter_; ///< null for UTF-8 and ASCII
};

bool is_utf8(std::string_view bytes) noexcept;

} // namespace aorta::hl7
