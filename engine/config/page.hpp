// One TOML file and the complaints about it, each with its place.
#pragma once

#include "engine/base/diagnostic.hpp"

#include <toml++/toml.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

/// Collects complaints from all files; `sorted` gives them in the order of files, lines and columns.
class complaints {
public:
  void add(size_t file_order, diagnostic what) { all_.push_back({file_order, std::move(what)}); }
  bool any() const noexcept { return !all_.empty(); }
  std::vector<diagnostic> sorted() const;

private:
  struct placed {
    size_t file_order;
    diagnostic what;
  };
  std::vector<placed> all_;
};

/// The name under which overrides of the command line complain.
inline constexpr std::string_view command_line = "--set";

/// Was this value given on the command line?
bool is_override(const toml::source_region& where);

class page {
public:
  /// Parses; a syntax error becomes a complaint, and the page is not `readable`. `order`: the file's place
  /// among all.
  page(std::string path, std::string_view text, size_t order, complaints& out);

  bool readable() const noexcept { return readable_; }
  toml::table& root() noexcept { return root_; }
  const toml::table& root() const noexcept { return root_; }
  const std::string& path() const noexcept { return path_; }

  /// A key that a reader has asked for, and what stands there; what is noted again is added to it (the
  /// content of a file that it names).
  void note(const std::string& key, const toml::node* node) const;
  void note(const std::string& key, const std::string& more) const { noted_[key] += more; }
  const std::map<std::string, std::string>& noted() const noexcept { return noted_; }

  /// A complaint about a value or a key of this page (or of the override that took its place).
  void complain(const toml::source_region& where, std::string text, std::string hint = {}) const {
    tell(diagnostic::severity::error, where, std::move(text), std::move(hint));
  }
  /// What may be meant, and should be known.
  void warn(const toml::source_region& where, std::string text, std::string hint = {}) const {
    tell(diagnostic::severity::warning, where, std::move(text), std::move(hint));
  }
  /// About a part of a text that stands there: `at` and `length` are bytes of it. About all of it where the
  /// file writes it in another way (escapes, several lines).
  void complain_within(const toml::node& value, size_t at, size_t length, std::string text,
                       std::string hint = {}) const;
  /// A complaint about the file as a whole.
  void complain(std::string text, std::string hint = {}) const;

private:
  void tell(diagnostic::severity level, const toml::source_region& where, std::string text,
            std::string hint) const;
  std::string path_;
  std::vector<std::string> lines_; ///< passwords inside URLs blanked out
  size_t order_;
  complaints& out_;
  toml::table root_;
  mutable std::map<std::string, std::string> noted_;
  bool readable_ = false;
};

/// Lays `section.key=value` over the table: the value is read as TOML, and as a plain string if it is none. A
/// complaint if it has no such form.
void override_value(page& over, const std::string& text, complaints& out);

std::string text_as_toml(std::string_view value); ///< as TOML writes a text

} // namespace aorta::config
