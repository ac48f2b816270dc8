#include "engine/gesy/claim.hpp"

#include "engine/base/clock.hpp"
#include "engine/base/text.hpp"
#include "engine/gesy/json_walk.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aorta::gesy {
namespace {

constexpr int64_t most_cents = 100'000'000'00; ///< a hundred million EUR: past that, a comma is missing
constexpr int64_t most_quantity = 10'000;

/// Nothing: it is no number, or has parts of a cent.
std::optional<int64_t> cents_of(const json_value& value) {
  if (!value.IsNumber()) return std::nullopt;
  const double all = value.GetDouble() * 100;
  const double whole = std::round(all);
  if (!(std::abs(all - whole) <= 1e-4) || std::abs(whole) > double(most_cents)) return std::nullopt;
  return int64_t(whole);
}

/// The same of others' answers, where `121.10` may be a text.
std::optional<int64_t> cents_said(const json_value& value) {
  if (!value.IsString()) return cents_of(value);
  json_document number;
  return parse(number, text_of(value)) ? cents_of(number) : std::nullopt;
}

std::optional<int64_t> quantity_said(const json_value& value) {
  const auto cents = cents_said(value);
  return cents && *cents % 100 == 0 ? std::optional(*cents / 100) : std::nullopt;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const size_t at : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!is_digit(text[at])) return false;
  const auto number = [&](size_t from, size_t length) {
    int out = 0;
    for (const char c : text.substr(from, length)) out = out * 10 + (c - '0');
    return out;
  };
  return valid_date(number(0, 4), unsigned(number(5, 2)), unsigned(number(8, 2)));
}

/// ICD-10: a letter, two digits (the third place may be a letter), and up to four more behind a point.
bool looks_like_icd10(std::string_view code) {
  const auto upper_or_digit = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); };
  if (code.size() < 3 || code.size() > 8 || code[0] < 'A' || code[0] > 'Z' || !is_digit(code[1]))
    return false;
  if (!upper_or_digit(code[2])) return false;
  if (code.size() == 3) return true;
  return code[3] == '.' && code.size() > 4 && std::all_of(code.begin() + 4, code.end(), upper_or_digit);
}

/// CPT: five characters, digits but for the last, which may be a letter (categories II and III).
bool looks_like_cpt(std::string_view code) {
  return code.size() == 5 &&
    std::all_of(code.begin(), code.begin() + 4, [](char c) { return is_digit(c); }) &&
    (is_digit(code[4]) || (code[4] >= 'A' && code[4] <= 'Z'));
}

class reader {
public:
  reader(const json_value& from, const std::string& today) : from_(from), today_(today) {}

  read_claim take() {
    heading();
    lines();
    sum();
    return std::move(out_);
  }

private:
  void wrong(std::string where, std::string text) {
    out_.findings.push_back({finding::weight::wrong, std::move(where), std::move(text)});
  }

  std::string text(const json_value& of, std::string_view field, const std::string& where, bool needed) {
    const auto* value = member(of, field);
    const bool there = value != nullptr && !value->IsNull();
    if (there && !value->IsString()) wrong(where, "must be a text");
    auto said = there && value->IsString() ? std::string(text_of(*value)) : std::string();
    if (needed && said.empty() && (!there || value->IsString())) wrong(where, "is missing");
    return said;
  }

  std::vector<std::string> codes(const json_value& of, std::string_view field, const std::string& where) {
    std::vector<std::string> out;
    const auto* value = member(of, field);
    if (value == nullptr || value->IsNull()) return out;
    if (!value->IsArray()) return wrong(where, "must be a list of codes"), out;
    for (const auto& each : value->GetArray()) {
      if (!each.IsString() || !looks_like_icd10(text_of(each)))
        wrong(where + "[" + std::to_string(out.size()) + "]", "is no ICD-10 code, as in I25.1");
      out.emplace_back(each.IsString() ? text_of(each) : std::string_view());
    }
    return out;
  }

