// Whether conditions can hold at all: they are tried with every value that makes a difference to them.
#include "engine/edit/condition.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>

namespace aorta::edit {
namespace {

constexpr size_t most_ways = 4096, most_opaque = 4;

/// What may stand at a place: a text that some comparison names, or another one, of which patterns and tables
/// say what they like.
struct value {
  std::string text;
  bool other = false;
  uint32_t says = 0; ///< a bit for each pattern and table
};

struct variable {
  std::vector<value> domain;
  std::vector<const node*> opaque = {}; ///< patterns and tables that look at it
  bool free = false;                    ///< a question of its own, answered no or yes
};

/// One part of one condition.
struct root {
  const std::vector<node>* all;
  const node* part;
};

bool in_table(const node& how, std::string_view text) {
  if (how.is == node::kind::matches)
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *how.pattern);
  return how.from ? how.from->rows.find(text) != how.from->rows.end()
                  : std::binary_search(how.list.begin(), how.list.end(), text);
}

/// The same pattern or table twice says the same.
bool same_question(const node& a, const node& b) {
  if (a.is != b.is) return false;
  return a.is == node::kind::matches ? a.pattern->pattern() == b.pattern->pattern() : a.from == b.from;
}

class trial {
public:
  trial(const std::vector<root>& roots, const std::vector<fixed_place>& fixed) : roots_(roots) {
    for (const auto& each : roots) gather(*each.all, *each.part);
    for (auto& [name, var] : variables_) complete(var, fixed_values(name, fixed));
  }

  chance run() {
    size_t ways = 1;
    for (const auto& [name, var] : variables_) {
      ways *= std::max<size_t>(var.domain.size(), 1);
      if (ways > most_ways || var.opaque.size() > most_opaque) return chance::sometimes;
    }
    bool ever = false, always = true;
    for (size_t way = 0; way < ways && (!ever || always); ++way) {
      size_t rest = way;
      for (const auto& [name, var] : variables_) {
        now_[name] = &var.domain[rest % var.domain.size()];
        rest /= var.domain.size();
      }
      const bool holds = std::all_of(roots_.begin(), roots_.end(),
                                     [&](const root& each) { return evaluate(*each.all, *each.part); });
      ever = ever || holds;
      always = always && holds;
    }
    return !ever ? chance::never : always ? chance::always : chance::sometimes;
  }

private:
  static bool is_free(const node& is) {
    return is.is == node::kind::any || is.is == node::kind::all ||
      ((is.is == node::kind::equal || is.is == node::kind::unequal) && !is.left.literal && !is.right.literal);
  }
  /// Two places compared, any() and all(): either may be; the same words are the same question.
  static std::string name_of(const node& is) {
    if (is.is == node::kind::equal || is.is == node::kind::unequal) {
      auto one = hl7::to_text(is.left.where), other = hl7::to_text(is.right.where);
      if (other < one) std::swap(one, other);
      return one + " = " + other;
    }
    return "? " + std::to_string(reinterpret_cast<uintptr_t>(&is)); // never the same as another
  }
  /// No and yes, as far as both may be: `other` is yes.
  static std::vector<value> answers(const std::vector<node>& all, const node& is) {
    const value no{"", false, 0}, yes{"", true, 1};
    if (is.parts.empty()) return is.left.where == is.right.where ? std::vector{yes} : std::vector{no, yes};
    const auto inner = trial({{&all, &all[is.parts.front()]}}, {}).run();
    if (is.is == node::kind::any && inner == chance::never) return {no};
    if (is.is == node::kind::all && inner == chance::always) return {yes};
    return {no, yes};
  }
  static const operand& place_of(const node& is) { return is.left.literal ? is.right : is.left; }

