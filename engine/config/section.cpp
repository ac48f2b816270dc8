#include "engine/config/section.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace aorta::config {

namespace {

const char* type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a section";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
    case toml::node_type::none: break;
  }
  return "nothing";
}

} // namespace

std::string suggest(const std::string& word, const std::vector<std::string>& known) {
  if (word.size() > 100) return {};
  for (const auto& candidate : known)
    if (lower(candidate) == lower(word)) return "did you mean '" + candidate + "'?";
  // Letters in another order are two edits away, too far for a short word.
  for (const auto& candidate : known)
    if (std::is_permutation(candidate.begin(), candidate.end(), word.begin(), word.end()))
      return "did you mean '" + candidate + "'?";
  const std::string near = did_you_mean(word, known);
  return near.empty() ? std::string() : "did you mean '" + near + "'?";
}

std::string listed(const std::vector<std::string>& words, const char* last) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? std::string(" ") + last + " " : ", ";
    out += words[i];
  }
  return out;
}

section::section(const page& in, const toml::table& of, const key_group& known, std::string name)
    : in_(in),
      of_(of),
      known_(known),
      name_(std::move(name)) {}

const key_row& section::row(std::string_view key) const {
  if (const auto* found = known_.find(key)) return *found;
  throw std::logic_error(full(key) + " is read and has no row in engine/config/keys.cpp");
}

const toml::node* section::any(std::string_view key) {
  const auto* node = of_.get(row(key).name);
  in_.note(full(key), node);
  return node;
}

void section::wrong_type(const toml::node& node, std::string_view key, const char* wanted) const {
  complain(node, full(key) + " must be " + wanted + ", this is " + type_name(node));
}

const toml::node* section::numbers(std::string_view key, std::vector<double>& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  const auto* list = node->as_array();
  if (list == nullptr) return wrong_type(*node, key, "a list of whole numbers"), nullptr;
  std::vector<double> read;
  const auto& limits = row(key);
  for (const auto& each : *list) {
    const auto value = each.value<int64_t>();
    if (!each.is_integer() || !value)
      return complain(each, full(key) + " must hold whole numbers, this is " + type_name(each)), nullptr;
    if (double(*value) < limits.least || double(*value) > limits.most)
      return complain(each,
                      full(key) + " holds " + std::to_string(*value) + ", which is not between " +
                        std::to_string(int64_t(limits.least)) + " and " +
                        std::to_string(int64_t(limits.most))),
             nullptr;
    read.push_back(double(*value));
  }
  into = std::move(read);
  return node;
}

const toml::node* section::text(std::string_view key, std::string& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  if (!node->is_string()) {
    wrong_type(*node, key, "a text");
    return nullptr;
  }
  into = node->as_string()->get();
  return node;
}

const toml::node* section::required(std::string_view key, std::string& into) {
  const bool there = of_.contains(key);
  const auto* node = text(key, into);
  if (!there) complain((name_.empty() ? "" : "[" + name_ + "] ") + "needs '" + std::string(key) + "'");
  if (node == nullptr) return nullptr;
  if (into.find_first_not_of(" \t") == std::string::npos) {
    complain(*node, full(key) + " is empty");
    return nullptr;
  }
  return node;
}

const toml::node* section::boolean(std::string_view key, bool& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  if (!node->is_boolean()) {
    wrong_type(*node, key, "true or false");
    return nullptr;
  }
  into = node->as_boolean()->get();
  return node;
}

const toml::node* section::number(std::string_view key, std::optional<double>& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !(*value > -1e18 && *value < 1e18)) { // also not a number, and infinite
    if (value) complain(*node, full(key) + " must be a finite number");
    else wrong_type(*node, key, "a number");
    return nullptr;
  }
  const auto& [least, most] = std::pair(row(key).least, row(key).most);
  if (least < most && (*value < least || *value > most)) {
    std::ostringstream text;
    text << full(key) << " must be between " << least << " and " << most;
    complain(*node, text.str());
    return nullptr;
  }
  into = value;
  return node;
}

const toml::node* section::whole_number(std::string_view key, int64_t& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  if (!node->is_integer()) {
    wrong_type(*node, key, "a whole number");
    return nullptr;
  }
  into = node->as_integer()->get();
  const auto least = int64_t(row(key).least), most = int64_t(row(key).most);
  if (into >= least && into <= most) return node;
  complain(*node,
           full(key) + " must be " +
             (into < least ? "at least " + std::to_string(least) : "at most " + std::to_string(most)));
  return nullptr;
}

const toml::node* section::strings(std::string_view key, std::vector<std::string>& into) {
  const auto* node = any(key);
  if (node == nullptr) return nullptr;
  const auto* list = node->as_array();
  if (list == nullptr) {
    wrong_type(*node, key, "a list of texts");
    return nullptr;
  }
  std::vector<std::string> words;
  bool fine = true;
  for (const auto& item : *list) {
    if (!item.is_string()) {
      complain(item, full(key) + " must hold texts only, this is " + type_name(item));
      fine = false;
    } else if (item.as_string()->get().empty()) {
      complain(item, full(key) + " holds an empty text");
      fine = false;
    } else if (std::find(words.begin(), words.end(), item.as_string()->get()) != words.end()) {
      complain(item, full(key) + " names '" + item.as_string()->get() + "' twice");
      fine = false;
    } else {
      words.push_back(item.as_string()->get());
    }
  }
  if (!fine) return nullptr;
  into = std::move(words);
  return node;
}

const toml::node* section::word(std::string_view key, std::string& into) {
  const auto* node = text(key, into);
  const auto& words = row(key).words;
  if (node == nullptr || std::find(words.begin(), words.end(), into) != words.end()) return node;
  std::string hint = suggest(into, words);
  if (hint.empty()) hint = "one of " + listed(words, "or");
  complain(*node, full(key) + " cannot be '" + into + "'", std::move(hint));
  return nullptr;
}

const toml::table* section::table(std::string_view key) {
  const auto* node = of_.get(row(key).name); // its own keys are noted one by one
  if (node == nullptr) return nullptr;
  if (!node->is_table()) wrong_type(*node, key, "a section");
  return node->as_table();
}

std::vector<const toml::table*> section::tables(std::string_view key) {
  std::vector<const toml::table*> all;
  const auto* node = any(key);
  if (node == nullptr) return all;
  const auto* list = node->as_array();
  if (list == nullptr) {
    wrong_type(*node, key, ("a list of sections, [[" + full(key) + "]]").c_str());
    return all;
  }
  for (const auto& item : *list) {
    if (item.is_table()) all.push_back(item.as_table());
    else wrong_type(item, key, ("a list of sections, [[" + full(key) + "]]").c_str());
  }
  return all;
}

void section::close() const {
  for (const auto& [key, value] : of_) {
    const std::string word(key.str());
    if (known_.find(word) != nullptr) continue;
    const bool top = name_.empty();
    std::string what = top && value.is_table()
      ? "unknown section [" + word + "]"
      : "unknown key '" + word + "'" + (top ? "" : " in [" + name_ + "]");
    std::string hint = suggest(word, known_.names());
    if (hint.empty()) hint = "known here: " + listed(known_.names());
    in_.complain(key.source(), std::move(what), std::move(hint));
  }
}

} // namespace aorta::config
