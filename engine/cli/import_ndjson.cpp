// `aorta import-ndjson`: what another server's bulk export gave. Lines go in as bundles, by the route that
// takes Bundle for the clinic: whose they are, what is known already and what is newer is decided there
// (engine/rest/import.hpp). A bundle holds what its lines refer to as far as that does not stand here yet, so
// their order does not matter.
#include "engine/cli/commands.hpp"
#include "engine/cli/ndjson_files.hpp"
#include "engine/config/section.hpp"
#include "engine/fhir/outside.hpp"
#include "engine/gateway/surroundings.hpp"
#include "engine/http/json.hpp"
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/rest/references.hpp"
#include "engine/rest/write.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <unistd.h>

namespace aorta::cli {
namespace {

using fate = ndjson_line::fate;

constexpr size_t most_lines = 100;           ///< of a bundle, with what they refer to
constexpr size_t most_bytes = 4u << 20;      ///< the same
constexpr size_t most_together = 5'000;      ///< that one line and what it refers to may be
constexpr std::string_view taken = "Bundle"; ///< by the route

/// The route that takes bundles for the clinic; its code may be left out where only one has one.
result<const config::route*> bundle_route(const config::settings& settings, const std::string& clinic) {
  std::vector<const config::route*> found;
  std::string codes;
  for (const auto& each : settings.routes) {
    if (!routes::brings(pipeline::http_listener, each) ||
        std::find(each.accept.begin(), each.accept.end(), taken) == each.accept.end() ||
        (!clinic.empty() && each.clinic != clinic))
      continue;
    if (found.empty() || found.back()->clinic != each.clinic)
      codes += (codes.empty() ? "" : ", ") + each.clinic;
    found.push_back(&each);
  }
  if (found.empty())
    return error{error_code::unknown_key, "",
                 "no route takes Bundle" + (clinic.empty() ? std::string() : " for clinic '" + clinic + "'") +
                   ": it needs one as conf/routes/fhir-bundle.toml"};
  if (std::any_of(found.begin(), found.end(),
                  [&](const auto* each) { return each->clinic != found.front()->clinic; }))
    return error{error_code::invalid, "", "for which clinic? --clinic with one of " + codes};
  return found.front();
}

/// One thread's own session, for the route's steps.
class own_lane final : public pipeline::lane {
public:
  explicit own_lane(ports::lane& at) : store_(at) {}
  ports::lane& store() override { return store_; }

private:
  ports::lane& store_;
};

/// `Bundle.entry[3].resource.code` as the line's own `Observation.code`; other entries as their lines.
std::string in_lines(std::string text, const std::function<std::string(size_t entry)>& line) {
  static constexpr std::string_view start = "Bundle.entry[";
  for (size_t at = text.find(start); at != text.npos; at = text.find(start, at + 1)) {
    const auto end = text.find(']', at);
    if (end == text.npos) break;
    const auto number = text.substr(at + start.size(), end - at - start.size());
    if (number.empty() || number.find_first_not_of("0123456789") != number.npos) continue;
    text.replace(at, end + 1 - at, line(std::stoul(number)));
  }
  return text;
}

class ndjson_import {
public:
  ndjson_import(const config::settings& settings, ports::store& store, const ndjson_options& how,
                const clock_source& clock, id_source& ids)
      : settings_(settings),
        store_(store),
        how_(how),
        clock_(clock),
        ids_(ids),
        source_(how.source),
        systems_(gateway::systems_of(settings.fhir)),
        outside_(source_, {}),
        files_(how.files) {}

  status open() {
    const auto route = bundle_route(settings_, how_.clinic);
    if (!route) return route.error();
    auto admin = store_.admin();
    if (!admin) return admin.error();
    log_ = std::move(*admin);
    const auto clinic = clinic_named(*log_, (*route)->clinic);
    if (!clinic) return clinic.error();
    who_.clinic = *clinic;
    who_.scopes.read = who_.scopes.write = true;
    who_.actor = "command line";
    if (!how_.user.empty())
      if (const auto named = name_user(); !named) return named;
    auto records = store_.records();
    if (!records) return records.error();
    records_ = std::move(*records);
    auto session = store_.session();
    if (!session) return session.error();
    session_ = std::move(*session);
    auto of = routes::route_of(settings_, **route, clock_, ids_);
    of.clinic = *clinic;
    of.systems = systems_;
    route_.emplace(std::move(of), routes::stages_of(**route));
    return done{};
  }

