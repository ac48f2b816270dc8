#include "test/golden/engine.hpp"

#include "engine/api/resources.hpp"
#include "engine/cli/roster.hpp"
#include "engine/ports/records.hpp"
#include "engine/store/open.hpp"
#include "routes/kinds.hpp"
#include "routes/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace aorta::golden {
namespace {

namespace fs = std::filesystem;

const fs::path source = AORTA_SOURCE;
constexpr const char* pii_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="; // of the tests only
constexpr const char* listener = "lab";
constexpr const char* clinic_code = "MAIN";

template <class T>
T must(result<T> what) {
  if (!what) throw std::runtime_error(what.error().where + ": " + what.error().text);
  return std::move(*what);
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// In memory where there is such a folder: nobody cuts the power here, and a synced commit on a disk takes
/// longer than all the rest.
fs::path new_folder() {
  static std::atomic<int> count{0};
  const fs::path memory = "/dev/shm";
  auto out = (::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path()) /
    ("aorta-golden-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  fs::create_directories(out);
  return out;
}

struct folder_of_process {
  fs::path path = new_folder();
  ~folder_of_process() {
    std::error_code failed;
    fs::remove_all(path, failed);
  }
};

/// A file with schema, clinic and patients: a copy of it takes a tenth of the time that they take.
const fs::path& prepared_store() {
  static const folder_of_process folder;
  static const fs::path file = [] {
    const auto path = folder.path / "prepared.db";
    const counting_clock clock;
    counting_ids ids;
    const auto store = must(store::open({"sqlite://" + path.string(), pii_key, &clock, &ids}));
    must(store->migrate());
    const auto admin = must(store->admin());
    const auto clinic = must(admin->access().ensure_clinic(clinic_code, "Main clinic"));
    const auto roster = must(cli::read_roster(content(source / "test/golden/patients.csv")));
    must(admin->put_patients(clinic.id, roster.rows));
    return path;
  }();
  return file;
}

struct session_lane final : pipeline::lane {
  ports::lane& of;
  explicit session_lane(ports::lane& session) : of(session) {}
  ports::lane& store() override { return of; }
};

} // namespace

uuid counting_ids::next(timestamp) {
  uuid out;
  out.bytes[6] = 0x70; // as version 7 of RFC 9562 has it
  out.bytes[8] = 0x80;
  ++last;
  for (size_t i = 0; i < 4; ++i) out.bytes[15 - i] = uint8_t(last >> (8 * i));
  return out;
}

engine::engine() : folder_(new_folder()) {
  fs::copy(source / "conf", folder_ / "conf", fs::copy_options::recursive);
  fs::copy_file(prepared_store(), folder_ / "aorta.db");
  ids_.last = 1000; // past those of the prepared store
  store_ = must(store::open({"sqlite://" + (folder_ / "aorta.db").string(), pii_key, &clock_, &ids_}));
  session_ = must(store_->session());
  admin_ = must(store_->admin());
  clinic_ = must(admin_->access().clinics()).at(0);
  reload();
}

engine::~engine() {
  admin_.reset();
  session_.reset();
  store_.reset();
  std::error_code failed;
  fs::remove_all(folder_, failed);
}

void engine::reload() {
  config::source from;
  from.path = (folder_ / "conf").string();
  from.environment["AORTA_PII_KEY"] = pii_key;
  auto read = config::load(from, routes::vocabulary());
  if (!read.ok()) throw std::runtime_error(config::report(read));
  running_.clear();
  offers_.reset();
  settings_ = std::move(read.value);
  offers_.emplace(settings_);
}

void engine::change_lab(const std::string& file, const std::string& lines) {
  const auto path = folder_ / file;
  auto text = content(path);
  const std::string header = "[lab]\n";
  text.insert(text.find(header) + header.size(), lines);
  std::ofstream(path, std::ios::binary) << text;
  reload();
}

void engine::replace(const std::string& file, const std::string& text) {
  std::ofstream(folder_ / file, std::ios::binary) << text;
  reload();
}

engine::running& engine::start(const config::route& how) {
  const auto found = running_.find(how.name);
  if (found != running_.end()) return found->second;
  auto of = routes::route_of(settings_, how, clock_, ids_);
  of.clinic = clinic_.id;
  const auto stages = how.accept.empty() ? routes::refused().how.stages() : routes::stages_of(how);
  return running_.try_emplace(how.name, std::move(of), stages).first->second;
}

/// As the routing table does (`routes::table::find`).
engine::running& engine::route_for(pipeline::envelope& mail) {
  const auto header = pipeline::read_header(mail);
  const auto chosen = header ? offers_->choose(listener, mail.header, mail.bytes)
                             : result<std::vector<const config::route*>>(header.error());
  if (chosen) return start(*chosen->front());
  mail.refuse(chosen.error());
  for (const auto& route : settings_.routes)
    if (routes::brings(listener, route)) return start(routes::refused_for(route));
  throw std::runtime_error("no route of the example configuration reads the listener");
}

std::string engine::send(std::string message) {
  clock_.at += std::chrono::seconds{1};
  const auto mail = std::make_shared<pipeline::envelope>();
  mail->bytes = std::move(message);
  mail->listener = listener;
  mail->peer = "127.0.0.1:40000";
  mail->received_at = clock_.now();
  mail->id = ids_.next(clock_.now());
  auto& route = route_for(*mail);
  session_lane lane(*session_);
  must(route.steps.run({&mail, 1}, lane));
  return mail->reply;
}

std::vector<std::string> engine::messages() {
  ports::message_filter all;
  all.clinic = clinic_.id;
  all.limit = 1000;
  const auto page = must(admin_->messages(all));
  std::vector<std::string> out;
  std::optional<model::patient_id> whose;
  for (auto row = page.items.rbegin(); row != page.items.rend(); ++row)
    out.push_back(api::message_now(row->id, clinic_, *admin_, whose).body);
  return out;
}

std::vector<model::record> engine::told_records() {
  std::vector<model::record> out;
  const auto session = must(store_->records());
  must(session->begin(clinic_.id, false));
  for (const auto of : {model::table::patients, model::table::encounters, model::table::lab_orders,
                        model::table::appointments}) {
    ports::row_query ask;
    ask.of = of;
    ask.limit = 1000;
    ask.with_entries = false;
    const auto rows = must(session->rows(ask));
    std::vector<std::string> keys;
    for (const auto& each : rows) keys.push_back(each.row.key());
    const auto told = must(session->told(of, keys));
    for (const auto& each : rows)
      if (std::any_of(told.begin(), told.end(), [&](const auto& t) { return t.key == each.row.key(); }))
        out.push_back(each.row);
  }
  must(session->commit());
  return out;
}

} // namespace aorta::golden