  void heading() {
    auto& to = out_.what;
    to.beneficiary_id = text(from_, "beneficiary_id", "beneficiary_id", true);
    to.referral_id = text(from_, "referral_id", "referral_id", false);
    to.provider_id = text(from_, "provider_id", "provider_id", false);
    to.encounter_type = text(from_, "encounter_type", "encounter_type", false);
    to.service_date = text(from_, "service_date", "service_date", true);
    if (!to.service_date.empty() && !is_date(to.service_date))
      wrong("service_date", "is no date, as in 2026-11-27");
    else if (to.service_date > today_) wrong("service_date", "lies in the future");
    to.diagnosis_codes = codes(from_, "diagnosis_codes", "diagnosis_codes");
    to.primary_diagnosis_code = text(from_, "primary_diagnosis_code", "primary_diagnosis_code", false);
    const auto& all = to.diagnosis_codes;
    if (to.primary_diagnosis_code.empty()) {
      if (all.empty()) wrong("diagnosis_codes", "none is given, and no primary one");
      else to.primary_diagnosis_code = all.front();
    } else if (!looks_like_icd10(to.primary_diagnosis_code)) {
      wrong("primary_diagnosis_code", "is no ICD-10 code, as in I25.1");
    } else if (!all.empty() && std::find(all.begin(), all.end(), to.primary_diagnosis_code) == all.end()) {
      wrong("primary_diagnosis_code", "is none of diagnosis_codes");
    }
  }

  void lines() {
    const auto* all = member(from_, "line_items");
    if (all == nullptr || !all->IsArray() || all->Empty())
      return wrong("line_items", "a list with at least one line is needed");
    for (const auto& each : all->GetArray()) {
      const auto where = "line_items[" + std::to_string(out_.what.lines.size()) + "]";
      out_.what.lines.push_back(each.IsObject() ? line(each, where + ".") : claim_line{});
      if (!each.IsObject()) wrong(where, "is no object");
    }
  }

  claim_line line(const json_value& from, const std::string& where) {
    claim_line out;
    out.procedure_code = text(from, "procedure_code", where + "procedure_code", true);
    if (!out.procedure_code.empty() && !looks_like_cpt(out.procedure_code))
      wrong(where + "procedure_code", "is no CPT code of five characters, as in 93306");
    out.description = text(from, "procedure_description", where + "procedure_description", false);
    out.diagnosis_codes = codes(from, "diagnosis_codes", where + "diagnosis_codes");
    const auto* quantity = member(from, "quantity");
    if (quantity == nullptr || !quantity->IsInt64() || quantity->GetInt64() < 1 ||
        quantity->GetInt64() > most_quantity)
      wrong(where + "quantity", "must be a whole number from 1 to 10000");
    else out.quantity = quantity->GetInt64();
    out.unit_cents = amount(from, "unit_price", where);
    out.total_cents = amount(from, "total_price", where);
    if (out.quantity > 0 && out.unit_cents >= 0 && out.total_cents >= 0 &&
        out.quantity * out.unit_cents != out.total_cents)
      wrong(where + "total_price", "is not quantity times unit_price");
    return out;
  }

  /// -1, and a finding, when it is none.
  int64_t amount(const json_value& from, std::string_view field, const std::string& where) {
    const auto* value = member(from, field);
    const auto said = value != nullptr ? cents_of(*value) : std::nullopt;
    if (said && *said >= 0) return *said;
    wrong(where + std::string(field), "must be an amount of EUR, not less than 0, with whole cents");
    return -1;
  }

  void sum() {
    int64_t all = 0;
    for (const auto& each : out_.what.lines) all += std::max<int64_t>(each.total_cents, 0);
    out_.what.total_cents = all;
    const auto* total = member(from_, "total_claimed");
    if (total == nullptr || total->IsNull()) return;
    const auto said = cents_of(*total);
    if (!said || *said != all) wrong("total_claimed", "is not the sum of the lines");
  }

