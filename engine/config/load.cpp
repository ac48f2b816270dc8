// From a path to settings: which files there are, what they mean together, and the report for people.
#include "engine/config/readers.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>

namespace aorta::config {

namespace {

namespace fs = std::filesystem;
constexpr size_t most_bytes = 16u << 20; ///< of one file

/// Regular files only: a pipe or a device would make the start wait for ever.
std::optional<std::string> read_regular_file(const std::string& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed) || failed || fs::file_size(path, failed) > most_bytes || failed)
    return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return in.bad() ? std::nullopt : std::optional<std::string>(std::move(text));
}

constexpr std::string_view gesy_names = "gesy.toml";
/// Each with the ending of its files.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> folders_beside{
  {{"routes", ".toml"}, {"destinations", ".toml"}, {"labs", ".toml"}, {"tables", ".csv"}}};

bool is_folder_beside(std::string_view name) {
  return std::any_of(folders_beside.begin(), folders_beside.end(),
                     [&](const auto& each) { return each.first == name; });
}

fs::path main_file(const source& from) {
  std::error_code failed;
  return fs::is_directory(from.path, failed) ? fs::path(from.path) / "aorta.toml" : fs::path(from.path);
}

std::vector<fs::path> files_in(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == ending && at->path().filename().string().front() != '.')
      found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

void complain_about_file(std::vector<diagnostic>& into, const std::string& path) {
  diagnostic what;
  what.file = path;
  what.text = "cannot read this file";
  into.push_back(std::move(what));
}

std::string hex_digest(const text_files& files, const std::vector<std::string>& overrides) {
  std::string all;
  const auto add = [&](const std::string& text) { all += std::to_string(text.size()) + ":" + text; };
  add(files.main.text);
  if (files.gesy) add(files.gesy->text);
  for (const auto* folder : {&files.routes, &files.labs, &files.destinations, &files.tables}) {
    add(std::to_string(folder->size()));
    for (const auto& file : *folder) {
      add(fs::path(file.path).filename().string());
      add(file.text);
    }
  }
  for (const auto& one : overrides) add(one);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(all.data(), all.size(), digest, &size, EVP_sha256(), nullptr) != 1) return {};
  std::string hex;
  constexpr char digits[] = "0123456789abcdef";
  for (unsigned int i = 0; i < 6; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

/// Application acknowledgements that do not go back on their connection are deliveries like others, in their
/// order.
void add_acknowledgements(settings& all) {
  for (const auto& route : all.routes) {
    const auto place = read_endpoint(route.application_ack);
    if (!place) continue;
    destination made;
    made.name = route.acknowledgements();
    made.file = route.file;
    made.to = route.application_ack;
    made.at = *place;
    made.key = delivery::order_by::all;
    all.destinations.emplace(made.name, std::move(made));
  }
}

/// Claims are deliveries like others. No pause is longer than ten minutes: an outage ends.
void add_gesy(settings& all) {
  if (!all.gesy) return;
  using std::chrono::seconds;
  destination made;
  made.name = gesy_destination;
  made.is = destination::kind::gesy;
  made.to = all.gesy->url;
  made.partitions = 4;
  made.timeout = all.gesy->timeout;
  made.rules.retry = {seconds(5), seconds(30), seconds(60), seconds(300), seconds(600)};
  all.destinations.emplace(made.name, std::move(made));
}

void take_results(everything& all, const text_files& files) {
  for (auto& one : all.routes) all.value.routes.push_back(std::move(one.value));
  for (auto& one : all.destinations) all.value.destinations[one.value.name] = std::move(one.value);
  add_acknowledgements(all.value);
  add_gesy(all.value);
  for (auto& one : all.profiles) all.value.profiles[one.value.file_code] = std::move(one.value);
  all.value.base = fs::path(files.main.path).parent_path().string();
  all.value.given = all.pages.front().noted();
  for (const auto& [folder, these] :
       {std::pair{"routes/", &files.routes}, std::pair{"destinations/", &files.destinations},
        std::pair{"labs/", &files.labs}, std::pair{"tables/", &files.tables}})
    for (const auto& file : *these)
      all.value.given[folder + fs::path(file.path).filename().string()] = file.text;
  if (files.gesy) all.value.given["gesy.toml"] = files.gesy->text;
  for (const auto& [name, how] : all.value.destinations)
    for (const auto& [path, text] : how.reads) all.value.given["destination." + name + "." + path] = text;
}

} // namespace

bool loaded::ok() const {
  return std::none_of(complaints.begin(), complaints.end(),
                      [](const auto& one) { return one.level == diagnostic::severity::error; });
}

