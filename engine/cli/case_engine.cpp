#include "engine/cli/case_engine.hpp"

#include "engine/api/resources.hpp"
#include "engine/hl7/mllp.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/frame.hpp"
#include "engine/ports/records.hpp"
#include "engine/store/open.hpp"
#include "routes/kinds.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

template <class T>
T or_throw(result<T> what) {
  if (!what) throw std::runtime_error(what.error().where + ": " + what.error().text);
  return std::move(*what);
}

fs::path new_folder() {
  static std::atomic<int> count{0};
  const fs::path memory = "/dev/shm";
  auto out = (::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path()) /
    ("aorta-case-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  fs::create_directories(out);
  return out;
}

struct session_lane final : pipeline::lane {
  ports::lane& of;
  explicit session_lane(ports::lane& session) : of(session) {}
  ports::lane& store() override { return of; }
};

void add_told(ports::record_session& session, std::vector<model::record>& to) {
  for (const auto of : {model::table::patients, model::table::encounters, model::table::lab_orders,
                        model::table::appointments, model::table::clinical_notes}) {
    ports::row_query ask;
    ask.of = of;
    ask.limit = 1000;
    ask.with_entries = false;
    ask.with_content = true;
    const auto rows = or_throw(session.rows(ask));
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const auto& each : rows) keys.push_back(each.row.key());
    const auto told = or_throw(session.told(of, keys));
    for (const auto& each : rows)
      if (std::any_of(told.begin(), told.end(), [&](const auto& t) { return t.key == each.row.key(); }))
        to.push_back(each.row);
  }
}

} // namespace

const char* const case_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

scratch_folder::scratch_folder() : path_(new_folder()) {}

scratch_folder::~scratch_folder() {
  std::error_code failed;
  fs::remove_all(path_, failed);
}

uuid counting_ids::next(timestamp) {
  uuid out;
  out.bytes[6] = 0x70; // as version 7 of RFC 9562 has it
  out.bytes[8] = 0x80;
  ++last;
  for (size_t i = 0; i < 4; ++i) out.bytes[15 - i] = uint8_t(last >> (8 * i));
  return out;
}

void case_engine::prepare(const fs::path& file, const std::map<std::string, std::string>& clinics,
                          std::span<const model::patient> patients) {
  const counting_clock clock;
  counting_ids ids;
  const auto store = or_throw(store::open({"sqlite://" + file.string(), case_key, &clock, &ids}));
  or_throw(store->migrate());
  const auto admin = or_throw(store->admin());
  for (const auto& [code, name] : clinics)
    or_throw(admin->put_patients(or_throw(admin->access().ensure_clinic(code, name)).id, patients));
}

case_engine::case_engine(const fs::path& file) {
  ids_.last = 1000; // past those of the prepared store
  store_ = or_throw(store::open({"sqlite://" + file.string(), case_key, &clock_, &ids_}));
  session_ = or_throw(store_->session());
  admin_ = or_throw(store_->admin());
  clinics_ = or_throw(admin_->access().clinics());
}

case_engine::~case_engine() {
  admin_.reset();
  session_.reset();
  store_.reset();
}

void case_engine::use(config::settings settings) {
  running_.clear();
  offers_.reset();
  settings_ = std::move(settings);
  offers_.emplace(settings_);
}

pipeline::running_route& case_engine::start(const config::route& how) {
  const auto found = running_.find(how.name);
  if (found != running_.end()) return found->second;
  const auto clinic = std::find_if(clinics_.begin(), clinics_.end(),
                                   [&](const auto& each) { return each.code == how.clinic; });
  if (clinic == clinics_.end()) throw std::runtime_error("there is no clinic " + how.clinic);
  auto of = routes::route_of(settings_, how, clock_, ids_);
  of.clinic = clinic->id;
  of.explains = true;
  const auto stages = how.accept.empty() ? routes::refused().how.stages() : routes::stages_of(how);
  return running_.try_emplace(how.name, std::move(of), stages).first->second;
}

/// As the routing table does (`routes::table::find`).
pipeline::running_route& case_engine::route_for(const std::string& listener, pipeline::envelope& mail) {
  const auto header = pipeline::read_header(mail);
  if (mail.whole && !mail.refusal) {
    const auto chosen = header ? offers_->choose(listener, mail.header, mail.bytes)
                               : result<std::vector<const config::route*>>(header.error());
    if (chosen) return start(*chosen->front());
    mail.refuse(chosen.error());
  }
  for (const auto& route : settings_.routes)
    if (routes::brings(listener, route)) return start(routes::refused_for(route));
  throw std::runtime_error("no route reads the listener " + listener);
}

