// /api/orders: laboratory orders that wait for their results.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"

#include <charconv>

namespace aorta::api {
namespace {

/// `90m`, `24h`, `3d`; up to ten years.
std::optional<std::chrono::minutes> read_duration(std::string_view text) {
  constexpr int64_t most_days = 3'653;
  int64_t count = 0;
  if (text.empty()) return std::nullopt;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (fault != std::errc{} || count < 0 || end != text.data() + text.size() - 1) return std::nullopt;
  const int64_t unit = *end == 'm' ? 1 : *end == 'h' ? 60 : *end == 'd' ? 24 * 60 : 0;
  if (unit == 0 || count > most_days * 24 * 60 / unit) return std::nullopt;
  return std::chrono::minutes(count * unit);
}

void write_order(json& out, const ports::waiting_order& of) {
  const auto when = [](const std::optional<timestamp>& at) {
    return at ? std::optional(to_iso(*at)) : std::nullopt;
  };
  out.open()
    .field("id", to_text(of.id))
    .field("patient_id", std::to_string(of.patient))
    .field("status", of.status)
    .field("priority", of.priority);
  out.field_or_null("order_number", of.order_number)
    .field_or_null("placer_order_number", of.placer_number)
    .field_or_null("filler_order_number", of.filler_number)
    .field_or_null("panel_code", of.panel_code)
    .field_or_null("panel_name", of.panel_name)
    .field_or_null("laboratory", of.laboratory)
    .field_or_null("laboratory_code", of.laboratory_code);
  out.field("ordered_at", when(of.ordered_at))
    .field("collected_at", when(of.collected_at))
    .field("waiting_since", when(of.collected_at ? of.collected_at : of.ordered_at))
    .close();
}

} // namespace

void list_orders(call& on) {
  ports::overdue_filter filter;
  filter.clinic = on.clinic.id;
  std::optional<std::chrono::minutes> overdue;
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key != "overdue") return no_such_parameter(on, key), false;
    overdue = read_duration(value);
    if (!overdue)
      on.refuse(400, "bad-parameter", "overdue is a number of minutes, hours or days: `90m`, `24h`, `3d`",
                "parameter", key);
    return overdue.has_value();
  };
  if (!read_page(on, filter.cursor, filter.limit, other, is_text)) return;
  if (!overdue)
    return on.refuse(400, "bad-parameter", "say with `overdue` for how long they wait: `24h`", "parameter",
                     "overdue");
  filter.before = on.out.audit.at - *overdue;
  const auto page = on.admin().overdue_orders(filter);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& each : page->items) write_order(out, each);
  on.answer(out.close_list().field_or_null("next", page->next).close().take());
}

} // namespace aorta::api