  /// False: not all of it stands here now.
  result<bool> take_in() {
    const auto told = [this](const ndjson_line& line, std::span<const fhir::issue> why) { tell(line, why); };
    if (const auto read = files_.read(systems_, told); !read) return read.error();
    auto& lines = files_.lines();
    const auto served = fhir::served_types();
    for (size_t i = 0; i < lines.size(); ++i) {
      const bool by_itself = std::find(served.begin(), served.end(), lines[i].type) != served.end() &&
        !rest::goes_along(lines[i].type);
      if (lines[i].is != fate::waiting || !by_itself) continue;
      if (const auto added = add(i); !added) return added.error();
      if (batch_.size() < most_lines && bytes_ < most_bytes) continue;
      if (const auto sent = flush(); !sent) return sent.error();
      progress(i + 1);
    }
    if (const auto sent = flush(); !sent) return sent.error();
    if (on_terminal_) std::fputs("\r\033[K", stderr);
    if (!how_.dry_run)
      for (auto& each : lines)
        if (each.is == fate::waiting) tell_not_taken(each);
    return report();
  }

private:
  status name_user() {
    const auto person = log_->access().user(how_.user, false);
    if (!person) return person.error();
    if (!*person)
      return error{error_code::unknown_key, "", "--user: the store has no person with this address"};
    const auto works = log_->access().works_in((*person)->id, who_.clinic);
    if (!works) return works.error();
    if (!*works) return error{error_code::invalid, "", "--user: this person has no key for the clinic"};
    who_.actor = "cli user:" + how_.user;
    return done{};
  }

  /// A line that is to be filed, with the lines that it refers to.
  struct member {
    size_t line = 0;
    fhir::document holds;
    std::vector<size_t> to; ///< lines that it refers to
  };

  /// `Type/id` of a reference that means the source's own; empty: it means something else.
  std::string meant(std::string_view reference) const {
    if (reference.starts_with(source_) && reference.size() > source_.size() &&
        reference[source_.size()] == '/')
      reference.remove_prefix(source_.size() + 1);
    const auto is = rest::form_of(reference, {});
    return is.is == rest::reference_form::kind::own ? is.type + '/' + is.id : std::string();
  }

  /// Adds line `root` and what must be in the same bundle.
  status add(size_t root) {
    std::vector<member> all;
    std::set<size_t> here;
    std::vector<size_t> open{root};
    uint64_t bytes = 0;
    for (size_t next = 0; next < open.size(); ++next) {
      if (in_batch_.contains(open[next]) || !here.insert(open[next]).second) continue;
      if (here.size() > most_together) {
        refuse(root,
               {fhir::issue::severity::error, "too-long", "",
                "it and what it refers to are more lines than are taken at once"});
        break;
      }
      const auto& line = files_.lines()[open[next]];
      auto holds = files_.resource(line);
      if (!holds) return holds.error();
      member one{open[next], std::move(*holds), {}};
      std::string held;
      status asked = done{};
      const auto follow = [&](fhir::node& text) {
        const auto name = meant(text.text);
        const bool whose = name.starts_with("Patient/") && line.type != "Patient";
        const auto to = files_.find(name);
        if (to == one.line) return;
        if (to) {
          const auto& other = files_.lines()[*to];
          one.to.push_back(*to);
          const bool failed = other.is == fate::refused || other.is == fate::conflict;
          if (!failed && !other.addressed) open.push_back(*to);
          if (failed && whose)
            held = "its patient was not taken in (line " + std::to_string(other.number) + " of " +
              files_.path(other) + ")";
        } else if (whose && asked) {
          const auto stands = known_before(name);
          if (!stands) asked = stands.error();
          else if (!*stands) held = "its patient is neither in these files nor here: give that file along";
        }
      };
      fhir::each_reference(*one.holds.root, follow);
      rest::each_uri(*one.holds.root, follow);
      if (!asked) return asked;
      if (!held.empty()) { // nobody's: what refers to it names it by its address
        refuse(one.line, {fhir::issue::severity::error, "conflict", "", held});
        continue;
      }
      bytes += line.bytes;
      all.push_back(std::move(one));
    }
    if (files_.lines()[root].is == fate::refused) return done{}; // the others come by themselves
    for (auto& each : all) {
      if (const auto led = lead_references(each); !led) return led;
      outside_.name(each.holds, *each.holds.root);
      in_batch_.insert(each.line);
      batch_.push_back(std::move(each));
    }
    bytes_ += bytes;
    roots_.push_back(root);
    return done{};
  }

