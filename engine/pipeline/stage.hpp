// A stage: what a chain names. One file a stage holds its description and its step; one line here lets kinds
// of messages use it.
#pragma once

#include "engine/pipeline/step.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

namespace aorta::pipeline {

/// What a stage finds in the envelope, and what it adds.
enum class part : uint8_t {
  none = 0,
  message = 1,  ///< bytes that were read (of HL7: the index over them)
  claims = 2,   ///< whose it says it is, in the payload
  decision = 4, ///< whose it is
  receipt = 8,  ///< committed, or known from before
};
constexpr part operator|(part a, part b) { return part(uint8_t(a) | uint8_t(b)); }
constexpr part operator&(part a, part b) { return part(uint8_t(a) & uint8_t(b)); }

/// Makes the step of one lane; the route outlives it.
using step_maker = std::unique_ptr<step> (*)(const route& of);
using batch_step_maker = std::unique_ptr<batch_step> (*)(const route& of);

enum class place : uint8_t { entry, middle, exit };

struct stage {
  std::string_view name; ///< in route files, metrics and traces
  part needs = part::none, gives = part::none;
  std::variant<step_maker, batch_step_maker> make;
  bool also_failed = false; ///< it is given messages with a fault too, since it keeps them
  place where = place::middle;
  bool (*concerns)(const envelope&) = nullptr; ///< the others pass it; null: all of them are its business
  bool before_lanes = false; ///< it may change whose the message is: one for all lanes, right behind the
                             ///< entry

  /// An entry is given what was refused before it too, an exit everything.
  bool takes(const envelope& mail) const noexcept {
    if (concerns != nullptr && !concerns(mail)) return false;
    return also_failed || where != place::middle || mail.ok();
  }
};

// Where a stage may stand are three types, so that a wrong order does not compile.
template <place Where>
struct placed : stage {
  placed(stage what) : stage(what) { where = Where; } // a description is all that it is
};
using entry = placed<place::entry>; ///< the first: reads the bytes and chooses the lane; one for all lanes
using middle = placed<place::middle>;
using exit = placed<place::exit>; ///< the last: writes the reply, to whatever came of the message

/// Those of a batch that this stage is given; the others pass it.
std::vector<envelope_ptr> taken(const stage& what, std::span<const envelope_ptr> batch);

/// One step's work on one envelope, as everybody runs it. A refusal from before the entry is the fault behind
/// it.
void work(const stage& what, step& how, envelope& mail);

// parse.cpp and on: a file each
entry parse();            ///< HL7: an index over the bytes, and the patient's lane
middle accept();          ///< of enhanced mode: the receipt is committed, and the work follows by itself
middle edit_message();    ///< what the route's [[edit]] say, and the patient's lane anew
middle map_lab();         ///< codes, units, values, ranges, flags by the laboratory's profile
middle map_admission();   ///< what ADT says of a person and a visit
middle map_orders();      ///< what is asked or told of a patient's orders
middle map_appointment(); ///< what SIU says of an appointment
middle map_document();    ///< what MDM says of a document
middle map_query();       ///< what a look-up of people asks
middle match_patient();   ///< same, none or review, with evidence; one query for all that waits
middle answer_query();    ///< whom a look-up means, as far as the route tells it
middle forward();         ///< to whom it is passed on, and in whose order
middle persist();         ///< one transaction for all that waits
exit ack();               ///< HL7's acknowledgement
entry parse_bundle();     ///< FHIR: strict JSON, valid R4, and the patient's lane
exit answer_bundle();     ///< what became of each entry
entry parse_file(); ///< rows of a laboratory's file: the message that its profile makes of them, likewise
entry parse_json(); ///< a webhook's JSON: the message that its map makes of it, and the patient's lane
exit respond();     ///< whether it was taken

} // namespace aorta::pipeline
