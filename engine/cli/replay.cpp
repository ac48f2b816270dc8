// `aorta replay`: logged messages, read by another configuration than the one that runs: what would differ.
#include "engine/api/reissue.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/publications.hpp"
#include "engine/gateway/comparison.hpp"
#include "engine/http/json.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::cli {
namespace {

using gateway::comparison;

std::string shown(const gateway::reading_difference& of) {
  std::string out = of.where + ": " + of.what;
  if (!of.before.empty() || !of.after.empty()) out += " " + of.before + " -> " + of.after;
  return out + (of.rule.empty() ? "" : "  [" + of.rule + "]");
}

void print(const comparison& of) {
  const auto number = [](uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("%llu messages, %llu differ\n", number(of.read()), number(of.differ()));
  if (of.partly() > 0)
    std::printf(
      "of %llu of them (admissions, orders, documents, ...) what they would write is not compared\n",
      number(of.partly()));
  if (of.others() > 0) std::printf("%llu more differences are not kept apart\n", number(of.others()));
  std::vector<std::pair<const gateway::reading_difference*, const gateway::differing*>> all;
  for (const auto& [what, how] : of.differences()) all.emplace_back(&what, &how);
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second->messages > b.second->messages; });
  for (const auto& [what, how] : all) {
    std::printf("%8llu  %s\n", static_cast<unsigned long long>(how->messages), shown(*what).c_str());
    std::printf("          as in %s\n", to_text(how->examples.front()).c_str());
  }
}

void print_json(const comparison& of) {
  http::json out;
  out.open()
    .field("messages", of.read())
    .field("differ", of.differ())
    .field("partly", of.partly())
    .field("others", of.others())
    .key("differences")
    .open_list();
  for (const auto& [what, how] : of.differences()) {
    out.open().field("what", what.what).field("where", what.where).field_or_null("before", what.before);
    out.field_or_null("after", what.after).field_or_null("rule", what.rule).field("messages", how.messages);
    out.key("examples").open_list();
    for (const auto& each : how.examples) out.text(to_text(each));
    out.close_list().close();
  }
  std::printf("%s\n", out.close_list().close().take().c_str());
}

/// The configuration that runs, as its store has it; where no engine has run on it, as its files say.
result<config::loaded> running_configuration(const common& with, ports::publication_log& log) {
  const auto runs = what_runs(log);
  if (!runs) return runs.error();
  if (!*runs) return load_configuration(with);
  const auto texts = log.texts((*runs)->id);
  if (!texts) return texts.error();
  return load_configuration(with, &*texts);
}

std::optional<timestamp> time_of(const std::string& text, const char* option) {
  timestamp at;
  if (from_iso(text, at)) return at;
  fail(std::string(option) + ": not a time, as in 2026-11-27T00:00:00Z");
  return std::nullopt;
}

/// Has the engine run them again, as `POST /api/reprocess`.
status reissue(publications& in, const ports::affected_filter& by, const ports::person& who) {
  auto session = in.store->records();
  if (!session) return session.error();
  api::reissue_order order;
  order.of = by;
  order.by = who;
  const auto id = in.ids.next(in.clock.now());
  auto begun = api::begin_reissue(**session, by.clinic, id, in.clock.now(), "cli user:" + who.email, order);
  if (begun) std::printf("they are run again: GET /api/reprocess/%s\n", to_text(id).c_str());
  return begun;
}

} // namespace

int replay(const common& with, const replay_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  ports::affected_filter by;
  by.route = how.route;
  by.from = time_of(how.from, "--from");
  if (!by.from) return 1;
  if (!how.to.empty() && !(by.to = time_of(how.to, "--to"))) return 1;
  publications in;
  if (!in.open(*settings)) return 1;
  auto runs = running_configuration(with, in.log());
  if (!runs) return fail(runs.error().text);
  if (!runs->ok()) return fail("what runs cannot be read here:\n" + config::report(*runs));
  auto other = with;
  if (!how.against.empty()) other.config = how.against;
  auto would = load_configuration(other);
  if (!would.ok()) return fail(config::report(would));
  const auto clinics = in.admin->access().clinics();
  if (!clinics) return fail(clinics.error().text);
  auto compared = comparison::open({in.store.get(), &in.clock, &in.ids}, std::move(runs->value),
                                   std::move(would.value));
  if (!compared) return fail(compared.error().text);
  std::vector<ports::clinic> concerned;
  size_t found = 0;
  status so_far = done{};
  for (const auto& each : *clinics) {
    by.clinic = each.id;
    const auto count = gateway::compare_logged(*in.admin, by, **compared);
    if (!count) so_far = count.error();
    if (!so_far) break;
    found += *count;
    if (*count > 0) concerned.push_back(each);
  }
  if (how.json) print_json(**compared);
  else print(**compared);
  if (!so_far) return fail("it ended early: " + so_far.error().text);
  if ((*compared)->gone() > 0)
    std::fprintf(stderr, "aorta: what %llu messages said is kept no more ([retention] raw_days)\n",
                 static_cast<unsigned long long>((*compared)->gone()));
  if (const auto told = (*compared)->read() + (*compared)->gone(); found != told)
    std::fprintf(stderr, "aorta: %zu messages could not be read any more\n", found - size_t(told));
  if (!how.apply) return (*compared)->differ() == 0 ? 0 : 1;
  if ((*compared)->differ() > 0)
    return fail("the engine does not run it: publish it first, then --apply has its messages run again");
  const auto person = in.admin->access().user(how.user, false);
  if (!person) return fail(person.error().text);
  if (!*person) return fail("--apply is a person's act: --user with an e-mail address that the store has");
  for (const auto& each : concerned) {
    const auto works = in.admin->access().works_in((*person)->id, each.id);
    if (!works) return fail(works.error().text);
    if (!*works) return fail(how.user + " does not work in clinic '" + each.code + "'");
  }
  for (const auto& each : concerned) {
    by.clinic = each.id;
    if (const auto begun = reissue(in, by, **person); !begun) return fail(begun.error().text);
  }
  return 0;
}

} // namespace aorta::cli
