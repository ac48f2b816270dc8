// The files beside aorta.toml as they change together: whole or not at all, also where the power goes.
#pragma once

#include "engine/base/result.hpp"
#include "engine/ports/publications.hpp"

#include <optional>
#include <string>

namespace aorta::gateway {

/// A published version whose files a folder was given.
struct taken_version {
  uuid id;
  std::string hash;
};

class config_folder {
public:
  /// The folder of aorta.toml.
  explicit config_folder(std::string path);

  result<ports::config_texts> read() const;
  /// `before` -> `after`. `conflict`: the files are not as `before` any more; `rejected`: they cannot be
  /// written. Then all stands as it stood.
  status write(const ports::config_texts& before, const ports::config_texts& after,
               const std::optional<taken_version>& as) const;
  /// Which published version the folder was given last.
  std::optional<taken_version> taken() const;
  status note(const std::optional<taken_version>& as) const;

  /// What `write` had begun when the power went is done. To be called before anybody reads the folder.
  /// `conflict`: a person has changed a file since, which stays as it is; some files may be old and some new.
  status finish() const;

private:
  std::string path_;
};

} // namespace aorta::gateway
