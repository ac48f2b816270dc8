#include "engine/gesy/wire.hpp"

#include "engine/base/text.hpp"
#include "engine/gesy/json_walk.hpp"

#include <algorithm>
#include <array>

namespace aorta::gesy {
namespace {

using enum operation;

struct operation_row {
  operation is;
  std::string_view name, path;
};
constexpr std::array operations{
  operation_row{token, "token", "/oauth/token"},
  operation_row{beneficiary, "beneficiary", "/beneficiaries/{id}"},
  operation_row{beneficiary_by_card, "beneficiary_by_card", "/beneficiaries/lookup/{id}"},
  operation_row{referral, "referral", "/referrals/{id}"},
  operation_row{referrals, "referrals", "/referrals?beneficiary_id={beneficiary_id}&status={status}"},
  operation_row{add_referral, "add_referral", "/referrals"},
  operation_row{close_referral, "close_referral", "/referrals/{id}/close"},
  operation_row{operation::claim, "claim", "/claims/{id}"},
  operation_row{claims, "claims", "/claims?provider_id={provider_id}&service_date={service_date}"},
  operation_row{add_claim, "add_claim", "/claims"},
  operation_row{operation::provider, "provider", "/providers/{id}"},
  operation_row{specialties, "specialties", "/specialties"},
  operation_row{diagnosis, "diagnosis", "/codes/diagnoses/{id}"},
  operation_row{procedure, "procedure", "/codes/procedures/{id}"},
};

struct kind_row {
  kind is;
  std::string_view name;
  std::vector<std::string_view> fields;
};
const std::vector<kind_row>& kinds() {
  static const std::vector<kind_row> all{
    {kind::beneficiary,
     "beneficiary",
     {"beneficiary_id", "is_active", "beneficiary_type", "registration_date", "expiry_date",
      "primary_doctor_id", "coverage_category", "verified_at", "verification_source"}},
    {kind::referral,
     "referral",
     {"referral_id", "beneficiary_id", "referring_doctor_id", "specialist_id", "specialty_code",
      "diagnosis_code", "diagnosis_description", "status", "urgency", "issued_date", "valid_from",
      "valid_until", "used_date", "used_by_provider_id", "clinical_notes", "requested_procedures",
      "approved_procedures"}},
    {kind::claim,
     "claim",
     {"claim_id", "referral_id", "provider_id", "beneficiary_id", "service_date", "encounter_type",
      "diagnosis_codes", "primary_diagnosis_code", "line_items", "total_claimed", "total_approved",
      "total_paid", "status", "submitted_at", "reviewed_at", "paid_at", "rejection_reason"}},
    {kind::line,
     "line",
     {"line_number", "procedure_code", "procedure_description", "quantity", "unit_price", "total_price",
      "diagnosis_codes", "approved", "approved_amount", "rejection_reason"}},
    {kind::provider,
     "provider",
     {"provider_id", "name", "provider_type", "specialty_codes", "address", "phone", "email", "is_active"}},
    {kind::specialty, "specialty", {"code", "name_en", "name_el", "category", "requires_referral"}},
    {kind::code, "code", {"code", "is_valid", "description"}},
  };
  return all;
}

const wire::object& object_of(const wire& by, kind what) {
  static const wire::object none;
  const auto found = by.objects.find(what);
  return found == by.objects.end() ? none : found->second;
}

std::string_view theirs_of(const wire::object& by, std::string_view ours) {
  const auto found = by.fields.find(ours);
  return found == by.fields.end() ? ours : std::string_view(found->second);
}

constexpr std::string_view list_of_lines = "line_items";

void write_ours(const wire& by, kind what, const json_value& from, json_writer& out) {
  const auto& names = object_of(by, what);
  out.StartObject();
  for (const auto field : fields_of(what)) {
    write_key(out, field);
    const auto* value = member(from, theirs_of(names, field));
    if (value == nullptr) {
      out.Null();
    } else if (what == kind::claim && field == list_of_lines && value->IsArray()) {
      out.StartArray();
      for (const auto& each : value->GetArray())
        if (each.IsObject()) write_ours(by, kind::line, each, out);
      out.EndArray();
    } else if (field == "status" && value->IsString()) {
      const auto word = names.words.find(text_of(*value));
      write_text(out, word == names.words.end() ? text_of(*value) : std::string_view(word->second));
    } else {
      value->Accept(out);
    }
  }
  out.EndObject();
}

void write_theirs(const wire& by, kind what, const json_value& from, json_writer& out,
                  std::string_view reference) {
  const auto& names = object_of(by, what);
  out.StartObject();
  for (const auto field : fields_of(what)) {
    const auto* value = member(from, field);
    if (value == nullptr || value->IsNull()) continue;
    write_key(out, theirs_of(names, field));
    if (what == kind::claim && field == list_of_lines && value->IsArray()) {
      out.StartArray();
      for (const auto& each : value->GetArray())
        if (each.IsObject()) write_theirs(by, kind::line, each, out, {});
      out.EndArray();
    } else {
      value->Accept(out);
    }
  }
  if (!reference.empty() && !by.reference.empty()) {
    write_key(out, by.reference);
    write_text(out, reference);
  }
  out.EndObject();
}

/// As a path below the base: they may write it with the host, or from its root. Nothing: it leads elsewhere.
std::optional<std::string> below_base(const wire& by, std::string_view next) {
  if (!by.base.empty() && next.starts_with(by.base)) next.remove_prefix(by.base.size());
  const auto host = by.base.find("://");
  const auto path = host == by.base.npos ? by.base.npos : by.base.find('/', host + 3);
  if (path != by.base.npos && next.starts_with(by.base.substr(path) + "/"))
    next.remove_prefix(by.base.size() - path);
  const bool good = next.starts_with('/') && !next.starts_with("//") &&
    next.find_first_of(" \t\r\n\\@#") == next.npos;
  return good ? std::optional(std::string(next)) : std::nullopt;
}

} // namespace

std::string_view name(operation what) noexcept {
  for (const auto& each : operations)
    if (each.is == what) return each.name;
  return "";
}

std::optional<operation> operation_from(std::string_view word) noexcept {
  for (const auto& each : operations)
    if (each.name == word) return each.is;
  return std::nullopt;
}

std::vector<std::string> operation_names() {
  std::vector<std::string> out;
  out.reserve(operations.size());
  for (const auto& each : operations) out.emplace_back(each.name);
  return out;
}

std::string_view name(kind what) noexcept {
  for (const auto& each : kinds())
    if (each.is == what) return each.name;
  return "";
}

std::optional<kind> kind_from(std::string_view word) noexcept {
  for (const auto& each : kinds())
    if (each.name == word) return each.is;
  return std::nullopt;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> out;
  out.reserve(kinds().size());
  for (const auto& each : kinds()) out.emplace_back(each.name);
  return out;
}

std::span<const std::string_view> fields_of(kind what) noexcept {
  for (const auto& each : kinds())
    if (each.is == what) return each.fields;
  return {};
}

wire specified() {
  wire out;
  for (const auto& each : operations) out.paths.emplace(each.is, each.path);
  return out;
}

std::string path_of(const wire& by, operation what, const path_values& values) {
  const auto found = by.paths.find(what);
  std::string out;
  std::string_view left = found == by.paths.end() ? std::string_view() : found->second;
  while (!left.empty()) {
    const auto open = left.find('{'), close = left.find('}', open);
    if (close == std::string_view::npos) break;
    const auto value = values.find(left.substr(open + 1, close - open - 1));
    out.append(left.substr(0, open));
    if (value != values.end()) out += percent_encoded(value->second);
    left.remove_prefix(close + 1);
  }
  return out.append(left);
}

std::optional<std::string> as_ours(const wire& by, kind what, std::string_view body) {
  json_document read;
  if (!parse(read, body) || !read.IsObject()) return std::nullopt;
  json_text out;
  write_ours(by, what, read, out.writer);
  return out.take();
}

std::optional<listed> list_as_ours(const wire& by, kind what, std::string_view body) {
  json_document read;
  if (!parse(read, body)) return std::nullopt;
  listed out;
  const json_value* items = read.IsArray() ? &read : read.IsObject() ? member(read, by.items) : nullptr;
  if (items == nullptr || !items->IsArray()) return std::nullopt;
  for (const auto& each : items->GetArray()) {
    if (!each.IsObject()) return std::nullopt;
    json_text one;
    write_ours(by, what, each, one.writer);
    out.items.push_back(
      {one.take(), by.reference.empty() ? std::string() : std::string(text_of(each, by.reference))});
  }
  if (read.IsObject())
    if (const auto* next = member(read, by.next);
        next != nullptr && next->IsString() && next->GetStringLength() > 0) {
      auto path = below_base(by, text_of(*next));
      out.leads_away = !path;
      out.next = std::move(path).value_or("");
    }
  return out;
}

std::optional<std::string> as_theirs(const wire& by, kind what, std::string_view ours,
                                     std::string_view reference) {
  json_document read;
  if (!parse(read, ours) || !read.IsObject()) return std::nullopt;
  json_text out;
  write_theirs(by, what, read, out.writer, reference);
  return out.take();
}

} // namespace aorta::gesy