  const json_value& from_;
  const std::string& today_;
  read_claim out_;
};

/// Nothing: it does not say enough.
std::optional<std::string> line_likeness(const json_value& of) {
  if (!of.IsObject()) return std::nullopt;
  const auto code = text_of(of, "procedure_code");
  const auto* quantity = member(of, "quantity");
  const auto* total = member(of, "total_price");
  const auto count = quantity != nullptr ? quantity_said(*quantity) : std::nullopt;
  const auto cents = total != nullptr ? cents_said(*total) : std::nullopt;
  if (code.empty() || !count || !cents) return std::nullopt;
  return std::string(code) + "*" + std::to_string(*count) + "*" + std::to_string(*cents);
}

std::string said_of(const json_value& of, std::string_view field) {
  const auto* found = member(of, field);
  return found != nullptr ? said_in(*found) : std::string();
}

/// What both say is the same, or one of them says nothing.
bool agree(const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; }

} // namespace

bool read_claim::may_be_sent() const noexcept {
  return std::none_of(findings.begin(), findings.end(),
                      [](const auto& each) { return each.is == finding::weight::wrong; });
}

read_claim read(std::string_view ours, const std::string& today) {
  json_document body;
  if (!parse(body, ours) || !body.IsObject()) {
    read_claim out;
    out.findings.push_back({finding::weight::wrong, "", "is no JSON object"});
    return out;
  }
  return reader(body, today).take();
}

std::optional<std::string> likeness(std::string_view ours) {
  json_document body;
  if (!parse(body, ours) || !body.IsObject()) return std::nullopt;
  const auto* all = member(body, "line_items");
  const auto whose = said_of(body, "beneficiary_id"), day = said_of(body, "service_date").substr(0, 10);
  if (whose.empty() || day.empty() || all == nullptr || !all->IsArray() || all->Empty()) return std::nullopt;
  std::vector<std::string> lines;
  for (const auto& each : all->GetArray()) {
    auto line = line_likeness(each);
    if (!line) return std::nullopt;
    lines.push_back(std::move(*line));
  }
  std::sort(lines.begin(), lines.end());
  std::string out = whose + "|" + said_of(body, "referral_id") + "|" + day;
  for (const auto& each : lines) out += "|" + each;
  return out;
}

bool may_be_like(std::string_view ours, std::string_view claim) {
  json_document theirs, mine;
  if (!parse(theirs, ours) || !theirs.IsObject() || !parse(mine, claim) || !mine.IsObject()) return true;
  const auto same = [&](std::string_view field) {
    return agree(said_of(theirs, field), said_of(mine, field));
  };
  return !likeness(ours) && same("beneficiary_id") && same("referral_id") &&
    agree(said_of(theirs, "service_date").substr(0, 10), said_of(mine, "service_date").substr(0, 10));
}

std::string referral_fault(std::string_view referral, std::string_view service_date) {
  json_document body;
  if (!parse(body, referral) || !body.IsObject()) return "referral-unreadable";
  const auto from = text_of(body, "valid_from").substr(0, 10),
             until = text_of(body, "valid_until").substr(0, 10);
  const auto state = text_of(body, "status");
  if (!from.empty() && service_date < from) return "referral-not-yet-valid";
  if (!until.empty() && service_date > until) return "referral-expired";
  constexpr std::array<std::string_view, 3> unusable{"rejected", "cancelled", "expired"};
  if (std::find(unusable.begin(), unusable.end(), state) != unusable.end())
    return "referral-" + std::string(state);
  return {};
}

std::string said(std::string_view ours, std::string_view field) {
  json_document body;
  return parse(body, ours) && body.IsObject() ? said_of(body, field) : std::string();
}

bool has_ended(std::string_view status) noexcept { return status == "rejected" || status == "paid"; }

} // namespace aorta::gesy