  void gather(const std::vector<node>& all, const node& is) {
    if (is_free(is)) {
      variables_[name_of(is)] = {answers(all, is), {}, true};
      return;
    }
    for (const auto part : is.parts) gather(all, all[part]);
    if (!is.parts.empty() || place_of(is).literal) return;
    auto& var = variables_[hl7::to_text(place_of(is).where)];
    const auto known = [&](std::string text) { var.domain.push_back({std::move(text)}); };
    if (is.is == node::kind::equal || is.is == node::kind::unequal)
      known(is.left.literal ? is.left.text : is.right.text);
    for (const auto& each : is.list) known(each);
    const bool asks = is.is == node::kind::matches || (is.is == node::kind::member && is.from);
    if (asks && std::none_of(var.opaque.begin(), var.opaque.end(), [&](const node* other) {
          return same_question(*other, is);
        }))
      var.opaque.push_back(&is);
  }

  static const fixed_place* fixed_values(const std::string& name, const std::vector<fixed_place>& fixed) {
    const auto at = std::find_if(fixed.begin(), fixed.end(),
                                 [&](const auto& each) { return hl7::to_text(each.where) == name; });
    return at == fixed.end() ? nullptr : &*at;
  }

  static void complete(variable& var, const fixed_place* fixed) {
    if (var.free) return;
    if (fixed != nullptr) {
      var.domain.clear();
      for (const auto& each : fixed->values) var.domain.push_back({each});
      if (!fixed->others) return;
    } else {
      var.domain.push_back({""});
    }
    std::sort(var.domain.begin(), var.domain.end(),
              [](const value& a, const value& b) { return a.text < b.text; });
    var.domain.erase(std::unique(var.domain.begin(), var.domain.end(),
                                 [](const value& a, const value& b) { return a.text == b.text; }),
                     var.domain.end());
    if (var.opaque.size() > most_opaque) return;
    for (uint32_t bits = 0; bits < 1u << var.opaque.size(); ++bits) var.domain.push_back({"", true, bits});
  }

  bool asked(const node& is, const value& now, const variable& var) const {
    if (!now.other) return in_table(is, now.text);
    if (is.is == node::kind::member && !is.from) return false; // the list's texts are values of their own
    const auto at = std::find_if(var.opaque.begin(), var.opaque.end(),
                                 [&](const node* other) { return same_question(*other, is); });
    return (now.says >> (at - var.opaque.begin()) & 1) != 0;
  }

  bool compare(const node& is) {
    const bool equality = is.is == node::kind::equal || is.is == node::kind::unequal;
    const bool wanted = is.is != node::kind::unequal;
    if (is_free(is)) return now_.at(name_of(is))->other == wanted;
    const auto& place = place_of(is);
    if (place.literal) {
      if (equality) return (is.left.text == is.right.text) == wanted;
      return is.is == node::kind::empty ? is.left.text.empty() : in_table(is, is.left.text);
    }
    const auto name = hl7::to_text(place.where);
    const auto& now = *now_.at(name);
    if (is.is == node::kind::empty) return !now.other && now.text.empty();
    if (!equality) return asked(is, now, variables_.at(name));
    return (!now.other && now.text == (is.left.literal ? is.left.text : is.right.text)) == wanted;
  }

  bool evaluate(const std::vector<node>& all, const node& is) {
    const auto part = [&](uint32_t which) { return evaluate(all, all[which]); };
    switch (is.is) {
      case node::kind::both: return std::all_of(is.parts.begin(), is.parts.end(), part);
      case node::kind::either: return std::any_of(is.parts.begin(), is.parts.end(), part);
      case node::kind::negated: return !part(is.parts.front());
      default: return compare(is);
    }
  }

  std::vector<root> roots_;
  std::map<std::string, variable> variables_;
  std::map<std::string, const value*> now_;
};

} // namespace

chance chance_of(const std::vector<const condition*>& all, const std::vector<fixed_place>& fixed) {
  std::vector<root> roots;
  for (const auto* each : all)
    if (each != nullptr && !each->nodes().empty()) roots.push_back({&each->nodes(), &each->nodes().back()});
  return trial(roots, fixed).run();
}

const node* idle_part(const condition& of, const std::vector<fixed_place>& fixed, chance& is) {
  const auto& all = of.nodes();
  for (auto at = all.rbegin(); at != all.rend(); ++at) { // the whole first
    is = trial({{&all, &*at}}, fixed).run();
    if (is != chance::sometimes) return &*at;
  }
  return nullptr;
}

} // namespace aorta::edit
