// A query's parameters: those of the result here, the others as criteria.
#include "engine/fhir/path_values.hpp"
#include "engine/fhir/search_criterion.hpp"

#include <algorithm>
#include <array>
#include <climits>

namespace aorta::fhir {
namespace {

using parameter = std::pair<std::string, std::string>;

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class kind>
struct word {
  std::string_view text;
  kind means;
};

template <class kind, size_t n>
std::optional<kind> among(const word<kind> (&words)[n], std::string_view text) noexcept {
  for (const auto& each : words)
    if (each.text == text) return each.means;
  return std::nullopt;
}

class query_reader {
public:
  query_reader(std::string_view type, bool lenient) : lenient_(lenient) { out_.value.type = type; }

  void read(const parameter& one) {
    const auto faults = out_.faults.size();
    const bool known = one.first.starts_with('_') && read_result_parameter(one);
    const bool applied = known || read_search_parameter(one);
    if (applied && out_.faults.size() == faults && one.first != "_cursor") out_.value.applied.push_back(one);
  }
  read_outcome take() { return std::move(out_); }

private:
  void refuse(const parameter& one, std::string code, std::string text) {
    out_.faults.push_back({issue::severity::error, std::move(code), one.first, std::move(text)});
  }
  void refuse_value(const parameter& one, std::string text) { refuse(one, "value", std::move(text)); }

  bool read_search_parameter(const parameter& one) {
    auto read = read_criterion(out_.value.type, one.first, one.second);
    if (read.read) {
      out_.value.all.push_back(std::move(*read.read));
    } else if (read.unknown && lenient_) {
      out_.value.warnings.push_back({issue::severity::warning, read.code, one.first,
                                     "there is no such search parameter: it was ignored"});
      return false;
    } else {
      refuse(one, std::move(read.code), std::move(read.text));
    }
    return true;
  }

  /// False: it is none of these.
  bool read_result_parameter(const parameter& one) {
    using step = void (query_reader::*)(const parameter&);
    struct entry {
      std::string_view name;
      step how;
      bool repeats;
    };
    static constexpr entry all[] = {
      {"_include", &query_reader::read_include, true},
      {"_include:iterate", &query_reader::read_include, true},
      {"_revinclude", &query_reader::read_include, true},
      {"_revinclude:iterate", &query_reader::read_include, true},
      {"_elements", &query_reader::read_elements, true},
      {"_sort", &query_reader::read_sort, false},
      {"_count", &query_reader::read_count, false},
      {"_total", &query_reader::read_total, false},
      {"_summary", &query_reader::read_summary, false},
      {"_format", &query_reader::read_format, false},
      {"_pretty", &query_reader::read_pretty, false},
      {"_cursor", &query_reader::read_cursor, false},
    };
    const auto* found = std::find_if(std::begin(all), std::end(all),
                                     [&](const entry& each) { return each.name == one.first; });
    if (found == std::end(all)) return false;
    const auto seen = std::find(seen_.begin(), seen_.end(), found->name);
    if (one.second.empty()) refuse_value(one, "the parameter has no value");
    else if (seen != seen_.end() && !found->repeats)
      refuse_value(one, "the parameter may be there only once");
    else (this->*found->how)(one);
    seen_.push_back(found->name);
    return true;
  }

  void read_include(const parameter& one) {
    include what;
    what.reverse = one.first.starts_with("_rev");
    what.iterate = one.first.ends_with(":iterate");
    std::array<std::string, 3> parts;
    if (one.second == "*" && !what.reverse) {
      parts = {out_.value.type, "*", ""};
    } else if (!divide(one.second, parts)) {
      return refuse_value(one, "an include is written Type:parameter or Type:parameter:Type");
    }
    what.source = parts[0], what.parameter = parts[1], what.target = parts[2];
    if (parameters_of(what.source).empty())
      return refuse(one, "not-supported", "this server does not search the include's type");
    if (what.parameter != "*") {
      const auto* reference = find_parameter(what.source, what.parameter);
      if (!reference || reference->type != parameter_type::reference)
        return refuse(one, "not-supported", "the include names no reference of its type");
      if (!what.target.empty() && !may_name(*reference, what.target))
        return refuse(one, "not-supported", "the include's reference cannot name this type");
    }
    out_.value.includes.push_back(std::move(what));
  }

  static bool divide(std::string_view text, std::array<std::string, 3>& parts) {
    size_t at = 0;
    for (auto& part : parts) {
      const auto colon = text.find(':');
      part = text.substr(0, colon);
      if (part.empty()) return false;
      ++at;
      if (colon == text.npos) return at >= 2;
      text.remove_prefix(colon + 1);
    }
    return false;
  }

  void read_sort(const parameter& one) {
    for (auto each : split_escaped(one.second, ',')) {
      sort_key key;
      key.descending = each.starts_with('-');
      if (key.descending) each.remove_prefix(1);
      key.what = find_parameter(out_.value.type, each);
      if (!key.what || key.what->type == parameter_type::composite)
        return refuse(one, "not-supported", "the results cannot be sorted by this");
      out_.value.sort.push_back(key);
    }
  }

  void read_count(const parameter& one) {
    if (!all_digits(one.second)) return refuse_value(one, "a count is a whole number");
    out_.value.count = one.second.size() > 9 ? INT_MAX : std::stoi(one.second);
    if (*out_.value.count == 0) out_.value.brief = query::summary::count;
  }

  void read_total(const parameter& one) {
    static constexpr word<query::total> words[] = {{"none", query::total::none},
                                                   {"estimate", query::total::estimate},
                                                   {"accurate", query::total::accurate}};
    if (const auto means = among(words, one.second)) out_.value.want_total = *means;
    else refuse_value(one, "takes none, estimate or accurate");
  }

  void read_summary(const parameter& one) {
    static constexpr word<query::summary> words[] = {{"true", query::summary::yes},
                                                     {"false", query::summary::no},
                                                     {"text", query::summary::text},
                                                     {"data", query::summary::data},
                                                     {"count", query::summary::count}};
    const auto means = among(words, one.second);
    if (!means) return refuse_value(one, "takes true, false, text, data or count");
    if (out_.value.brief != query::summary::count)
      out_.value.brief = *means; // a count of 0 was said before and stays
  }

  void read_elements(const parameter& one) {
    for (const auto each : split_escaped(one.second, ',')) {
      const bool named = !each.empty() && std::all_of(each.begin(), each.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
      if (!named) return refuse_value(one, "takes names of elements");
      out_.value.elements.emplace_back(each);
    }
  }

  void read_pretty(const parameter& one) {
    if (one.second != "true" && one.second != "false") refuse_value(one, "takes true or false");
  }
  void read_format(const parameter&) {} // who writes the answer decides whether it can
  void read_cursor(const parameter& one) { out_.value.cursor = one.second; }

  bool lenient_;
  std::vector<std::string_view> seen_;
  read_outcome out_;
};

} // namespace

read_outcome read_query(std::string_view type, const std::vector<std::pair<std::string, std::string>>& params,
                        bool lenient) {
  query_reader in(type, lenient);
  for (const auto& one : params) in.read(one);
  return in.take();
}

} // namespace aorta::fhir
