// What goes to another FHIR server in the place of a message: made of what stands of it when it is sent.
#pragma once

#include "engine/export/rules.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"
#include "engine/ports/store.hpp"

#include <memory>

namespace aorta::gateway {

/// One thread's. Opens its sessions when they are first needed.
class composer {
public:
  explicit composer(ports::store& with) : with_(with) {}

  /// The parcel's bytes become the transaction (exports::transaction_of); none where nothing stands of its
  /// message. A fault passes: the store is away.
  status compose(ports::parcel& what, model::clinic_id clinic, const exports::rules& by);

private:
  status open();

  ports::store& with_;
  std::unique_ptr<ports::message_log> log_;
  std::unique_ptr<ports::record_session> records_;
};

} // namespace aorta::gateway
