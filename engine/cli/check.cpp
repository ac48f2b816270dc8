// `aorta check`: the configuration, and what serve would open by it.
#include "engine/cli/commands.hpp"
#include "engine/net/loop/address.hpp"
#include "engine/net/tls/tls.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace aorta::cli {
namespace {

/// What stands in the way of serve, and what soon will.
class findings {
public:
  void fault(const std::string& text) {
    ++faults_;
    std::printf("error: %s\n", text.c_str());
  }
  void warn(const std::string& text) const { std::printf("warning: %s\n", text.c_str()); }
  int faults() const noexcept { return faults_; }

private:
  int faults_ = 0;
};

constexpr int soon = 30; ///< days

void look_at_expiry(const std::string& whose, const std::string& path, findings& out) {
  const auto text = read_file(path);
  if (!text) return;
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(text->data(), int(text->size())),
                                                     BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> cert(
    PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
  int days = 0, seconds = 0;
  if (!cert || ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(cert.get())) != 1) return;
  if (days < 0 || seconds < 0) out.fault(whose + ": the certificate " + path + " has expired");
  else if (days < soon)
    out.warn(whose + ": the certificate " + path + " expires in " + std::to_string(days) + " days");
}

void look_at_door(const std::string& whose, const config::endpoint& listen, const config::tls_files& tls,
                  findings& out) {
  if (const auto found = net::resolve(listen.host, listen.port); !found)
    out.fault(whose + ": " + found.error().text);
  if (tls.cert.empty()) return;
  if (const auto good = net::tls_context::for_server(tls); !good)
    return out.fault(whose + ": " + good.error().text);
  look_at_expiry(whose, tls.cert, out);
  if (!tls.client_ca.empty()) look_at_expiry(whose, tls.client_ca, out);
}

/// Whether others than its owner may open a file that holds what is secret.
bool is_open_to_others(const std::filesystem::path& path) {
  std::error_code failed;
  const auto mode = std::filesystem::status(path, failed).permissions();
  return !failed && std::filesystem::exists(path, failed) &&
    (mode & std::filesystem::perms(077)) != std::filesystem::perms::none;
}

void look_at_key(const config::settings& settings, findings& out) {
  if (const auto fault = key_fault(settings.pii_key)) out.fault(*fault);
  const auto& path = settings.pii_key_file;
  if (!path.empty() && is_open_to_others(path))
    out.warn("security.pii_key_file: others may read " + path + ": chmod 600");
}

void look_at_store(const config::settings& settings, findings& out) {
  constexpr std::string_view sqlite = "sqlite://";
  if (!settings.store_url.starts_with(sqlite)) return;
  const std::filesystem::path path = settings.store_url.substr(sqlite.size());
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    out.fault("store.url: " + path.string() + " is a folder, not a file");
  else if (!std::filesystem::is_directory(folder, failed))
    out.fault("store.url: there is no folder " + folder.string() + ": make it");
  if (is_open_to_others(path)) out.warn("store.url: others may read " + path.string() + ": chmod 600");
}

/// What goes to a folder that is not there waits for it, so this is no fault.
void look_at_folder(const config::destination& to, const findings& out) {
  const std::string whose = "destination '" + to.name + "': ";
  std::error_code failed;
  if (!std::filesystem::is_directory(to.to, failed))
    out.warn(whose + "there is no folder " + to.to + ": make it");
  else if (::access(to.to.c_str(), W_OK | X_OK) != 0)
    out.warn(whose + "the folder " + to.to + " cannot be written");
}

/// A clinic whose critical values reach nobody, or not at every hour, is told so: that is no fault of the
/// configuration, but somebody should know.
void look_at_ladder(const std::string& clinic, const critical::rules& by, const findings& out) {
  const std::string whose = "clinic '" + clinic + "': critical values ";
  if (by.rungs.empty()) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(by.by_hand).count();
    return out.warn(whose +
                    "reach nobody: it has no [[critical.ladder]]. Nothing is sent; each stands under"
                    " /api/critical, and when nobody has acknowledged it after " +
                    std::to_string(minutes) +
                    " minutes (critical.call_by_hand_minutes) a review asks a person to call by hand");
  }
  for (const bool matched : {true, false})
    for (const auto how : {critical::band::risk, critical::band::significant}) {
      const auto gap = critical::gap_of(by, how, matched);
      if (gap.empty()) continue;
      out.warn(whose + (matched ? "of known patients" : "of messages that wait for a person") +
               " (severity " + std::string(critical::name(how)) + ") reach nobody " +
               (gap == "at any time" ? gap : "at some hours, as on " + gap) + ": see [[critical.ladder]]");
    }
}

/// Whose silence is told, and to whom.
void look_at_silence(const config::settings& settings, const findings& out) {
  const auto expected = config::expected_listeners(settings);
  for (const auto& [clinic, listener] : expected) {
    const auto& how = *settings.listeners.at(listener).expects;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(how.within).count();
    std::fprintf(
      stdout,
      "listener '%s': %lld:%02lld minutes without a message (%s, %s) are an event laboratory_silent of "
      "clinic '%s', and the next message is laboratory_back\n",
      listener.c_str(), static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60),
      critical::words_for(how.hours).c_str(), how.time_zone.c_str(), clinic.c_str());
  }
  for (const auto& [name, how] : settings.listeners) {
    const auto taken = [&, of = name](const auto& each) { return each.listener == of; };
    if (how.expects && std::none_of(expected.begin(), expected.end(), taken))
      out.warn("listener '" + name +
               "' expects messages, but no route takes from it: nobody is told of its "
               "silence");
  }
}

/// What the store's own server and tables say. Faults count, warnings are told.
int ask_store(const config::settings& settings) {
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(settings, false, clock, ids);
  if (!store) return 1;
  const auto found = store->examine();
  if (!found) {
    std::fprintf(stdout, "store: error: %s\n", found.error().text.c_str());
    return 1;
  }
  return print_findings(*found) ? 1 : 0;
}

} // namespace

bool print_findings(const std::vector<ports::finding>& all) {
  bool faults = false;
  for (const auto& each : all) {
    const bool fault = each.is == ports::finding::weight::fault;
    std::fprintf(stdout, "store: %s: %s\n", fault ? "error" : "warning", each.text.c_str());
    faults = faults || fault;
  }
  return faults;
}

int check(const common& with, bool online) {
  const auto loaded = load_configuration(with);
  std::fputs(config::report(loaded).c_str(), stdout);
  if (!loaded.ok()) return 1;
  findings out;
  const auto& settings = loaded.value;
  look_at_key(settings, out);
  look_at_door("http", settings.http, settings.http_tls, out);
  for (const auto& [name, how] : settings.listeners)
    look_at_door("listener '" + name + "'", how.listen, how.tls, out);
  look_at_store(settings, out);
  for (const auto& [name, how] : settings.destinations)
    if (how.is == config::destination::kind::file) look_at_folder(how, out);
  for (const auto& [clinic, name] : settings.clinics) look_at_ladder(clinic, settings.alerts.of(clinic), out);
  look_at_silence(settings, out);
  const int store = online ? ask_store(settings) : 0;
  return out.faults() == 0 ? store : 1;
}

} // namespace aorta::cli
