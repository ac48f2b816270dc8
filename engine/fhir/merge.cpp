// Three ways to one: what was sent, what the row said then, what it says now.
#include "engine/fhir/map.hpp"

#include <array>

namespace aorta::fhir {
namespace {

using sv = std::string_view;

constexpr std::array choices{sv("value"),    sv("effective"),     sv("onset"),      sv("abatement"),
                             sv("deceased"), sv("multipleBirth"), sv("medication"), sv("occurrence"),
                             sv("asNeeded"), sv("bounds"),        sv("timing"),     sv("performed"),
                             sv("quantity"), sv("defaultValue")};

node* merge_any(document& into, const node* sent, const node* then, const node* now);

bool same(const node* a, const node* b) noexcept { return a && b ? equal(*a, *b) : a == b; }

/// Items that say what they are (`system`, `url`, `use`, `reference`) are only alike when they say the same.
bool may_be_one(const node& a, const node& b) noexcept {
  if (!a.is_object() || !b.is_object()) return false;
  for (const auto member : {sv("system"), sv("url"), sv("use"), sv("reference")}) {
    const auto x = a.str(member), y = b.str(member);
    if (!x.empty() && !y.empty() && x != y) return false;
  }
  return true;
}

int likeness(const node& a, const node& b) noexcept {
  if (equal(a, b)) return 1000;
  if (!may_be_one(a, b)) return 0;
  int out = 0;
  for (const auto* member = a.first; member; member = member->next)
    if (const auto* other = b.get(member->name))
      out += equal(*member, *other) ? 2 : member->is_object() && likeness(*member, *other) > 0 ? 1 : 0;
  return out;
}

std::vector<const node*> items(const node* list) {
  std::vector<const node*> out;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) out.push_back(each);
  return out;
}

/// For each of `these` the item of `those` that is most like it; null when none is. The only items of two
/// lists are one.
std::vector<const node*> partners(const std::vector<const node*>& these,
                                  const std::vector<const node*>& those) {
  std::vector<const node*> out(these.size(), nullptr);
  if (these.size() == 1 && those.size() == 1 && may_be_one(*these[0], *those[0])) return {those[0]};
  std::vector<bool> used(those.size(), false);
  for (size_t i = 0; i < these.size(); ++i) {
    int best = 0;
    size_t at = 0;
    for (size_t j = 0; j < those.size(); ++j)
      if (!used[j])
        if (const int how = likeness(*these[i], *those[j]); how > best) best = how, at = j;
    if (best > 0) used[at] = true, out[i] = those[at];
  }
  return out;
}

size_t index_in(const std::vector<const node*>& all, const node* what) noexcept {
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i] == what) return i;
  return all.size();
}

bool of_objects(const std::vector<const node*>& all) noexcept {
  for (const auto* each : all)
    if (!each->is_object()) return false;
  return true;
}

node* merge_lists(document& into, const node* sent, const node* then, const node* now) {
  const auto were = items(sent), before = items(then), after = items(now);
  if (!of_objects(were) || !of_objects(before) || !of_objects(after)) return now ? into.copy(*now) : nullptr;
  const auto came_from = partners(before, were), was = partners(after, before);
  std::vector<node*> told; // in the order of now
  for (size_t i = 0; i < after.size(); ++i) {
    const size_t b = was[i] ? index_in(before, was[i]) : before.size();
    const node* origin = b < before.size() ? came_from[b] : nullptr;
    node* item = nullptr;
    if (origin) item = merge_any(into, origin, before[b], after[i]);
    else if (b == before.size() || !equal(*before[b], *after[i])) item = into.copy(*after[i]);
    if (item) told.push_back(item);
  }
  node* out = into.array();
  size_t next = 0;
  for (const auto* each : were) {
    const bool known = index_in(came_from, each) < before.size();
    if (!known) into.push(*out, into.copy(*each));
    else if (next < told.size()) into.push(*out, told[next++]);
  }
  for (; next < told.size(); ++next) into.push(*out, told[next]);
  return out->size == 0 ? nullptr : out;
}

/// `onsetString` when `onsetDateTime` takes its place.
void drop_other_choices(node& from, sv name) {
  for (const auto stem : choices) {
    const auto is_one = [&](sv member) {
      if (member.starts_with('_')) member.remove_prefix(1);
      return member.size() > stem.size() && member.starts_with(stem) && member[stem.size()] >= 'A' &&
        member[stem.size()] <= 'Z';
    };
    if (!is_one(name)) continue;
    std::vector<sv> others;
    for (const auto* each = from.first; each; each = each->next)
      if (each->name != name && is_one(each->name)) others.push_back(each->name);
    for (const auto other : others) document::remove(from, other);
  }
}

