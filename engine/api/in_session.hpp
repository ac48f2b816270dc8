// A handler's work in one transaction of its clinic.
#pragma once

#include "engine/api/api.hpp"
#include "engine/ports/records.hpp"

namespace aorta::api {

/// Calls `work` with a session in a transaction of the clinic; `changes`: it is committed.
template <class Work>
void in_session(call& on, bool changes, Work&& work) {
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  if (const auto begun = (*session)->begin(on.clinic.id, changes); !begun) return on.refuse(begun.error());
  const status done = work(**session);
  const auto kept = done && changes ? (*session)->commit() : done;
  if (!kept || !changes) (*session)->rollback();
  if (!kept) on.refuse(kept.error());
}

} // namespace aorta::api
