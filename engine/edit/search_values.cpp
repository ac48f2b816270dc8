#include "engine/edit/search_values.hpp"

#include "engine/edit/draft.hpp"

#include <algorithm>

namespace aorta::edit {
namespace {

using kind = hl7::which::kind;

constexpr size_t largest_field = 32 * 1024; ///< bytes: so it has fewer repetitions than a spot can name
constexpr size_t most_looked_at = 1'000;    ///< of a message: each is found from its field's beginning

/// The segments that the place means.
std::vector<size_t> segments_of(const draft& in, const hl7::places& where) {
  std::vector<size_t> out;
  if (where.occurrence.is == kind::unsaid || where.occurrence.is == kind::every) {
    for (size_t i = 0; i < in.segments(); ++i)
      if (in.named(i, where.name())) out.push_back(i);
  } else if (const auto found = in.find(where, {}); found.segment != no_segment) out.push_back(found.segment);
  return out;
}

} // namespace

std::vector<search_value> search_values(const hl7::message& of, std::string_view charset,
                                        const std::vector<search_path>& paths) {
  std::vector<search_value> out;
  const draft in(of, charset);
  std::string room;
  size_t looked_at = 0;
  const auto add = [&](const std::string& name, const spot& at) {
    const auto sent = in.get(at);
    if (sent.is != hl7::presence::value) return;
    bool sure = false;
    search_value one{name, std::string(in.read(sent.raw, room, sure))};
    if (sure && !one.value.empty() && std::find(out.begin(), out.end(), one) == out.end())
      out.push_back(std::move(one));
  };
  for (const auto& [name, path] : paths)
    for (const auto segment : segments_of(in, path)) {
      const spot field{segment, path.field, 0, 0, 0};
      if (in.get(field).raw.size() > largest_field) continue;
      const bool one = path.repetition.is == kind::numbered;
      const size_t first = one ? path.repetition.number : 1, last = one ? first : in.repetitions(field);
      for (size_t n = first; n <= last; ++n) {
        if (out.size() >= most_search_values || ++looked_at > most_looked_at) return out;
        add(name,
            {segment, path.field, uint16_t(n), std::max<uint16_t>(path.component, 1), path.subcomponent});
      }
    }
  return out;
}

} // namespace aorta::edit
