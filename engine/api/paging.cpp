#include "engine/api/paging.hpp"

#include "engine/api/resources.hpp"

namespace aorta::api {
namespace {
constexpr int most_items = 1000;
}

void no_such_parameter(call& on, const std::string& key) {
  on.refuse(400, "unknown-parameter", "this list has no such parameter", "parameter", key);
}

bool is_id(const std::string& cursor) { return uuid_from_text(cursor).has_value(); }
bool is_text(const std::string&) { return true; }

bool read_page(call& on, std::string& cursor, int& limit, const take_other& other, is_cursor fits) {
  for (const auto& [key, value] : on.asked.query) {
    if (key == "cursor") {
      if (!value.empty() && !fits(value)) {
        on.refuse(400, "bad-parameter", "not a cursor that a list returned", "parameter", key);
        return false;
      }
      cursor = value;
    } else if (key == "limit") {
      const auto wanted = read_id(value);
      if (!wanted || *wanted > most_items) {
        on.refuse(400, "bad-parameter", "limit is 1 to 1000", "parameter", key);
        return false;
      }
      limit = int(*wanted);
    } else if (key != "clinic" && !other(key, value)) {
      return false;
    }
  }
  return true;
}

bool read_page(call& on, std::string& cursor, int& limit, is_cursor fits) {
  const auto other = [&](const std::string& key, const std::string&) {
    no_such_parameter(on, key);
    return false;
  };
  return read_page(on, cursor, limit, other, fits);
}

} // namespace aorta::api
