#include "engine/gateway/composer.hpp"

#include "engine/export/passed_on.hpp"

namespace aorta::gateway {

status composer::open() {
  if (!log_) {
    auto log = with_.admin();
    if (!log) return log.error();
    log_ = std::move(*log);
  }
  if (!records_) {
    auto records = with_.records();
    if (!records) return records.error();
    records_ = std::move(*records);
  }
  return done{};
}

status composer::compose(ports::parcel& what, model::clinic_id clinic, const exports::rules& by) {
  what.body.clear();
  if (!what.message || !what.patient) return done{};
  if (auto opened = open(); !opened) return opened;
  auto made = exports::transaction_of(*log_, *records_, {clinic, *what.patient, *what.message}, by);
  if (made) {
    what.body = std::move(*made);
    return done{};
  }
  log_.reset();
  records_.reset();
  return passes(made.error().code) ? status(made.error()) : status(done{});
}

} // namespace aorta::gateway
