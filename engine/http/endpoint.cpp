#include "engine/http/endpoint.hpp"

#include <algorithm>

namespace aorta::http {
namespace {

bool is_parameter(std::string_view segment) noexcept {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string_view name_in(std::string_view segment) noexcept { return segment.substr(1, segment.size() - 2); }

/// The segments of a template, one after the other.
class segments {
public:
  explicit segments(std::string_view path_template) noexcept : rest_(path_template) {}
  bool next(std::string_view& segment) noexcept {
    if (rest_.empty()) return false;
    rest_.remove_prefix(1); // its slash
    const auto end = std::min(rest_.find('/'), rest_.size());
    segment = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
  }

private:
  std::string_view rest_;
};

const input* input_of(const endpoint& row, std::string_view parameter) noexcept {
  const auto at = std::find_if(row.segments.begin(), row.segments.end(),
                               [&](const input& each) { return each.name == parameter; });
  return at == row.segments.end() ? nullptr : &*at;
}

bool accepts(const endpoint& row, std::string_view word, std::string_view segment) noexcept {
  const auto* of = input_of(row, name_in(word));
  if (of == nullptr) return true;
  if (of->of == kind::id && (segment.starts_with('_') || segment.starts_with('$'))) return false;
  return of->choices.empty() ||
    std::find(of->choices.begin(), of->choices.end(), segment) != of->choices.end();
}

} // namespace

std::string_view name(scope of) noexcept {
  switch (of) {
    case scope::metrics: return "metrics";
    case scope::read: return "read";
    case scope::write: return "write";
    case scope::admin: return "admin";
    case scope::resource_read: return "read";
    case scope::resource_write: return "write";
    case scope::open:
    case scope::any_key: break;
  }
  return {};
}

std::vector<std::string_view> words(scope of) {
  if (of == scope::resource_read) return {"read", "system/TYPE.read", "patient/TYPE.read"};
  if (of == scope::resource_write) return {"write", "system/TYPE.write", "patient/TYPE.write"};
  const auto only = name(of);
  return only.empty() ? std::vector<std::string_view>{} : std::vector{only};
}

std::string_view path_values::operator[](std::string_view name) const noexcept {
  for (const auto& [key, value] : all_)
    if (key == name) return value;
  return {};
}

bool fits(const endpoint& row, std::span<const std::string> path) noexcept {
  segments parts(row.path);
  std::string_view word;
  size_t i = 0;
  for (; parts.next(word); ++i)
    if (i == path.size() || (is_parameter(word) ? !accepts(row, word, path[i]) : word != path[i]))
      return false;
  return i == path.size();
}

std::string label(const endpoint& row, std::span<const std::string> path) {
  std::string out;
  segments parts(row.path);
  std::string_view word;
  for (size_t i = 0; parts.next(word); ++i) {
    const auto* of = is_parameter(word) ? input_of(row, name_in(word)) : nullptr;
    (out += '/') += of != nullptr && !of->choices.empty() && i < path.size() ? path[i] : word;
  }
  return out;
}

bool is_nearer(std::string_view path_template, std::string_view than) noexcept {
  segments ours(path_template), theirs(than);
  std::string_view mine, other;
  while (ours.next(mine) && theirs.next(other))
    if (is_parameter(mine) != is_parameter(other)) return is_parameter(other);
  return false;
}

bool takes(std::string_view row_method, std::string_view asked) noexcept {
  return row_method == asked || (row_method == "GET" && asked == "HEAD");
}

std::vector<std::string_view> parameters_of(std::string_view path_template) {
  std::vector<std::string_view> out;
  segments parts(path_template);
  for (std::string_view word; parts.next(word);)
    if (is_parameter(word)) out.push_back(name_in(word));
  return out;
}

path_values values_of(std::string_view path_template, std::span<const std::string> path) {
  path_values out;
  segments parts(path_template);
  std::string_view word;
  for (size_t i = 0; parts.next(word) && i < path.size(); ++i)
    if (is_parameter(word)) out.add(name_in(word), path[i]);
  return out;
}

void allow(std::string& so_far, std::string_view row_method) {
  if (!so_far.empty()) so_far += ", ";
  so_far += row_method;
  if (row_method == "GET") so_far += ", HEAD";
}

} // namespace aorta::http