  void refuse(size_t line, const fhir::issue& why) {
    auto& of = files_.lines()[line];
    of.is = fate::refused;
    tell(of, {&why, 1});
  }

  /// What is neither in these files nor came from that server before is named by its address there.
  status lead_references(member& of) {
    for (auto* each : fhir::reference_holders(*of.holds.root)) {
      const auto name = meant(each->str("reference"));
      if (name.empty()) continue;
      const auto line = files_.find(name);
      const auto is = line ? files_.lines()[*line].is : fate::refused;
      if (is != fate::refused && is != fate::conflict) continue;
      const auto stands = known_before(name);
      if (!stands) return stands.error();
      if (*stands) continue;
      ++nowhere_;
      fhir::document::remove(*each, "reference");
      if (each->get("type") == nullptr) of.holds.add(*each, "type", name.substr(0, name.find('/')));
      if (each->get("identifier") != nullptr) continue;
      auto* identifier = of.holds.add(*each, "identifier", of.holds.object());
      of.holds.add(*identifier, "system", of.holds.literal("urn:ietf:rfc:3986"));
      of.holds.add(*identifier, "value", source_ + '/' + name);
    }
    return done{};
  }

  result<bool> known_before(const std::string& name) {
    if (const auto found = before_.find(name); found != before_.end()) return found->second;
    ports::entry_query ask;
    ask.type = name.substr(0, name.find('/'));
    ask.identifiers = {rest::source_key(source_ + '/' + name)};
    ask.homeless_only = false;
    if (const auto begun = records_->begin(who_.clinic, false); !begun) return begun.error();
    const auto found = records_->entries(ask);
    records_->rollback();
    if (!found) return found.error();
    return before_[name] = found->size() == 1;
  }

  status flush() {
    auto roots = std::move(roots_);
    auto batch = std::move(batch_);
    roots_.clear();
    batch_.clear();
    in_batch_.clear();
    bytes_ = 0;
    if (batch.empty() || how_.dry_run) return done{};
    auto outcome = send(batch, "");
    if (!outcome) return outcome.error();
    if (outcome->taken) return tell_outcome(batch, *outcome);
    if (roots.size() == 1) {
      refuse(roots.front(), outcome->why);
      return done{};
    }
    for (const auto root : roots) { // what harms the others is found one by one
      if (files_.lines()[root].is != fate::waiting) continue;
      if (const auto added = add(root); !added) return added;
      if (const auto sent = flush(); !sent) return sent;
    }
    return done{};
  }

  struct sent_bundle {
    std::optional<rest::import_outcome> taken;
    bool again = false; ///< it was taken before
    fhir::issue why;    ///< it was not taken
  };

  /// `own_name`: a UUID that makes another bundle of it than one that was taken before. An error: the store
  /// is away.
  result<sent_bundle> send(std::vector<member>& batch, const std::string& own_name) {
    const auto id = ids_.next(clock_.now());
    auto mail = pipeline::envelope_of_bundle(bundle_of(batch, own_name), who_, settings_.fhir.base_url,
                                             "command line", id, clock_.now());
    own_lane lane(*session_);
    if (const auto ran = route_->steps.run({&mail, 1}, lane); !ran) return ran.error();
    sent_bundle out;
    const auto* bundle = dynamic_cast<const pipeline::bundle_payload*>(mail->payload.get());
    const bool before = mail->receipt && (mail->receipt->duplicate || mail->receipt->done_before);
    if (before && !mail->receipt->first.fault)
      out.taken = rest::import_outcome::from_trace(mail->receipt->first.trace);
    else if (!mail->trouble() && bundle != nullptr) out.taken = bundle->outcome;
    out.again = before;
    const bool whole = out.taken && out.taken->entries.size() == batch.size();
    if (!whole) out.taken.reset();
    if (before) { // what was not filed then may be now
      using theirs = rest::import_entry::fate;
      if (!whole || out.taken->count(theirs::refused) > 0)
        return send(batch, to_text(ids_.next(clock_.now())));
      if (out.taken->count(theirs::conflict) > 0) {
        const auto waits = waits_for_person(mail->receipt->first.id);
        if (!waits) return waits.error();
        if (!*waits) return send(batch, to_text(mail->receipt->first.id));
      }
    }
    if (!whole) {
      out.why = {fhir::issue::severity::error, "processing", "", "it could not be filed"};
      if (bundle != nullptr && !bundle->issues.empty()) out.why = bundle->issues.front();
      else if (const auto& why = mail->trouble()) {
        if (why->code == error_code::store_unavailable) return *why;
        out.why.path = why->where;
        out.why.text = why->text;
      }
    }
    return audited(out);
  }

