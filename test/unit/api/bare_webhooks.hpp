// Webhooks that a test gives, as they were put.
#pragma once

#include "engine/ports/webhooks.hpp"

namespace aorta {

class bare_webhooks final : public ports::webhook_log {
public:
  std::vector<ports::webhook> rows;

  result<std::vector<ports::webhook>> webhooks(model::clinic_id) override { return rows; }
  result<std::optional<ports::webhook>> webhook_of(model::clinic_id clinic, const uuid& id) override {
    for (const auto& each : rows)
      if (each.id == id && each.clinic == clinic) return std::optional(each);
    return std::optional<ports::webhook>{};
  }
  result<ports::webhook> add_webhook(const ports::webhook& what) override {
    rows.push_back(what);
    rows.back().id.bytes[15] = uint8_t(rows.size());
    auto out = rows.back();
    out.secret.clear();
    return out;
  }
  result<bool> put_webhook(const ports::webhook& what) override {
    for (auto& each : rows)
      if (each.id == what.id && each.clinic == what.clinic) return each = what, true;
    return false;
  }
  result<bool> remove_webhook(model::clinic_id clinic, const uuid& id) override {
    return std::erase_if(rows, [&](const auto& each) { return each.id == id && each.clinic == clinic; }) > 0;
  }
  result<std::optional<ports::delivery_row>> test_webhook(model::clinic_id, const uuid&) override {
    return std::optional(ports::delivery_row{});
  }
};

} // namespace aorta