bool has_sibling(const node& in, sv name) noexcept {
  for (const auto* each = in.first; each; each = each->next)
    if (each->name.size() == name.size() + 1 && each->name[0] == '_' && each->name.substr(1) == name)
      return true;
  return false;
}

/// What qualified the former value (`_birthDate`) does not qualify the new one.
void drop_sibling(node& from, sv name) {
  if (!has_sibling(from, name)) return;
  document::remove(from, "_" + std::string(name));
}

/// A CodeableConcept: its codings and its words say one thing.
bool is_concept(const node& what) noexcept {
  if (!what.get("coding")) return false;
  for (const auto* each = what.first; each; each = each->next)
    if (each->name != "coding" && each->name != "text" && each->name != "_text" &&
        each->name != "extension" && each->name != "id")
      return false;
  return true;
}

/// Words for what other members say, which the row does not tell, were true of the former values only.
void drop_former_words(node& out, const node& then, const node& now) {
  const auto* words = out.get("text");
  if (!words || !words->is_string() || then.get("text") || now.get("text"))
    return; // HumanName.text, Address.text
  document::remove(out, "text");
  drop_sibling(out, "text");
}

/// Whether a result's value (or a part of it) is another one than it was: `N` was said of the former.
bool lost_value(const node& then, const node& now) noexcept {
  for (const auto* each = then.first; each; each = each->next)
    if ((each->name.starts_with("value") || each->name == "component") && !same(now.get(each->name), each))
      return true;
  return false;
}

node* merge_objects(document& into, const node& sent, const node* then, const node* now) {
  if (!same(then, now) && is_concept(sent))
    return now ? into.copy(*now) : nullptr; // codings of other systems meant the former thing
  node* out = into.copy(sent);
  if (then && now && !same(then->get("text"), now->get("text")))
    document::remove(*out, "doseAndRate"); // Dosage: the row's own comes back below
  const auto settle = [&](sv name) {
    const node *before = then ? then->get(name) : nullptr, *after = now ? now->get(name) : nullptr;
    if (same(before, after)) return;
    if (!after)
      drop_other_choices(*out, name); // `deceasedDateTime` when the row no longer says that somebody died
    const node* was = sent.get(name);
    const bool former = name == "doseAndRate" && !out->get(name); // was dropped with the words it belonged to
    node* merged = former ? (after ? into.copy(*after) : nullptr) : merge_any(into, was, before, after);
    if (!former && same(was, merged)) return;
    const node* any = after ? after : before;
    if (!any->is_object() && !any->is_array()) drop_sibling(*out, name);
    if (any->is_array() && any->first && !any->first->is_object()) drop_sibling(*out, name);
    if (!merged) {
      document::remove(*out, name);
      return;
    }
    drop_other_choices(*out, name);
    into.set(*out, into.keep(name), merged);
  };
  for (const auto* each = then ? then->first : nullptr; each; each = each->next) settle(each->name);
  for (const auto* each = now ? now->first : nullptr; each; each = each->next)
    if (!then || !then->get(each->name)) settle(each->name);
  if (then && now && !same(then, now)) {
    drop_former_words(*out, *then, *now);
    if (!now->get("interpretation") && lost_value(*then, *now)) document::remove(*out, "interpretation");
  }
  return out->size == 0 ? nullptr : out;
}

node* merge_any(document& into, const node* sent, const node* then, const node* now) {
  const auto is = [](const node* what, node::kind kind) { return !what || what->is == kind; };
  if (!sent) return now ? into.copy(*now) : nullptr;
  if (sent->is_object() && is(then, node::kind::object) && is(now, node::kind::object)) {
    if (!now && then && equal(*sent, *then)) return nullptr;
    return merge_objects(into, *sent, then, now);
  }
  if (sent->is_array() && is(then, node::kind::array) && is(now, node::kind::array))
    return merge_lists(into, sent, then, now);
  return now ? into.copy(*now) : nullptr;
}

} // namespace

node* merge(document& into, const node& sent, const node& then, const node& now) {
  if (equal(then, now)) return into.copy(sent);
  node* out = merge_any(into, &sent, &then, &now);
  if (!out) return into.object();
  // A narrative made from the former values would contradict the new ones.
  const node* narrative = out->get("text");
  const auto status = narrative ? narrative->str("status") : sv();
  if (status == "generated" || status == "extensions") document::remove(*out, "text");
  return out;
}

} // namespace aorta::fhir
