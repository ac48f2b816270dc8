#include "engine/export/passed_on.hpp"

#include "engine/export/parcel.hpp"
#include "engine/fhir/outside.hpp"
#include "engine/rest/filed_record.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace aorta::exports {
namespace {

using fhir::node;

constexpr std::string_view uris = "urn:ietf:rfc:3986";

/// Of a value in a query (RFC 3986 2.3: what is left as it is).
std::string in_query(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
      std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) out += c;
    else out += {'%', digits[uint8_t(c) >> 4], digits[uint8_t(c) & 15]};
  }
  return out;
}

std::string criterion(std::string_view value) {
  // A comma, a bar or a dollar in a value is escaped (FHIR R4, search.html 3.1.1.4.0.1).
  std::string escaped;
  for (const char c : value) {
    if (std::string_view("\\,|$").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return "identifier=" + in_query(std::string(uris) + "|" + escaped);
}

class transaction {
public:
  transaction(fhir::document& into, const rules& by, model::clinic_id clinic)
      : into_(into),
        by_(by),
        outside_(by.base_url + "/clinic/" + std::to_string(clinic), by.systems) {}

  std::string of(rest::filed_record& record) {
    for (auto* all : {&record.named, &record.own})
      for (auto& each : *all)
        places_.emplace(each.type + "/" + each.id, to_text(by_.ids->next(by_.clock->now())));
    for (auto* all : {&record.named, &record.own})
      for (auto& each : *all) {
        lead_references(*each.resource);
        outside_.name(into_, *each.resource);
      }
    auto* bundle = into_.object();
    into_.add(*bundle, "resourceType", "Bundle");
    into_.add(*bundle, "type", "transaction");
    entries_ = into_.add(*bundle, "entry", into_.array());
    for (auto& each : record.named) put(each, false);
    for (auto& each : record.own) put(each, true);
    return fhir::write(*bundle);
  }

private:
  /// By which others know the resource of this server.
  std::string identity(std::string_view type, std::string_view id) const {
    return by_.base_url + "/" + std::string(type) + "/" + std::string(id);
  }

  node* identifier(std::string_view type, std::string_view id) {
    auto* out = into_.object();
    into_.add(*out, "system", uris);
    into_.add(*out, "value", identity(type, id));
    return out;
  }

  void lead_references(node& resource) {
    for (auto* each : fhir::reference_holders(resource)) {
      const std::string to(each->str("reference"));
      const auto slash = to.find('/');
      if (to.starts_with('#') || slash == to.npos) continue;
      if (const auto found = places_.find(to); found != places_.end()) {
        each->get("reference")->text = into_.keep("urn:uuid:" + found->second);
      } else if (to.find(':') == to.npos) { // relative: the other server has nothing there, or somebody
                                            // else's
        into_.remove(*each, "reference");
        if (!each->get("identifier"))
          into_.add(*each, "identifier", identifier(to.substr(0, slash), to.substr(slash + 1)));
      }
    }
  }

  void put(rest::standing& what, bool own) {
    auto& resource = *what.resource;
    into_.remove(resource, "id"); // the other server's
    if (auto* meta = resource.get("meta")) {
      into_.remove(*meta, "versionId");
      into_.remove(*meta, "lastUpdated");
      if (meta->size == 0) into_.remove(resource, "meta");
    }
    auto* entry = into_.push(*entries_, into_.object());
    into_.add(*entry, "fullUrl", "urn:uuid:" + places_.at(what.type + "/" + what.id));
    const auto known = known_by(what);
    into_.add(*entry, "resource", &resource);
    auto* request = into_.add(*entry, "request", into_.object());
    // Who is only named is made where nobody there knows them, and left as they are where somebody does.
    into_.add(*request, "method", own ? "PUT" : "POST");
    into_.add(*request, "url", own ? what.type + "?" + known : what.type);
    if (!own) into_.add(*request, "ifNoneExist", known);
  }

  /// The criterion by which the other server finds it again. Never the number of a clinic: another one may
  /// have given it to somebody else.
  std::string known_by(rest::standing& what) {
    auto& resource = *what.resource;
    auto* all = resource.get("identifier");
    if (all == nullptr) all = into_.add(resource, "identifier", into_.array());
    into_.push(*all, identifier(what.type, what.id));
    return criterion(identity(what.type, what.id));
  }

  fhir::document& into_;
  const rules& by_;
  node* entries_ = nullptr;
  std::map<std::string, std::string, std::less<>> places_; ///< ids of entries by `Type/id`
  fhir::outside_systems outside_;
};

result<std::string> read(ports::record_session& records, std::span<const uuid> results,
                         const passed_message& what, const rules& by) {
  rest::grant who;
  who.actor = "delivery";
  who.clinic = what.clinic;
  who.scopes.read = true;
  const auto around = surroundings_of(by);
  rest::repository in(records, who, around);
  fhir::document into;
  auto record = rest::filed_record_of(in, into, what.patient, what.id, results);
  if (!record) return record.error();
  if (record->own.empty()) return std::string();
  return transaction(into, by, what.clinic).of(*record);
}

} // namespace

result<std::string> transaction_of(ports::message_log& log, ports::record_session& records,
                                   const passed_message& what, const rules& by) {
  const auto brought = log.message_results(what.clinic, what.id);
  if (!brought) return brought.error();
  std::vector<uuid> results;
  for (const auto& each : *brought) results.push_back(each.id);
  std::sort(results.begin(), results.end());
  results.erase(std::unique(results.begin(), results.end()), results.end());
  if (const auto begun = records.begin(what.clinic, false); !begun) return begun.error();
  auto out = read(records, results, what, by);
  const auto ended = out ? records.commit() : status(done{});
  if (!out || !ended) records.rollback();
  if (!ended) return ended.error();
  return out;
}

} // namespace aorta::exports
