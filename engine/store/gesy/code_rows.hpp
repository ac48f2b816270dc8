// `ports::code_tables` on one record session's transaction.
#pragma once

#include "engine/ports/codes.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

class code_rows final : public ports::code_tables {
public:
  explicit code_rows(record_talk& with) : talk_(with) {}
  status load(ports::code_system into, std::span<const ports::code_row> all) override;
  result<std::optional<std::set<std::string>>> known(ports::code_system in,
                                                     const std::vector<std::string>& codes) override;

private:
  record_talk& talk_;
};

} // namespace aorta::store
