// The cast: every actor's handle, and for each message one line that says when it is answered.
#pragma once

#include "engine/pipeline/envelope.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace aorta::actors {

using pipeline::envelope;
using pipeline::envelope_ptr;
using pipeline::steady;

struct frame_in { ///< from the listener; a whole frame is answered, a too large one too, a broken one is only
                  ///< kept
  enum class state : uint8_t {
    whole,
    too_large,
    unframed,
    broken
  };                 ///< unframed: without the 0x0B that its listener asks for
  std::string bytes; ///< of a too large frame only the beginning
  timestamp received_at;
  state is = state::whole;
};
struct settled { ///< an envelope with its reply
  envelope_ptr mail;
};
struct later_reply { ///< the application acknowledgement of a frame whose receipt was acknowledged before
  uint64_t sequence = 0;
  std::string bytes, code; ///< no bytes: none is wanted of this outcome
};
struct hold {};    ///< no credit: stop reading
struct go {};      ///< credit is back
struct hung_up {}; ///< the sender has left
struct flush {};   ///< take everything that has queued up
struct sweep {};   ///< look for passed deadlines
struct restart {}; ///< the pause after a stage's death is over
struct arrival;    ///< an envelope at a route's entrance, see below
struct drain { ///< `done` is called once, on the supervisor's thread, when all that came has been answered
               ///< and logged
  std::function<void()> done;
  /// The route's successor: what still comes is handed to it, and the stages end with their threads and
  /// sessions. Null: the process ends, and a store that is away is not waited for.
  std::function<void(const arrival&)> onwards;
};
struct retire {};     ///< end now, whatever is in flight
struct dispatch_plan; // dispatch.hpp
struct new_plan {     ///< destinations as they are configured from now on
  std::shared_ptr<const dispatch_plan> what;
};
struct call { ///< a blocking piece of work for a worker; only whoever spawned the worker knows more
  virtual ~call() = default;
};
using call_ptr = std::shared_ptr<call>;
struct call_in {
  call_ptr who;
};

} // namespace aorta::actors

CAF_BEGIN_TYPE_ID_BLOCK(aorta, first_custom_type_id)
CAF_ADD_TYPE_ID(aorta, (aorta::actors::envelope_ptr))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::frame_in))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::settled))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::hold))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::go))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::hung_up))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::flush))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::sweep))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::restart))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::drain))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::retire))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::arrival))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::call_in))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::new_plan))
CAF_ADD_TYPE_ID(aorta, (aorta::actors::later_reply))
CAF_END_TYPE_ID_BLOCK(aorta)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::envelope_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::frame_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::hold)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::go)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::hung_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::restart)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::retire)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::arrival)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::call_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::new_plan)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aorta::actors::later_reply)

namespace aorta::actors {

/// A STAGE of a chain: does its work on the envelope and sends it on; nothing is answered to the sender of
/// the message.
using stage_actor = caf::typed_actor<caf::reacts_to<envelope_ptr>>;

/// Stages that take all that has queued up and go to the store once. `flush` they send to themselves.
using batching_actor = stage_actor::extend<caf::reacts_to<flush>>;

using parser_actor = stage_actor;       ///< PARSER: sends on to the lane of the message's patient
using mapper_actor = stage_actor;       ///< MAPPER
using matcher_actor = batching_actor;   ///< PATIENT-MATCHER
using persister_actor = batching_actor; ///< PERSISTER: sends on when it is committed, or known that it will
                                        ///< not be
using acker_actor = stage_actor;        ///< ACKER: sends `settled` to the supervisor

/// Where an envelope came from, and where it returns: `settled` comes once for each envelope sent to a route,
/// at the latest when the route's deadline has passed; `hold` and `go` come in pairs.
using origin_actor = caf::typed_actor<caf::reacts_to<settled>, caf::reacts_to<hold>, caf::reacts_to<go>>;

/// CONNECTION, one a socket: frames in, replies out in the order of the frames, and application
/// acknowledgements that come by themselves in that order too. Ends after `hung_up`.
using connection_actor =
  origin_actor::extend<caf::reacts_to<frame_in>, caf::reacts_to<hung_up>, caf::reacts_to<later_reply>>;

/// Where the last stage of a chain puts its envelopes.
using finish_actor = caf::typed_actor<caf::reacts_to<settled>>;

/// SUPERVISOR, one a route: `arrival` is its entrance, `settled` its exit; it spawns, monitors and restarts
/// the stages between.
struct arrival {
  envelope_ptr mail;
  origin_actor from;
};
using supervisor_actor =
  finish_actor::extend<caf::reacts_to<arrival>, caf::reacts_to<sweep>, caf::reacts_to<restart>,
                       caf::reacts_to<drain>, caf::reacts_to<retire>>;

/// WORKER: does blocking work for HTTP on a database session of its own, all calls that have queued up
/// together; each call answers for itself. `flush` it sends to itself.
using worker_actor = caf::typed_actor<caf::reacts_to<call_in>, caf::reacts_to<flush>>;

/// DISPATCHER, one a node: sends what waits to the destinations whose partitions it holds. `flush` means that
/// there may be more; `sweep` it sends to itself. After `drain` it begins nothing more and ends when all of
/// it is settled.
using dispatcher_actor = caf::typed_actor<caf::reacts_to<flush>, caf::reacts_to<sweep>,
                                          caf::reacts_to<new_plan>, caf::reacts_to<drain>>;

} // namespace aorta::actors
