// Keys and certificates made for one test run: an authority, a server and a client of it, and a stranger.
#pragma once

#include <filesystem>
#include <string>

namespace rig {

struct certificates {
  certificates();
  ~certificates();
  std::string file(const std::string& name) const { return (folder / name).string(); }
  std::filesystem::path folder; ///< ca.pem, server.pem, server.key, client.pem, client.key, stranger.pem,
                                ///< stranger.key
};

} // namespace rig