  result<bool> waits_for_person(const uuid& message) {
    const auto found = log_->message(who_.clinic, message);
    if (!found) return found.error();
    return *found && std::any_of((*found)->reviews.begin(), (*found)->reviews.end(), [](const auto& each) {
      return each.state == "open";
    });
  }

  /// As what comes by HTTP is.
  result<sent_bundle> audited(sent_bundle& of) {
    ports::audit_entry entry;
    entry.actor = who_.actor;
    entry.peer = "command line";
    entry.method = "POST";
    entry.resource = "/fhir/r4/Bundle";
    entry.outcome = of.taken ? "200" : "422";
    entry.clinic = who_.clinic;
    entry.at = clock_.now();
    if (of.taken) entry.patient = of.taken->patient;
    else entry.fault = of.why.text;
    if (const auto kept = records_->access().audit({&entry, 1}); !kept) return kept.error();
    return std::move(of);
  }

  std::string bundle_of(std::vector<member>& batch, const std::string& own_name) {
    fhir::document into;
    auto* bundle = into.object();
    into.add(*bundle, "resourceType", into.literal(taken));
    into.add(*into.add(*bundle, "meta", into.object()), "source", source_);
    if (!own_name.empty()) {
      auto* identifier = into.add(*bundle, "identifier", into.object());
      into.add(*identifier, "system", into.literal("urn:ietf:rfc:3986"));
      into.add(*identifier, "value", "urn:uuid:" + own_name);
    }
    into.add(*bundle, "type", into.literal("collection"));
    auto* entries = into.add(*bundle, "entry", into.array());
    for (const auto& each : batch) {
      auto* entry = into.push(*entries, into.object());
      const auto& resource = *each.holds.root;
      into.add(*entry, "fullUrl",
               source_ + '/' + std::string(resource.str("resourceType")) + '/' +
                 std::string(resource.str("id")));
      into.add(*entry, "resource", into.copy(resource));
    }
    return fhir::write(*bundle);
  }

  status tell_outcome(const std::vector<member>& batch, const sent_bundle& of) {
    const auto line_of = [&](size_t entry) {
      const auto& line = files_.lines()[batch[entry < batch.size() ? entry : 0].line];
      return "line " + std::to_string(line.number) + " of " + files_.path(line);
    };
    for (size_t i = 0; i < batch.size(); ++i) {
      auto& line = files_.lines()[batch[i].line];
      const auto& entry = of.taken->entries[i];
      using theirs = rest::import_entry::fate;
      if (line.is != fate::waiting || entry.is == theirs::not_served) continue;
      line.is = entry.is == theirs::conflict ? fate::conflict
        : entry.is == theirs::refused        ? fate::refused
        : of.again                           ? fate::unchanged
        : entry.is == theirs::created        ? fate::created
        : entry.is == theirs::updated        ? fate::updated
                                             : fate::unchanged;
      // Of a bundle that was taken before as it was then: so the next ones are the same again, too.
      line.addressed = entry.is == theirs::created || entry.is == theirs::updated;
      if (line.is != fate::conflict && line.is != fate::refused) continue;
      std::vector<fhir::issue> why;
      const auto prefix = "Bundle.entry[" + std::to_string(i) + "].resource";
      for (auto issue : entry.issues) {
        if (issue.level > fhir::issue::severity::error) continue;
        if (issue.path.starts_with(prefix)) issue.path = line.type + issue.path.substr(prefix.size());
        issue.path = in_lines(std::move(issue.path), line_of);
        issue.text = in_lines(std::move(issue.text), line_of);
        why.push_back(std::move(issue));
      }
      tell(line, why);
    }
    // What stands inside of what was filed.
    for (bool more = true; more;) {
      more = false;
      for (const auto& each : batch)
        for (const auto to : files_.lines()[each.line].stands() ? each.to : std::vector<size_t>()) {
          auto& other = files_.lines()[to];
          if (other.is != fate::waiting) continue;
          other.is = fate::carried;
          more = true;
        }
    }
    return done{};
  }

