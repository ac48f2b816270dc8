// Nothing was ever published.
#pragma once

#include "engine/ports/publications.hpp"

namespace aorta {

class bare_publications final : public ports::publication_log {
public:
  result<std::optional<ports::config_version>> published() override {
    return std::optional<ports::config_version>();
  }
  status keep(const ports::config_version&, const ports::config_texts&) override { return done{}; }
  result<bool> publish(const ports::config_version&, const ports::config_texts&) override { return false; }
  result<bool> withdraw(const uuid&) override { return false; }
  result<std::vector<ports::config_version>> versions(const std::optional<uuid>&, int) override {
    return std::vector<ports::config_version>{};
  }
  result<std::optional<ports::config_version>> version(const uuid&) override {
    return std::optional<ports::config_version>();
  }
  result<std::vector<ports::config_version>> proposed() override {
    return std::vector<ports::config_version>{};
  }
  result<std::vector<ports::config_file>> files(const uuid&) override {
    return std::vector<ports::config_file>{};
  }
  result<ports::config_texts> texts(const uuid&) override { return ports::config_texts{}; }
  result<std::vector<ports::config_file_version>> file_versions(const std::string&, int) override {
    return std::vector<ports::config_file_version>{};
  }
  result<std::optional<std::string>> text(const std::string&) override {
    return std::optional<std::string>();
  }
  result<std::optional<ports::config_draft>> draft(const std::string&) override {
    return std::optional<ports::config_draft>();
  }
  status put_draft(const std::string&, const std::string&, const ports::drafted_file&) override {
    return done{};
  }
  status drop_draft(const std::string&, timestamp) override { return done{}; }
  status drop_draft(const std::string&, const std::string&) override { return done{}; }
  status tell(const ports::engine_node&) override { return done{}; }
  status leave(const std::string&) override { return done{}; }
  result<std::vector<ports::engine_node>> nodes(std::chrono::seconds) override {
    return std::vector<ports::engine_node>{};
  }
};

} // namespace aorta
