// What parses is written and read again as the same; every fault has a place inside the text; validation of
// anything ends, and says the same twice.
#include "engine/fhir/validate.hpp"

#include <cstdlib>

namespace {

using namespace aorta::fhir;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_place(const aorta::error& why, std::string_view text) {
  require(why.code == aorta::error_code::data_type && why.where.starts_with("line ") && !why.text.empty());
  size_t lines = 1;
  for (const char c : text) lines += c == '\n';
  const auto line = std::stoul(why.where.substr(5)),
             column = std::stoul(why.where.substr(why.where.rfind(' ') + 1));
  require(line >= 1 && line <= lines && column >= 1 && column <= text.size() + 1);
}

void check_issues(const node& root) {
  const auto first = validate(root), second = validate(root);
  require(first.size() <= 50 && first.size() == second.size());
  for (size_t i = 0; i < first.size(); ++i) {
    require(!first[i].code.empty() && !first[i].path.empty() && !first[i].text.empty());
    require(first[i].path == second[i].path && first[i].text == second[i].text);
  }
  document into;
  require(has_error(first) == !first.empty());
  require(validate(*outcome(into, first)).empty()); // what we say of it is itself valid
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = document::parse(text);
  if (!read) return check_place(read.error(), text), 0;

  for (const bool pretty : {false, true}) {
    const std::string written = write(*read->root, pretty);
    const auto again = document::parse(written);
    require(again.ok() && equal(*read->root, *again->root) && write(*again->root, pretty) == written);
  }
  document other;
  require(equal(*other.copy(*read->root), *read->root));
  check_issues(*read->root);
  return 0;
}