case_engine::settled case_engine::send(const std::string& listener, std::string frame) {
  clock_.at += std::chrono::seconds{1};
  settled out;
  std::vector<std::string> later; ///< application acknowledgements, behind those of the receipt
  pipeline::frame_work work(std::move(frame), false);
  while (auto mail = work.next(ids_, clock_.now())) {
    mail->listener = listener;
    mail->peer = "127.0.0.1:40000";
    auto& route = route_for(listener, *mail);
    session_lane lane(*session_);
    or_throw(route.steps.run({&mail, 1}, lane));
    if (mail->accepted == pipeline::envelope::acceptance::stored) later.push_back(file_accepted(*mail));
    else if (mail->application) later.push_back(std::move(mail->application->bytes));
    work.settle(*mail);
    out.parts.push_back({std::move(mail), route.of.how.name});
  }
  const auto at = settings_.listeners.find(listener);
  const auto how = at == settings_.listeners.end() ? config::batch_answer::batch : at->second.answers;
  out.reply = work.answer(how, clock_, ids_).bytes;
  for (const auto& each : later)
    if (!each.empty()) hl7::append_next(out.reply, each);
  return out;
}

case_engine::settled case_engine::take_file(const std::string& listener, std::string content) {
  clock_.at += std::chrono::seconds{1};
  const auto how = std::find_if(settings_.routes.begin(), settings_.routes.end(),
                                [&](const auto& each) { return routes::brings(listener, each); });
  if (how == settings_.routes.end()) throw std::runtime_error("no route takes " + listener);
  auto& by = start(*how);
  const auto& profile = *by.of.profiles.at(0);
  auto file = or_throw(lab::sheet::open(profile.csv.value(), profile.code, std::move(content)));
  settled out;
  session_lane lane(*session_);
  while (auto part = file.next()) {
    if (part->bytes.empty()) continue; // nothing of it is given to a route
    auto mail = std::make_shared<pipeline::envelope>();
    mail->bytes = pipeline::file_bytes(part->bytes);
    mail->listener = listener;
    mail->peer = "line " + std::to_string(part->first_line);
    mail->received_at = clock_.now();
    mail->id = ids_.next(mail->received_at);
    mail->clinic = by.of.clinic;
    (void)pipeline::read_header(*mail); // files have none: it says so, and what sort they are
    or_throw(by.steps.run({&mail, 1}, lane));
    out.parts.push_back({std::move(mail), by.of.how.name});
  }
  return out;
}

/// A message whose receipt alone was acknowledged is filed at once; its application acknowledgement.
std::string case_engine::file_accepted(const pipeline::envelope& received) {
  ports::message_record log;
  log.id = received.receipt && received.receipt->duplicate ? received.receipt->first.id : received.id;
  log.listener = received.listener;
  log.peer = received.peer;
  log.received_at = received.received_at;
  auto mail = pipeline::stored_envelope(log, received.bytes, ports::filing::mode::resume);
  mail->clinic.reset();
  auto& route = route_for(mail->listener, *mail);
  session_lane lane(*session_);
  or_throw(route.steps.run({&mail, 1}, lane));
  return mail->application ? mail->application->bytes : std::string();
}

std::vector<std::string> case_engine::messages() {
  std::vector<std::string> out;
  for (const auto& clinic : clinics_) {
    ports::message_filter all;
    all.clinic = clinic.id;
    all.limit = 1000;
    const auto page = or_throw(admin_->messages(all));
    std::optional<model::patient_id> whose;
    for (auto row = page.items.rbegin(); row != page.items.rend(); ++row)
      out.push_back(api::message_now(row->id, clinic, *admin_, whose).body);
  }
  return out;
}

std::vector<model::record> case_engine::told_records() {
  std::vector<model::record> out;
  for (const auto& clinic : clinics_) {
    const auto session = or_throw(store_->records());
    or_throw(session->begin(clinic.id, false));
    add_told(*session, out);
    or_throw(session->commit());
  }
  return out;
}

} // namespace aorta::cli
