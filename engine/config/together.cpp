// What holds between files: names that must exist, routes that must not take the same messages, ports that
// must be free.
#include "engine/base/text.hpp"
#include "engine/config/readers.hpp"
#include "engine/config/vocabulary.hpp"

#include <algorithm>
#include <set>

namespace aorta::config {

namespace {

constexpr const char* http_type = "Bundle"; ///< all that HTTP brings to routes

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

/// Calls `about(node, word)` for each text of a list in a route.
template <class Function>
void each(const read_route& of, const char* key, const std::vector<std::string>& words, Function about) {
  const auto* nodes = of.node->get_as<toml::array>(key);
  for (size_t i = 0; nodes != nullptr && i < words.size() && i < nodes->size(); ++i)
    about(*nodes->get(i), words[i]);
}

toml::source_region place_of(const toml::table& table, const char* key) {
  const auto* node = table.get(key);
  return node != nullptr ? node->source() : table.source();
}

// --- profiles ---

std::set<std::string> sender_words(const lab::profile& of) {
  std::set<std::string> words{lower(of.code), lower(of.name)};
  for (const auto& sender : of.senders) words.insert(lower(sender));
  words.erase("");
  return words;
}

bool share_a_sender(const lab::profile& one, const lab::profile& other) {
  const auto words = sender_words(one), others = sender_words(other);
  return std::any_of(words.begin(), words.end(), [&](const auto& word) { return others.count(word) > 0; });
}

void check_profiles(const everything& all) {
  for (size_t i = 0; i < all.profiles.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const auto& [in, node, value] = all.profiles[i];
      if (value.code.empty() || lower(value.code) != lower(all.profiles[j].value.code)) continue;
      in->complain(place_of(*node, "code"),
                   "profile '" + value.file_code + "' has the code '" + value.code + "' of profile '" +
                     all.profiles[j].value.file_code + "'",
                   "see " + all.profiles[j].in->path());
    }
  }
}

const lab::profile* profile_of(const everything& all, const std::string& file_code) {
  for (const auto& one : all.profiles)
    if (one.value.file_code == file_code) return &one.value;
  return nullptr;
}

// --- routes, each for itself ---

/// The name behind `webhook:` or `files:`; nothing when it is none.
std::optional<std::string> name_behind(std::string_view what, const std::string& from) {
  if (!from.starts_with(what)) return std::nullopt;
  return from.substr(what.size());
}
std::optional<std::string> webhook_name(const std::string& from) {
  return name_behind(webhook_listener, from);
}
std::optional<std::string> files_name(const std::string& from) { return name_behind(files_listener, from); }
/// What comes so is no HL7 and has no header.
bool has_no_header(const std::string& from) { return webhook_name(from) || files_name(from); }

/// What webhooks and files bring has no header: nothing of it chooses between routes, and no sender names a
/// laboratory.
void check_headerless_route(const read_route& of, const everything& all) {
  const auto found = std::find_if(of.value.from.begin(), of.value.from.end(), has_no_header);
  if (found == of.value.from.end()) return;
  const auto file = files_name(*found);
  const std::string whose = "route '" + of.value.name + "' takes from " +
    (file ? "a laboratory's files and " : "a webhook and ");
  if (of.value.from.size() > 1)
    of.in->complain(place_of(*of.node, "from"), whose + "from elsewhere: give each a route of its own");
  if (of.value.labs.size() != 1)
    of.in->complain(place_of(*of.node, "labs"),
                    whose + "must name one laboratory in 'labs', whose codes it has");
  for (const char* key : {"receiving", "processing", "when"})
    if (of.node->contains(key))
      of.in->complain(place_of(*of.node, key), whose + "has '" + key + "', which looks at a header of HL7");
  const auto source = file ? all.value.files.find(*file) : all.value.files.end();
  if (source != all.value.files.end() && of.value.labs.size() == 1 &&
      of.value.labs.front() != source->second.lab)
    of.in->complain(place_of(*of.node, "labs"),
                    whose + "names laboratory '" + of.value.labs.front() + "', but they are of '" +
                      source->second.lab + "'",
                    "see [files." + *file + "]");
}

void check_from(const read_route& of, const everything& all) {
  each(of, "from", of.value.from, [&](const toml::node& at, const std::string& from) {
    const std::string whose = "route '" + of.value.name + "' takes from ";
    if (const auto webhook = webhook_name(from); webhook) {
      if (all.server_read && !all.webhooks.contains(*webhook))
        of.in->complain(at.source(), whose + "webhook '" + *webhook + "', which does not exist",
                        suggest(*webhook, keys_of(all.webhooks)));
    } else if (const auto files = files_name(from); files) {
      if (all.server_read && !all.files.contains(*files))
        of.in->complain(at.source(), whose + "files '" + *files + "', which do not exist",
                        suggest(*files, keys_of(all.files)));
    } else if (from == "files")
      of.in->complain(at.source(), whose + "'files', without a name", "as in \"files:bioanalytica\"");
    else if (from != "http" && all.server_read && all.listeners.count(from) == 0)
      of.in->complain(at.source(), whose + "listener '" + from + "', which does not exist",
                      suggest(from, keys_of(all.listeners)));
  });
}

void check_labs(const read_route& of, const everything& all) {
  std::vector<std::string> known;
  for (const auto& one : all.profiles) known.push_back(one.value.file_code);
  std::vector<const lab::profile*> seen;
  each(of, "labs", of.value.labs, [&](const toml::node& at, const std::string& code) {
    const auto* profile = profile_of(all, code);
    if (profile == nullptr && all.labs_read)
      of.in->complain(at.source(),
                      "route '" + of.value.name + "' names laboratory '" + code + "', which has no profile",
                      suggest(code, known));
    if (profile == nullptr) return;
    for (const auto* other : seen)
      if (lower(other->code) != lower(profile->code) && share_a_sender(*profile, *other))
        of.in->complain(at.source(),
                        "laboratories '" + other->file_code + "' and '" + code +
                          "' share a sender: messages cannot be told apart");
    seen.push_back(profile);
  });
  const auto* given = of.node->get_as<toml::array>("labs");
  if ((given == nullptr || given->empty()) && holds(of.value.chain, "map-lab"))
    of.in->complain(place_of(*of.node, "labs"),
                    "route '" + of.value.name +
                      "' maps laboratory messages and names no laboratory in 'labs'");
}

/// A setting that does nothing is a mistake.
void check_mapper_keys(const read_route& of) {
  const bool admissions = holds(of.value.chain, "map-admission");
  const bool told = admissions || holds(of.value.chain, "map-orders") ||
    holds(of.value.chain, "map-appointment") || holds(of.value.chain, "map-document");
  const auto check = [&](const char* key, bool used, const std::string& whose) {
    if (!used && of.node->contains(key))
      of.in->complain(place_of(*of.node, key),
                      "route '" + of.value.name + "' has '" + key + "', which is for " + whose);
  };
  const bool asks = holds(of.value.chain, "map-query");
  const std::string kinds = "admissions, orders, appointments",
                    stages = "map-admission, map-orders, map-appointment";
  check("create", admissions, "admissions (map-admission)");
  check("discloses", asks, "look-ups (map-query)");
  check("time_zone", told, kinds + " and documents (" + stages + ", map-document)");
  check("charset", told || asks,
        kinds + ", documents and look-ups (" + stages + ", map-document, map-query)");
}

/// Who is to be answered twice needs the stage that answers first.
void check_acks(const read_route& of, const everything& all) {
  for (const char* key : {"ack", "application_ack"})
    if (of.node->contains(key) && !of.value.accepts &&
        !(std::string_view(key) == "ack" && of.value.ack == route::ack_mode::original))
      of.in->complain(place_of(*of.node, key),
                      "route '" + of.value.name + "' has '" + key + "', but its chain has no stage 'accept'",
                      "put \"accept\" behind \"parse\" or \"edit\"");
  if (of.node->contains("application_ack") && of.value.ack == route::ack_mode::original)
    of.in->complain(
      place_of(*of.node, "application_ack"),
      "route '" + of.value.name +
        "' has 'application_ack', but original mode has one acknowledgement, on its connection");
  for (const auto& one : all.destinations)
    if (!of.value.application_ack.empty() && one.value.name == of.value.acknowledgements())
      one.in->complain(place_of(*one.node, "name"),
                       "'" + one.value.name + "' is the destination of the acknowledgements of route '" +
                         of.value.name + "'");
}

/// What is sent needs the stage that does it, and the stage somebody to send to.
void check_send(const read_route& of, const everything& all) {
  std::vector<std::string> known;
  for (const auto& one : all.destinations) known.push_back(one.value.name);
  each(of, "send", of.value.send, [&](const toml::node& at, const std::string& name) {
    if (all.destinations_read && !holds(known, name))
      of.in->complain(at.source(),
                      "route '" + of.value.name + "' sends to '" + name + "', which is no destination",
                      suggest(name, known));
    if (std::count(of.value.send.begin(), of.value.send.end(), name) > 1)
      of.in->complain(at.source(), "route '" + of.value.name + "' names '" + name + "' twice in 'send'");
  });
  const bool forwards = holds(of.value.chain, "forward");
  if (forwards && of.value.send.empty())
    of.in->complain(place_of(*of.node, "chain"),
                    "route '" + of.value.name + "' has the stage 'forward' and names nobody in 'send'");
  if (!forwards && !of.value.send.empty() && !of.value.chain.empty())
    of.in->complain(place_of(*of.node, "send"),
                    "route '" + of.value.name + "' names destinations, but its chain has no stage 'forward'",
                    "put \"forward\" in front of \"persist\"");
}

/// They have one server in common.
void give_redis(everything& all) {
  for (auto& [in, node, value] : all.destinations) {
    if (value.is != destination::kind::redis) continue;
    value.server = all.value.redis;
    if (!value.server && all.server_read)
      in->complain(place_of(*node, "kind"),
                   "destination '" + value.name + "' is of kind 'redis', and there is no [redis]",
                   "url = \"redis://127.0.0.1:6379/0\" in [redis] of aorta.toml");
  }
}

/// Other servers know what is sent by its address: without one, two clinics' patients would be one there.
void check_named_outside(const everything& all) {
  for (const auto& [in, node, value] : all.destinations)
    if (value.is == destination::kind::fhir && all.server_read && all.value.fhir.base_url.empty())
      in->complain(place_of(*node, "kind"),
                   "destination '" + value.name +
                     "' is of kind 'fhir', and the engine has no address of its own",
                   "base_url = \"https://clinic.example.org/fhir/r4\" in [fhir] of aorta.toml");
}

void check_destinations(const everything& all) {
  check_named_outside(all);
  for (size_t i = 0; i < all.destinations.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const auto& [in, node, value] = all.destinations[i];
      if (value.name.empty() || value.name != all.destinations[j].value.name) continue;
      in->complain(place_of(*node, "name"), "there is a destination '" + value.name + "' already",
                   "see " + all.destinations[j].in->path());
    }
}

void check_clinic(const read_route& of, everything& all, bool any_clinic) {
  const auto& code = of.value.clinic;
  if (code.empty() || !all.server_read) return;
  if (!any_clinic) all.value.clinics.emplace(code, code);
  else if (all.value.clinics.count(code) == 0)
    of.in->complain(place_of(*of.node, "clinic"),
                    "route '" + of.value.name + "' files for clinic '" + code + "', which does not exist",
                    suggest(code, keys_of(all.value.clinics)));
}

/// `ADT^*`: all events of a type that the chain can do.
bool fits(const std::string& type, const std::string& pattern) {
  return pattern.ends_with("^*") && type.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

void spell_out(std::vector<std::string>& accept, const vocabulary& words, size_t chain) {
  std::vector<std::string> out;
  for (const auto& word : accept) {
    if (!word.ends_with("^*")) out.push_back(word);
    for (const auto& [type, index] : words.accepts)
      if (index == chain && fits(type, word)) out.push_back(type);
  }
  accept = std::move(out);
}

void check_accept(const read_route& of, const vocabulary& words, std::optional<size_t> chain) {
  std::vector<std::string> types;
  for (const auto& [type, index] : words.accepts) types.push_back(type);
  each(of, "accept", of.value.accept, [&](const toml::node& at, const std::string& type) {
    const auto is = [&](const auto& one) { return one.first == type || fits(one.first, type); };
    const auto known = std::find_if(words.accepts.begin(), words.accepts.end(), is);
    const bool done_by_chain = chain && std::any_of(known, words.accepts.end(), [&](const auto& one) {
                                 return is(one) && one.second == *chain;
                               });
    const std::string whose = "route '" + of.value.name + "' accepts " + type;
    if (known == words.accepts.end())
      of.in->complain(at.source(), whose + ", which no chain can do", suggest(type, types));
    else if (chain && !done_by_chain) of.in->complain(at.source(), whose + ", which its chain cannot do");
    else {
      // HL7 messages come over MLLP, bundles over HTTP, reports in JSON by webhooks.
      const bool bundle = type == http_type, json = type == webhook_type, file = type == files_type;
      for (const auto& from : of.value.from)
        if ((from == "http") != bundle || webhook_name(from).has_value() != json ||
            files_name(from).has_value() != file)
          of.in->complain(at.source(), whose + ", which '" + from + "' does not bring");
    }
  });
}

// --- routes, side by side ---

bool share_a_word(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return std::any_of(one.begin(), one.end(), [&](const auto& left) {
    return std::any_of(other.begin(), other.end(),
                       [&](const auto& right) { return lower(left) == lower(right); });
  });
}

/// Routes are told apart when no receiver, no processing id, no sender or no condition fits both.
bool told_apart(const read_route& one, const read_route& other, const everything& all) {
  for (const auto& from : one.value.from)
    if (has_no_header(from) && holds(other.value.from, from)) return false;
  if (!share_a_word(one.value.processing, other.value.processing)) return true;
  if (!one.value.receiving.empty() && !other.value.receiving.empty() &&
      !share_a_word(one.value.receiving, other.value.receiving))
    return true;
  if (one.value.rules && other.value.rules && one.value.rules->when && other.value.rules->when &&
      edit::chance_of({&*one.value.rules->when, &*other.value.rules->when}) == edit::chance::never)
    return true;
  for (const auto& code : one.value.labs)
    for (const auto& next : other.value.labs) {
      const auto* left = profile_of(all, code);
      const auto* right = profile_of(all, next);
      if (code == next || (left != nullptr && right != nullptr && share_a_sender(*left, *right)))
        return false;
    }
  return !one.value.labs.empty() && !other.value.labs.empty();
}

bool holds_all(const std::vector<std::string>& of, const std::vector<std::string>& in) {
  return std::all_of(of.begin(), of.end(), [&](const auto& each) {
    return std::any_of(in.begin(), in.end(), [&](const auto& other) { return lower(each) == lower(other); });
  });
}

/// Whether nothing is left to the later one: the earlier asks for no more than it does.
bool takes_all(const route& earlier, const route& later) {
  const bool receiver = earlier.receiving.empty() ||
    (!later.receiving.empty() && holds_all(later.receiving, earlier.receiving));
  const bool sender = earlier.labs.empty() || (!later.labs.empty() && holds_all(later.labs, earlier.labs));
  const bool condition = !earlier.rules || !earlier.rules->when ||
    (later.rules && later.rules->when && later.rules->when->text() == earlier.rules->when->text());
  return receiver && sender && condition && holds_all(later.processing, earlier.processing);
}

/// By HTTP a clinic has one route; of a listener's the first in the order of their files takes a message.
void tell_shadow(const read_route& later, const read_route& earlier, const std::string& from,
                 const toml::node& at, const std::string& type) {
  const auto names = "'" + earlier.value.name + "' and '" + later.value.name + "'";
  const auto hint = "see " + earlier.in->path();
  if (from == "http")
    later.in->complain(at.source(),
                       "routes " + names + " both take " + type + " from 'http' for clinic '" +
                         later.value.clinic + "'",
                       hint);
  else if (has_no_header(from))
    later.in->complain(at.source(), "routes " + names + " both take from '" + from + "'", hint);
  else if (takes_all(earlier.value, later.value))
    later.in->complain(at.source(),
                       "route '" + later.value.name + "' never takes " + type + " from '" + from +
                         "': route '" + earlier.value.name +
                         "' comes first by its file's name and takes all that this one would",
                       hint);
  else
    later.in->warn(at.source(),
                   "routes " + names + " may both take a message " + type + " from '" + from + "': '" +
                     earlier.value.name + "' comes first by its file's name and takes it",
                   hint);
}

void check_pair(const read_route& later, const read_route& earlier, const everything& all) {
  if (!later.value.name.empty() && later.value.name == earlier.value.name)
    later.in->complain(place_of(*later.node, "name"), "there is a route '" + later.value.name + "' already",
                       "see " + earlier.in->path());
  if (told_apart(later, earlier, all)) return;
  for (const auto& from : later.value.from) {
    if (!holds(earlier.value.from, from)) continue;
    if (from == "http" && later.value.clinic != earlier.value.clinic)
      continue; // the caller's key tells the clinic
    each(later, "accept", later.value.accept, [&](const toml::node& at, const std::string& type) {
      if (holds(earlier.value.accept, type)) tell_shadow(later, earlier, from, at, type);
    });
  }
}

// --- listeners ---

bool meet(const endpoint& one, const endpoint& other) {
  if (one.port == 0 || one.port != other.port) return false;
  const auto everywhere = [](const endpoint& e) {
    return e.host == "0.0.0.0" || e.host == "::" || e.host == "*";
  };
  return one.host == other.host || everywhere(one) || everywhere(other);
}

void check_listeners(const everything& all) {
  for (const auto& [name, where] : all.listeners) {
    const auto& mine = all.value.listeners.at(name).listen;
    const auto at = place_of(*where.node, "listen");
    if (meet(mine, all.value.http))
      where.in->complain(at, "listener '" + name + "' and [http] listen on the same port");
    for (const auto& [other, there] : all.listeners) {
      if (other >= name) break;
      if (meet(mine, all.value.listeners.at(other).listen))
        where.in->complain(at, "listeners '" + other + "' and '" + name + "' listen on the same port");
    }
    const bool used = std::any_of(
      all.routes.begin(), all.routes.end(),
      [&, &mine_name = name](const auto& route) { return holds(route.value.from, mine_name); });
    if (!used && all.routes_read)
      where.in->complain(where.node->source(), "no route takes anything from listener '" + name + "'");
  }
}

void check_taken(const everything& all, const std::map<std::string, read_listener>& those,
                 std::string_view before, const std::string& what) {
  for (const auto& [name, where] : those) {
    const auto from = std::string(before) + name;
    if (all.routes_read && std::none_of(all.routes.begin(), all.routes.end(), [&](const auto& route) {
          return holds(route.value.from, from);
        }))
      where.in->complain(where.node->source(), "no route takes anything from " + what + " '" + name + "'");
  }
}

/// A file is known by its laboratory alone: one source for each, and a profile that says how to read it.
void check_files(const everything& all) {
  for (const auto& [name, where] : all.files) {
    const auto& mine = all.value.files.at(name);
    const auto at = place_of(*where.node, "lab");
    const auto* profile = profile_of(all, mine.lab);
    std::vector<std::string> known;
    for (const auto& one : all.profiles) known.push_back(one.value.file_code);
    if (profile == nullptr && all.labs_read && !mine.lab.empty())
      where.in->complain(at,
                         "files '" + name + "' are of laboratory '" + mine.lab + "', which has no profile",
                         suggest(mine.lab, known));
    if (profile != nullptr && !profile->csv)
      where.in->complain(
        at, "the profile of laboratory '" + mine.lab + "' has no [csv], which says how its files are");
    for (const auto& [other, there] : all.value.files) {
      if (other == name) break;
      if (there.lab == mine.lab)
        where.in->complain(at, "files '" + other + "' and '" + name + "' are of the same laboratory");
      if (!mine.folder.empty() && there.folder == mine.folder)
        where.in->complain(place_of(*where.node, "folder"),
                           "files '" + other + "' and '" + name + "' have the same folder");
    }
  }
}

} // namespace

void check_together(everything& all, const surroundings& with) {
  check_profiles(all);
  const bool any_clinic = !all.value.clinics.empty();
  for (size_t i = 0; i < all.routes.size(); ++i) {
    auto& route = all.routes[i];
    check_from(route, all);
    check_headerless_route(route, all);
    check_exposure(route, all);
    const auto chain = check_chain(route, with.words);
    check_accept(route, with.words, chain);
    if (chain) spell_out(route.value.accept, with.words, *chain);
    check_labs(route, all);
    check_send(route, all);
    check_acks(route, all);
    check_mapper_keys(route);
    check_rules(route);
    check_clinic(route, all, any_clinic);
    for (size_t j = 0; j < i; ++j) check_pair(route, all.routes[j], all);
  }
  give_redis(all);
  check_destinations(all);
  check_ladder(all);
  check_listeners(all);
  check_taken(all, all.webhooks, webhook_listener, "webhook");
  check_taken(all, all.files, files_listener, "files");
  check_files(all);
}

} // namespace aorta::config
