#include "engine/edit/search_values.hpp"

#include "engine/edit/draft.hpp"

#include <algorithm>

namespace aorta::edit {
namespace {

using kind = hl7::which::kind;

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
  const auto add = [&](const std::string& name, const spot& at) {
    const auto sent = in.get(at);
    if (sent.is != hl7::presence::value || out.size() >= most_search_values) return;
    bool sure = false;
    search_value one{name, std::string(in.read(sent.raw, room, sure))};
    if (sure && !one.value.empty() && std::find(out.begin(), out.end(), one) == out.end())
      out.push_back(std::move(one));
  };
  for (const auto& [name, path] : paths)
    for (const auto segment : segments_of(in, path)) {
      spot at{segment, path.field, 1, std::max<uint16_t>(path.component, 1), path.subcomponent};
      if (path.repetition.is == kind::numbered) {
        at.repetition = path.repetition.number;
        add(name, at);
        continue;
      }
      for (uint16_t n = 1; n <= in.repetitions({segment, path.field, 0, 0, 0}); ++n) {
        at.repetition = n;
        add(name, at);
      }
    }
  return out;
}

} // namespace aorta::edit