  void tell_not_taken(ndjson_line& line) {
    line.is = fate::not_taken;
    const fhir::issue why{fhir::issue::severity::error, "not-supported", line.type,
                          rest::goes_along(line.type)
                            ? "it is kept inside what refers to it, and no line that was filed does"
                            : "resources of this type are not served"};
    tell(line, {&why, 1});
  }

  void tell(const ndjson_line& line, std::span<const fhir::issue> why) {
    if (on_terminal_) std::fputs("\r\033[K", stderr);
    const auto& file = files_.path(line);
    if (!how_.json) {
      for (const auto& each : why)
        std::printf("%s:%llu: %s: %s%s%s\n", file.c_str(), static_cast<unsigned long long>(line.number),
                    std::string(name(line.is)).c_str(), each.path.c_str(), each.path.empty() ? "" : ": ",
                    each.text.c_str());
      return;
    }
    http::json out;
    out.open().field("file", file).field("line", line.number).field("type", line.type);
    out.field("verdict", name(line.is)).key("issues").open_list();
    for (const auto& each : why)
      out.open().field("code", each.code).field("path", each.path).field("text", each.text).close();
    std::printf("%s\n", out.close_list().close().take().c_str());
  }

  void progress(size_t at) {
    if (on_terminal_) std::fprintf(stderr, "\r%zu of %zu lines", at, files_.lines().size());
  }

  bool report() {
    std::map<std::string_view, uint64_t> counts;
    for (const auto& each : files_.lines())
      ++counts[how_.dry_run && each.is == fate::waiting ? "valid" : name(each.is)];
    const auto failed = counts["refused"] + counts["conflict"] + counts["not-taken"];
    std::erase_if(counts, [](const auto& each) { return each.second == 0; });
    if (how_.json) {
      http::json out;
      out.open().field("lines", uint64_t(files_.lines().size())).key("verdicts").open();
      for (const auto& [word, count] : counts) out.field(word, count);
      out.close().field("nowhere", nowhere_).field("dry_run", how_.dry_run).close();
      std::printf("%s\n", out.take().c_str());
      return failed == 0;
    }
    std::printf("%zu lines%s:\n", files_.lines().size(), how_.dry_run ? ", nothing was filed" : "");
    for (const auto& [word, count] : counts)
      std::printf("  %-10s %llu\n", std::string(word).c_str(), static_cast<unsigned long long>(count));
    if (nowhere_ > 0)
      std::printf("%llu references name what is neither in these files nor here: kept by address alone\n",
                  static_cast<unsigned long long>(nowhere_));
    if (counts.contains("conflict"))
      std::printf(
        "conflicts wait for a person (GET /api/review); once that is decided, give the same files again\n");
    return failed == 0;
  }

  const config::settings& settings_;
  ports::store& store_;
  const ndjson_options& how_;
  const clock_source& clock_;
  id_source& ids_;
  std::string source_;
  fhir::identifier_systems systems_;
  fhir::outside_systems outside_;
  ndjson_files files_;
  rest::grant who_;
  std::unique_ptr<ports::message_log> log_;
  std::unique_ptr<ports::record_session> records_;
  std::unique_ptr<ports::lane> session_;
  std::optional<pipeline::running_route> route_;
  std::vector<size_t> roots_;
  std::vector<member> batch_;
  std::set<size_t> in_batch_;
  uint64_t bytes_ = 0, nowhere_ = 0;
  std::map<std::string, bool> before_; ///< what `known_before` found
  const bool on_terminal_ = isatty(STDERR_FILENO) != 0;
};

} // namespace

int import_ndjson(const common& with, ndjson_options how) {
  while (how.source.ends_with('/')) how.source.pop_back();
  if (rest::server_of(how.source + "/Patient/1") != how.source)
    return fail(
      "--source is the address of the server that exported, as in https://clinic.example.org/fhir/r4");
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate && !how.dry_run, clock, ids);
  if (!store) return 1;
  ndjson_import one(*settings, *store, how, clock, ids);
  if (const auto opened = one.open(); !opened) return fail(opened.error().text);
  const auto good = one.take_in();
  if (!good)
    return fail(good.error().text +
                (good.error().code == error_code::store_unavailable
                   ? "; what was filed stands, and the same command goes on"
                   : ""));
  return *good ? 0 : 1;
}

} // namespace aorta::cli
