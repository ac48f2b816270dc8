// conf/routes/*.toml: `when` and [[edit]]; conf/tables/*.csv.
#include "engine/config/readers.hpp"
#include "engine/edit/read_edit.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace aorta::config {
namespace {

std::string rule_of(const page& in, uint32_t line) {
  return "routes/" + std::filesystem::path(in.path()).filename().string() + ":" + std::to_string(line);
}

void complain(const page& in, const toml::table& about, const std::string& key, const edit::fault& what) {
  const auto* node = key.empty() ? nullptr : about.get(key);
  if (node == nullptr) in.complain(about.source(), what.text, what.hint);
  else in.complain_within(*node, what.at, what.length, what.text, what.hint);
}

edit::edit_text read_texts(section& of) {
  edit::edit_text out;
  const auto read = [&](const char* key, edit::edit_text::word& into) {
    if (std::string text; of.text(key, text) != nullptr) into = std::move(text);
  };
  read("when", out.when);
  read("in", out.in);
  read("set", out.set);
  read("to", out.to);
  read("copy", out.copy);
  read("remove", out.remove);
  read("map", out.map);
  read("table", out.table);
  read("replace", out.replace);
  read("match", out.match);
  read("with", out.with);
  read("date", out.date);
  read("from", out.from);
  read("number", out.number);
  read("decimal", out.decimal);
  read("else", out.or_else);
  of.boolean("force", out.force);
  return out;
}

/// What is known of each message by what the route takes.
std::vector<edit::fixed_place> known_of(const route& of) {
  edit::fixed_place type{*hl7::parse_places("MSH-9.1"), {}, true},
    event{*hl7::parse_places("MSH-9.2"), {""}, true};
  for (const auto& each : of.accept) {
    const auto caret = std::min(each.find('^'), each.size());
    type.values.push_back(each.substr(0, caret));
    event.values.push_back(each.substr(std::min(caret + 1, each.size())));
  }
  for (auto* each : {&type.values, &event.values}) {
    std::sort(each->begin(), each->end());
    each->erase(std::unique(each->begin(), each->end()), each->end());
  }
  // Anything else is never taken, whatever its event: `ADT^*` says nothing of the event.
  if (std::find(event.values.begin(), event.values.end(), "*") != event.values.end()) return {type};
  return {type, event};
}

} // namespace

void read_rules(const page& in, section& of, const std::vector<const toml::table*>& edits, everything& into,
                route& made) {
  edit::rules out;
  std::string when;
  if (const auto* node = of.text("when", when)) {
    out.when_rule = rule_of(in, node->source().begin.line);
    if (const auto wrong = edit::condition::compile(when, into.tables, out.when.emplace())) {
      complain(in, of.of(), "when", *wrong);
      out.when.reset();
    }
  }
  for (const auto* table : edits) {
    section one(in, *table, keys::edit(), "edit");
    auto texts = read_texts(one);
    one.close();
    texts.rule = rule_of(in, table->source().begin.line);
    std::vector<edit::complaint> wrong;
    auto read = edit::read_edit(texts, into.tables, wrong);
    for (const auto& each : wrong) complain(in, *table, each.key, each.what);
    if (read) out.edits.push_back(std::move(*read));
  }
  if (out.when || !edits.empty()) made.rules = std::make_shared<const edit::rules>(std::move(out));
}

void read_found_by(const page& in, const std::vector<const toml::table*>& all,
                   std::vector<edit::search_path>& into) {
  constexpr size_t most = 16;
  for (const auto* table : all) {
    section one(in, *table, keys::index(), "index");
    edit::search_path made;
    std::string path;
    const auto* name = one.required("name", made.name);
    const auto* where = one.required("path", path);
    one.close();
    if (name == nullptr || where == nullptr) continue;
    const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (made.name.empty() || made.name.size() > 40 ||
        !std::all_of(made.name.begin(), made.name.end(), is_word)) {
      one.complain(*name, "index.name is 1 to 40 of a-z, 0-9 and -");
    } else if (std::any_of(into.begin(), into.end(),
                           [&](const auto& each) { return each.name == made.name; })) {
      one.complain(*name, "there is another [[index]] of this name in this file");
    } else if (const auto wrong = edit::read_places(path, 0, made.path)) {
      complain(in, *table, "path", *wrong);
    } else if (made.path.field == 0) {
      one.complain(*where, "index.path names a segment, and not a field of it", path + "-18");
    } else if (into.size() == most) {
      one.complain("a route has at most 16 [[index]]");
    } else into.push_back(std::move(made));
  }
}

void check_rules(const read_route& of) {
  const auto& value = of.value;
  const auto* edits = of.in->root().get_as<toml::array>("edit");
  const size_t given = edits == nullptr ? 0 : edits->size();
  const auto has = [&](const auto& list, const char* word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  const auto* when = of.node->get("when");
  if (const auto* found_by = of.in->root().get_as<toml::array>("index");
      found_by != nullptr && !found_by->empty() && has(value.from, "http"))
    of.in->complain(found_by->get(0)->source(), "[[index]] names places of HL7, and 'http' brings none");
  if (has(value.from, "http")) {
    if (when != nullptr)
      of.in->complain(when->source(), "'when' asks for places of HL7, and 'http' brings none");
    if (given > 0) of.in->complain(edits->get(0)->source(), "[[edit]] writes HL7, and 'http' brings none");
    return;
  }
  const bool stage = has(value.chain, "edit");
  if (given > 0 && !stage && !value.chain.empty())
    of.in->complain(edits->get(0)->source(), "these edits can never run: the chain has no stage 'edit'",
                    "it stands behind 'parse'");
  if (given == 0 && stage) {
    const auto* chain = of.node->get("chain");
    of.in->complain(chain->source(), "the chain has the stage 'edit', and there is no [[edit]] in this file");
  }
  if (!value.rules || value.rules->edits.size() != given) return; // told before
  const auto& rules = *value.rules;
  for (const auto& each : edit::find_idle(rules.when ? &*rules.when : nullptr, rules.edits, known_of(value)))
    complain(*of.in, each.of ? *edits->get(*each.of)->as_table() : *of.node, each.key, each.what);
}

void read_tables(const std::vector<text_file>& files, everything& into, size_t& order, complaints& out) {
  for (const auto& file : files) {
    auto made = std::make_shared<edit::table>();
    made->name = std::filesystem::path(file.path).stem().string();
    std::vector<std::string> lines;
    std::istringstream text(file.text);
    for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
    for (const auto& each : edit::read_table(file.text, *made)) {
      diagnostic what;
      what.file = file.path;
      what.line = uint32_t(each.line);
      what.column = 1;
      what.text = each.text;
      if (each.line <= lines.size()) what.source = lines[each.line - 1];
      out.add(order, std::move(what));
    }
    ++order;
    into.tables.emplace(made->name, std::move(made));
  }
}

} // namespace aorta::config
