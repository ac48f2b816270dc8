// What messages have said of rows (`told_rows`).
#pragma once

#include "engine/store/records/record_talk.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::store {

std::vector<ports::told_row> read_told(record_talk& with, model::table of,
                                       const std::vector<std::string>& keys);
void keep_told(record_talk& with, std::span<const ports::told_row> all);

} // namespace aorta::store
