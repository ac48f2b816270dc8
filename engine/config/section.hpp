// One TOML table, read key by key, each by its row in the table of keys; whatever has no row is an unknown
// key.
#pragma once

#include "engine/config/keys.hpp"
#include "engine/config/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

class section {
public:
  /// `name`: as people write it, `http` or `clinic.MAIN`; empty for the file's top. What may stand in it is
  /// `known`; asking for another key throws `std::logic_error`.
  section(const page& in, const toml::table& of, const key_group& known, std::string name);

  // Each reads a key into its target and returns its node; null (and the target untouched) when the key is
  // absent or, after a complaint, wrong. Numbers have the limits of their rows.
  const toml::node* text(std::string_view key, std::string& into);
  const toml::node* boolean(std::string_view key, bool& into);
  const toml::node* number(std::string_view key, std::optional<double>& into);
  const toml::node* strings(std::string_view key, std::vector<std::string>& into);
  const toml::node* numbers(std::string_view key, std::vector<double>& into); ///< whole ones
  const toml::table* table(std::string_view key);
  const toml::node* word(std::string_view key, std::string& into); ///< one of its row's
  /// An array of tables, `[[name.key]]`.
  std::vector<const toml::table*> tables(std::string_view key);

  template <class Whole>
  const toml::node* whole(std::string_view key, Whole& into) {
    int64_t value = 0;
    const auto* node = whole_number(key, value);
    if (node != nullptr) into = static_cast<Whole>(value);
    return node;
  }

  /// A text that must be there and say something.
  const toml::node* required(std::string_view key, std::string& into);

  /// Complains about every key that has no row. Call once, at the end.
  void close() const;

  void complain(const toml::node& about, std::string text, std::string hint = {}) const {
    in_.complain(about.source(), std::move(text), std::move(hint));
  }
  /// About the table itself: its header.
  void complain(std::string text, std::string hint = {}) const {
    in_.complain(of_.source(), std::move(text), std::move(hint));
  }

  std::string full(std::string_view key) const {
    return name_.empty() ? std::string(key) : name_ + "." + std::string(key);
  }
  const std::string& name() const noexcept { return name_; }
  const page& in() const noexcept { return in_; }
  const toml::table& of() const noexcept { return of_; }

private:
  const key_row& row(std::string_view key) const;
  const toml::node* whole_number(std::string_view key, int64_t& into);
  const toml::node* any(std::string_view key);
  void wrong_type(const toml::node& node, std::string_view key, const char* wanted) const;

  const page& in_;
  const toml::table& of_;
  const key_group& known_;
  std::string name_;
};

/// `did you mean 'x'?`, or empty.
std::string suggest(const std::string& word, const std::vector<std::string>& known);
/// `a, b and c`
std::string listed(const std::vector<std::string>& words, const char* last = "and");

} // namespace aorta::config
