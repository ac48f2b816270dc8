#include "engine/gateway/profile_desk.hpp"

#include "engine/config/load.hpp"
#include "engine/config/profile_text.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <optional>

namespace aorta::gateway {
namespace {

constexpr std::string_view lab_folder = "labs/", lab_ending = ".toml";

std::string file_of_lab(const std::string& lab) {
  return std::string(lab_folder) + lab + std::string(lab_ending);
}

/// The first fault that the line would bring.
std::optional<error> fault_in(const config::text_file& file) {
  for (const auto& each : config::read_lab(file).complaints)
    if (each.level == diagnostic::severity::error)
      return error{error_code::invalid, each.file + ":" + std::to_string(each.line),
                   each.text + (each.hint.empty() ? "" : ": " + each.hint)};
  return std::nullopt;
}

} // namespace

result<api::written_line> profile_desk::write(ports::publication_log& log, const api::profile_line& what,
                                              bool rehearsal) {
  const std::lock_guard one_by_one(turn_);
  const auto name = file_of_lab(what.lab);
  const auto before = text(what.lab);
  if (!before) return error{error_code::invalid, name, "there is no such profile"};
  auto edited = what.code.empty() ? config::with_unit(*before, what.unit, what.ucum, what.note)
                                  : config::with_test(*before, what.code, what.test, what.note);
  if (!edited) {
    auto why = edited.error();
    why.where = name + (why.where.empty() ? "" : " " + why.where);
    return why;
  }
  if (auto fault = fault_in({name, edited->text})) return std::move(*fault);
  api::written_line out{name, edited->line, edited->at};
  if (rehearsal) return out;
  const auto done_so_far = put(log, {what.lab, *before, edited->text, what.by, what.reason});
  if (!done_so_far) {
    auto failed = done_so_far.error();
    if (failed.code == error_code::rejected) {
      failed.code = error_code::invalid;
      failed.text += ": have this line added to it, and the configuration read anew (SIGHUP): " + out.line;
    }
    return failed;
  }
  return out;
}

status profile_desk::put(ports::publication_log& log, const api::profile_change& what) {
  using end = api::publication_outcome::end;
  const auto running = all_.running();
  const auto name = file_of_lab(what.lab);
  api::wanted_publication wanted;
  wanted.texts = running.texts;
  wanted.base = running.hash;
  if (what.after) wanted.texts[name] = *what.after;
  else wanted.texts.erase(name);
  wanted.by = what.by;
  wanted.reason = what.reason;
  wanted.any_before = wanted.without_cases = true;
  const auto made = all_.publish(log, wanted);
  if (made.is == end::published || made.is == end::spreading || made.is == end::nothing_changed)
    return done{};
  if (made.is == end::published_before)
    return error{error_code::store_unavailable, name, "another node has published at this moment; try again"};
  return made.why;
}

status profile_desk::replace(ports::publication_log& log, const api::profile_change& what) {
  const std::lock_guard one_by_one(turn_);
  if (text(what.lab) != what.before)
    return error{error_code::conflict, file_of_lab(what.lab), "it has changed meanwhile"};
  return put(log, what);
}

std::vector<std::string> profile_desk::labs() const {
  std::vector<std::string> out;
  for (const auto& [file, text] : all_.running().texts)
    if (file.starts_with(lab_folder))
      out.push_back(file.substr(lab_folder.size(), file.size() - lab_folder.size() - lab_ending.size()));
  return out;
}

std::optional<std::string> profile_desk::text(const std::string& lab) const {
  const auto running = all_.running();
  const auto found = running.texts.find(file_of_lab(lab));
  return found == running.texts.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const api::mapping_view> view_profiles(const routes::current_table& table, profile_desk& desk,
                                                       id_source& ids) {
  auto out = std::make_shared<api::mapping_view>();
  out->profiles = [&table](model::clinic_id clinic) {
    std::vector<std::shared_ptr<const lab::profile>> all;
    const auto now = table.get();
    for (const auto& route : now->entries()) {
      if (route.context->clinic != clinic) continue;
      for (const auto* each : route.profiles)
        if (std::none_of(all.begin(), all.end(),
                         [&](const auto& known) { return known->file_code == each->file_code; }))
          all.emplace_back(route.context, each);
    }
    return all;
  };
  out->write = [&desk](ports::publication_log& log, const api::profile_line& what, bool rehearsal) {
    return desk.write(log, what, rehearsal);
  };
  out->labs = [&desk] { return desk.labs(); };
  out->text = [&desk](const std::string& lab) { return desk.text(lab); };
  out->read = [](const std::string& lab, const std::string& text) {
    auto made = config::read_lab({"labs/" + lab + ".toml", text});
    return api::read_profile{std::move(made.value), std::move(made.complaints)};
  };
  out->replace = [&desk](ports::publication_log& log, const api::profile_change& what) {
    return desk.replace(log, what);
  };
  out->clinics = [&table](const std::string& lab) {
    std::vector<model::clinic_id> all;
    const auto now = table.get();
    for (const auto& route : now->entries())
      for (const auto* each : route.profiles)
        if (each->file_code == lab && std::find(all.begin(), all.end(), route.context->clinic) == all.end())
          all.push_back(route.context->clinic);
    return all;
  };
  out->ids = &ids;
  return out;
}

} // namespace aorta::gateway