loaded understand(const text_files& files, const source& from, const vocabulary& words,
                  const file_reader& read) {
  complaints out;
  everything all;
  const surroundings with{from, words, read, out};
  size_t order = 0;
  const auto open = [&](const text_file& file) -> page& {
    return all.pages.emplace_back(file.path, file.text, order++, out);
  };

  page& main = open(files.main);
  all.server_read = main.readable();
  for (const auto& one : from.overrides) override_value(main, one, out);
  if (all.server_read) read_server(main, all, with);
  if (files.gesy)
    if (page& names = open(*files.gesy); names.readable()) read_gesy_wire(names, all);
  read_tables(files.tables, all, order, out);
  for (const auto& file : files.routes) {
    page& route = open(file);
    if (route.readable()) read_one_route(route, all);
    else all.routes_read = false;
  }
  for (const auto& file : files.destinations) {
    page& destination = open(file);
    if (destination.readable()) read_one_destination(destination, all, with);
    else all.destinations_read = false;
  }
  for (const auto& file : files.labs) {
    page& lab = open(file);
    if (lab.readable()) read_one_profile(lab, fs::path(file.path).stem().string(), all);
    else all.labs_read = false;
  }
  check_together(all, with);

  loaded made;
  take_results(all, files);
  made.value = std::move(all.value);
  made.value.version = hex_digest(files, from.overrides);
  made.complaints = out.sorted();
  return made;
}

read_lab_file read_lab(const text_file& file) {
  complaints out;
  everything all;
  const page& in = all.pages.emplace_back(file.path, file.text, 0, out);
  if (in.readable()) read_one_profile(in, fs::path(file.path).stem().string(), all);
  read_lab_file made;
  if (!all.profiles.empty()) made.value = std::move(all.profiles.front().value);
  made.complaints = out.sorted();
  return made;
}

read_files read_beside(const std::string& folder) {
  read_files out;
  const fs::path base(folder);
  const auto read_into = [&](const fs::path& path, const std::string& name) {
    if (auto text = read_regular_file(path.string())) out.texts.emplace(name, std::move(*text));
    else complain_about_file(out.complaints, path.string());
  };
  std::error_code failed;
  if (fs::exists(base / gesy_names, failed)) read_into(base / gesy_names, std::string(gesy_names));
  for (const auto& [of, ending] : folders_beside)
    for (const auto& path : files_in(base / of, ending))
      read_into(path, std::string(of) + "/" + path.filename().string());
  return out;
}

bool is_read_beside(std::string_view name) {
  if (name == gesy_names) return true;
  constexpr size_t most_letters = 128;
  const auto slash = name.find('/');
  if (slash == name.npos || name.size() > most_letters) return false;
  const auto file = name.substr(slash + 1);
  const auto plain = [](char c) { return uint8_t(c) >= 0x20 && c != '/' && c != '\\'; };
  return std::any_of(folders_beside.begin(), folders_beside.end(), [&](const auto& each) {
    return name.substr(0, slash) == each.first && file.ends_with(each.second) &&
      file.size() > each.second.size() && file.front() != '.' && std::all_of(file.begin(), file.end(), plain);
  });
}

loaded load_with(const file_texts& beside, const source& from, const vocabulary& words) {
  const auto main = main_file(from);
  auto text = read_regular_file(main.string());
  if (!text) {
    loaded out;
    complain_about_file(out.complaints, main.string());
    return out;
  }
  text_files files{{main.string(), std::move(*text)}, {}, {}, {}};
  for (const auto& [name, content] : beside) {
    text_file file{(main.parent_path() / name).string(), content};
    if (name == gesy_names) {
      files.gesy = std::move(file);
      continue;
    }
    for (const auto& [folder, into] :
         {std::pair{"routes/", &files.routes}, std::pair{"destinations/", &files.destinations},
          std::pair{"labs/", &files.labs}, std::pair{"tables/", &files.tables}})
      if (name.starts_with(folder)) into->push_back(file);
  }
  return understand(files, from, words, read_regular_file);
}

loaded load(const source& from, const vocabulary& words) {
  auto beside = read_beside(main_file(from).parent_path().string());
  // With a file missing, what the others say about it would only be noise.
  if (!beside.complaints.empty()) return {{}, std::move(beside.complaints)};
  return load_with(beside.texts, from, words);
}

file_texts texts_of(const settings& read) {
  file_texts out;
  for (const auto& [name, text] : read.given)
    if (name.find('/') != name.npos ? is_folder_beside(name.substr(0, name.find('/'))) : name == gesy_names)
      out.emplace(name, text);
  return out;
}

std::string report(const loaded& what) {
  std::string out;
  size_t errors = 0;
  for (const auto& one : what.complaints) {
    out += to_text(one);
    if (one.level == diagnostic::severity::error) ++errors;
  }
  if (errors > 0)
    return out + std::to_string(errors) + (errors == 1 ? " error" : " errors") + ". Nothing was started.\n";
  return out + "ok: " + std::to_string(what.value.routes.size()) + " routes, " +
    std::to_string(what.value.listeners.size()) + " listeners, " +
    std::to_string(what.value.profiles.size()) + " profiles\n";
}

} // namespace aorta::config
