#include "engine/export/imprint.hpp"

#include "engine/export/flow.hpp"
#include "engine/export/words.hpp"

namespace aorta::exports {

sheet_facts facts_of(const document_order& how, std::string_view title, std::string_view author) {
  sheet_facts out;
  out.title = title;
  out.author = author;
  out.subject = std::string(say(word::document, how.in)) + " " + to_text(how.label.id);
  out.creator = "aorta " + how.version;
  out.made = to_iso(std::chrono::floor<std::chrono::seconds>(how.label.made));
  return out;
}

void draw_imprint(sheets& on, const document_order& how, size_t number, size_t of) {
  const auto text = [&](word which) { return std::string(say(which, how.in)); };
  const auto page = on.lay(face::small,
                           text(word::page) + " " + std::to_string(number) + " " + text(word::of) + " " +
                             std::to_string(of),
                           text_width, side::right);
  const auto made = on.lay(face::small,
                           text(word::made) + " " + say_time(to_iso(how.label.made)) + " " +
                             text(word::made_for) + " " + how.asker,
                           text_width * 0.8);
  const auto document = on.lay(face::small,
                               text(word::document) + " " + to_text(how.label.id) + ", " +
                                 text(word::software) + " aorta " + how.version,
                               text_width);
  on.rule(left_edge, sheet_height - 54, right_edge, sheet_height - 54, 0.5, 0.5);
  on.draw(made, left_edge, sheet_height - 50, 0.25);
  on.draw(page, left_edge, sheet_height - 50, 0.25);
  on.draw(document, left_edge, sheet_height - 39, 0.25);
}

} // namespace aorta::exports
