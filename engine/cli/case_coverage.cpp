#include "engine/cli/case_coverage.hpp"

#include "engine/lab/choose.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "engine/pipeline/webhook_mail.hpp"
#include "routes/choose.hpp"

#include <algorithm>
#include <filesystem>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

} // namespace

void case_coverage::add(const pipeline::envelope& mail, const std::string& route) {
  routes_.insert(route);
  add_conditions(mail);
  if (mail.edits) add_edits(*mail.edits);
  const auto* lab = dynamic_cast<const pipeline::lab_payload*>(mail.payload.get());
  if (lab == nullptr || !lab->mapped) return;
  for (const auto& each : lab->mapped->results) codes_[lab->profile->file_code].insert(each.test_code);
}

void case_coverage::add_outcome(const std::string& rule, bool held) {
  auto& known = conditions_[rule];
  (held ? known.held : known.failed) = true;
}

/// Of every route to which the message comes, not only of the one that takes it.
void case_coverage::add_conditions(const pipeline::envelope& mail) {
  std::optional<result<hl7::message>> read;
  for (const auto& route : settings_.routes) {
    if (!route.rules || !route.rules->when || !routes::brings(mail.listener, route) ||
        !routes::fits_header(route, mail.header))
      continue;
    if (!read) read.emplace(hl7::parse(mail.bytes));
    if (!*read) return;
    std::vector<const lab::profile*> labs;
    for (const auto& each : route.labs) labs.push_back(&settings_.profiles.at(each));
    const auto* sender = lab::choose(labs, mail.header.sending_application, mail.header.sending_facility);
    const edit::draft at_hand(**read, sender == nullptr ? "" : sender->charset);
    add_outcome(route.rules->when_rule, route.rules->when->holds(at_hand));
  }
}

void case_coverage::add_edits(const edit::account& of) {
  for (const auto& mark : of.came.marks)
    if (mark.changed > 0) edits_.insert(mark.by->rule);
  for (const auto& step : of.came.told) {
    const auto by = std::find_if(of.by->edits.begin(), of.by->edits.end(),
                                 [&](const auto& each) { return each.rule == step.rule; });
    if (by == of.by->edits.end()) continue;
    if (by->when) add_outcome(by->rule, step.ran);
    const auto* looks = std::get_if<edit::look_up>(&by->what);
    for (const auto& change : step.changes)
      if (looks != nullptr && change.trouble.empty()) rows_[looks->from.get()].insert(change.before);
  }
}

void case_coverage::tell_condition(const std::string& rule, const edit::condition& of,
                                   std::vector<std::string>& to) const {
  const auto seen = conditions_.find(rule);
  const auto known = seen == conditions_.end() ? outcomes() : seen->second;
  if (known.held && known.failed) return;
  const char* missing = !known.held && !known.failed ? "no case comes to the condition "
    : known.held                                     ? "never false in any case: "
                                                     : "never true in any case: ";
  to.push_back(rule + ": " + missing + of.text());
}

std::vector<std::string> case_coverage::left_out() const {
  std::vector<std::string> out;
  for (const auto& route : settings_.routes) {
    if (!routes_.contains(route.name))
      out.push_back(
        route.file + ": no case is taken by route '" + route.name + "'" +
        (routes::brings(pipeline::http_listener, route) || pipeline::is_webhook(route.from.front())
           ? " (cases hold HL7 alone)"
           : ""));
    if (!route.rules) continue;
    if (route.rules->when) tell_condition(route.rules->when_rule, *route.rules->when, out);
    for (const auto& edit : route.rules->edits) {
      if (edit.when) tell_condition(edit.rule, *edit.when, out);
      if (!edits_.contains(edit.rule)) out.push_back(edit.rule + ": no case is changed by " + edit.says);
    }
  }
  for (auto& line : rows_left_out()) out.push_back(std::move(line));
  for (const auto& [file, profile] : settings_.profiles) {
    const auto codes = codes_.find(file);
    std::string missing;
    for (const auto& [code, mapping] : profile.tests)
      if (codes == codes_.end() || !codes->second.contains(code))
        missing += (missing.empty() ? "" : ", ") + code;
    if (!missing.empty())
      out.push_back((fs::path(settings_.base) / "labs" / (file + ".toml")).string() + ": no case sends " +
                    missing);
  }
  return out;
}

/// Of tables that edits look into, each once, whichever routes do.
std::vector<std::string> case_coverage::rows_left_out() const {
  std::map<std::string, const edit::table*> tables;
  for (const auto& route : settings_.routes)
    for (const auto& edit : route.rules ? route.rules->edits : std::vector<edit::edit>{})
      if (const auto* looks = std::get_if<edit::look_up>(&edit.what))
        tables.emplace(looks->from->name, looks->from.get());
  std::vector<std::string> out;
  for (const auto& [name, table] : tables) {
    const auto seen = rows_.find(table);
    std::set<std::string> missing;
    for (const auto& [from, to] : table->rows)
      if (from != to) // else nothing tells that it was found
        if (seen == rows_.end() || !seen->second.contains(from)) missing.insert(from);
    std::string list;
    for (const auto& each : missing) list += (list.empty() ? "" : ", ") + each;
    if (!list.empty())
      out.push_back((fs::path(settings_.base) / "tables" / (name + ".csv")).string() +
                    ": no case comes to the rows " + list);
  }
  return out;
}

} // namespace aorta::cli
