// POST /api/config/try: what would become of messages, by what runs or by one's draft; nothing is stored.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"

namespace aorta::api {
namespace {

constexpr size_t most_tried = 100, longest_tried = 1u << 20; ///< messages of a text, its bytes

} // namespace

void try_messages(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  rapidjson::Document said;
  const bool readable = parse_object(said, on.asked.body);
  const auto text = readable ? word_in(said, "text") : std::string();
  if (text.empty())
    return on.refuse(400, "bad-body",
                     "expected {\"text\": \"MSH|...\", \"listener\": \"lab\", \"route\": \"lab-results\", "
                     "\"draft\": true}; all but `text` may be left out");
  if (text.size() > longest_tried) return on.refuse(413, "too-large", "a text of at most 1 MiB is tried");
  std::optional<ports::config_texts> texts;
  if (flag_in(said, "draft")) {
    const auto draft = on.admin().publications().draft(publisher(on));
    if (!draft) return on.refuse(draft.error());
    texts = with_draft(on.engine.config->running().texts, *draft);
    if (!on.engine.config->check(*texts).ok())
      return on.refuse(422, "not-valid", "the draft has faults: POST /api/config/check tells them");
  }
  const auto tried = on.engine.config->attempt(texts, text, most_tried + 1, word_in(said, "listener"),
                                               word_in(said, "route"));
  if (!tried && tried.error().code == error_code::invalid)
    return on.refuse(400, "bad-body", tried.error().text);
  if (!tried) return on.refuse(tried.error());
  json out;
  out.open().key("items").open_list();
  for (size_t i = 0; i < std::min(tried->size(), most_tried); ++i)
    out.raw(to_json((*tried)[i]), rapidjson::kObjectType);
  out.close_list().field("partial", tried->size() > most_tried).close();
  on.answer(out.take());
}

} // namespace aorta::api
