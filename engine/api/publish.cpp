// Publishing a configuration, and going back to one that was: each names a person and why.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"

namespace aorta::api {
namespace {

using end = publication_outcome::end;

struct wanted_act {
  std::string reason, despite_cases, draft;
  std::optional<uuid> version, expected;
};

std::optional<wanted_act> read_wanted_act(const std::string& body) {
  rapidjson::Document said;
  if (!parse_object(said, body)) return std::nullopt;
  wanted_act out;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    if (name == "if" && value.IsNull()) continue;
    if (!value.IsString()) return std::nullopt;
    const std::string text(value.GetString(), value.GetStringLength());
    if (name == "reason") out.reason = text;
    else if (name == "despite_cases") out.despite_cases = text;
    else if (name == "draft") out.draft = text;
    else if (name == "version" || name == "if") {
      const auto id = uuid_from_text(text);
      if (!id) return std::nullopt;
      (name == "if" ? out.expected : out.version) = id;
    } else return std::nullopt;
  }
  return out;
}

struct refusal {
  int status;
  std::string_view code;
};
refusal refusal_of(end what) {
  switch (what) {
    case end::published_before: return {409, "published-before"};
    case end::nothing_changed: return {409, "nothing-changed"};
    case end::files_changed: return {409, "files-changed"};
    case end::not_taken: return {409, "not-taken"};
    case end::not_valid: return {422, "not-valid"};
    case end::cases_failed: return {422, "cases-failed"};
    case end::published:
    case end::spreading:
    case end::proposed:
    case end::unavailable: break;
  }
  return {503, "store-unavailable"};
}

std::string_view state_of(end what) {
  return what == end::proposed ? "proposed" : what == end::spreading ? "spreading" : "published";
}

void answer_publication(call& on, const publication_outcome& made) {
  const bool good = made.is == end::published || made.is == end::spreading || made.is == end::proposed;
  json out;
  out.open();
  if (!good) {
    const auto [status, code] = refusal_of(made.is);
    on.out.reply.status = status;
    on.out.reply.fault = std::string(code) + ": " + made.why.text;
    out.key("error").open().field("code", code).field("message", made.why.text).key("details").open();
    if (!made.why.where.empty()) out.field("where", made.why.where);
    out.close().close();
    write_diagnostics(out, made.checked.complaints);
    write_cases(out, made.cases);
    return on.answer(out.close().take());
  }
  if (made.is != end::published) on.out.reply.status = 202;
  out.field("state", state_of(made.is)).key("version").open();
  const auto current = made.is == end::proposed ? std::nullopt : std::optional(made.version->id);
  write_version(out, *made.version, current);
  out.close();
  write_nodes(out, made.nodes, current);
  write_cases(out, made.cases);
  on.answer(out.close().take());
}

/// What a person said, once it is clear that he may. Nothing, and a refusal, else.
std::optional<wanted_act> act_on_config(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return std::nullopt;
  auto wanted = read_wanted_act(on.asked.body);
  if (wanted && !wanted->reason.empty()) {
    keep_reason(on, wanted->reason);
    return wanted;
  }
  on.refuse(400, "bad-body",
            "expected {\"reason\": \"why\", \"if\": \"the id of what is published\", \"version\": \"id\", "
            "\"despite_cases\": \"why, where cases fail\"}");
  return std::nullopt;
}

/// The texts of a version of this kind; nothing, and a refusal, where there is none.
std::optional<ports::config_texts> texts_of_version(call& on, const uuid& id, ports::config_version& found) {
  auto& log = on.admin().publications();
  const auto known = log.version(id);
  auto texts = log.texts(id);
  if (!known || !texts) {
    on.refuse(known ? texts.error() : known.error());
    return std::nullopt;
  }
  if (!*known) {
    on.refuse(404, "not-found", "there is no such version");
    return std::nullopt;
  }
  found = **known;
  return std::move(*texts);
}

} // namespace

void publish_config(call& on) {
  const auto said = act_on_config(on);
  if (!said) return;
  auto& log = on.admin().publications();
  const auto running = on.engine.config->running();
  wanted_publication wanted;
  wanted.by = publisher(on);
  wanted.reason = said->reason;
  wanted.despite_cases = said->despite_cases;
  wanted.instead_of = said->expected;
  if (said->version) { // the second person
    ports::config_version proposal;
    auto texts = texts_of_version(on, *said->version, proposal);
    if (!texts) return;
    if (proposal.is != ports::config_version::kind::proposed)
      return on.refuse(409, "not-proposed", "it does not wait for anybody (any more)");
    if (proposal.by == wanted.by)
      return on.refuse(409, "same-person", "a second person is to approve what the first proposed");
    if (proposal.instead_of != said->expected)
      return on.refuse(409, "published-before",
                       "something else has been published since this was proposed: have it proposed anew");
    wanted.texts = std::move(*texts);
    wanted.proposed_by = proposal.by;
    wanted.reason = proposal.reason;
    if (wanted.despite_cases.empty()) wanted.despite_cases = proposal.despite_cases;
    wanted.rollback_of = proposal.rollback_of;
    return answer_publication(on, on.engine.config->publish(log, wanted));
  }
  const auto draft = log.draft(wanted.by);
  if (!draft) return on.refuse(draft.error());
  const auto head = log.published();
  if (!head) return on.refuse(head.error());
  if ((*head ? std::optional((*head)->id) : std::nullopt) != said->expected)
    return on.refuse(409, "published-before", "somebody has published meanwhile: look at what runs now");
  if (*draft)
    if (const auto file = overtaken(running.texts, **draft))
      return on.refuse(409, "changed-before",
                       "this file has been published otherwise since you changed it: look, and save it again",
                       "file", *file);
  wanted.texts = with_draft(running.texts, *draft);
  wanted.base = running.hash;
  if (!said->draft.empty() && said->draft != ports::hash_of(wanted.texts))
    return on.refuse(409, "changed-before", "the draft is not as you looked at it any more: look again");
  const auto made = on.engine.config->publish(log, wanted);
  // A draft that is not thrown away now says nothing new: it is what runs.
  if (made.is == end::published || made.is == end::spreading || made.is == end::proposed)
    if (const auto dropped = log.drop_draft(wanted.by, *draft ? (*draft)->at : timestamp{}); !dropped)
      return answer_publication(on, made);
  answer_publication(on, made);
}

void roll_config_back(call& on) {
  const auto said = act_on_config(on);
  if (!said) return;
  if (!said->version) return on.refuse(400, "bad-body", "`version`: the id of the one to go back to");
  ports::config_version old;
  auto texts = texts_of_version(on, *said->version, old);
  if (!texts) return;
  wanted_publication wanted;
  wanted.texts = std::move(*texts);
  wanted.by = publisher(on);
  wanted.reason = said->reason;
  wanted.instead_of = said->expected;
  wanted.rollback_of = old.id;
  wanted.despite_cases = said->despite_cases;
  answer_publication(on, on.engine.config->publish(on.admin().publications(), wanted));
}

} // namespace aorta::api
