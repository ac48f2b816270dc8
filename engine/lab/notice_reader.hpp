// What messages about one person have in common, whatever they tell of him: their header, PID, and the types
// of HL7 v2.5.1 chapter 2A that stand in many of their fields. Admissions, orders, appointments and documents
// are read with it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/report.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// A number and whoever gives it (EI: the name space, else its universal id). May be empty.
struct number {
  std::string value, authority;
};

struct notice {
  identity::claims who;        ///< PID
  std::optional<timestamp> at; ///< of which it speaks: MSH-7, where nothing else says it better
  std::string charset;
  std::vector<rule_note> rules; ///< what was not taken as it stood, and why
};

struct notice_reading {
  std::string_view clinic_code, charset, time_zone; ///< charset: overrides MSH-18
};

/// What is sent in a coded field, and the word of the clinic's column for it.
struct word_pair {
  std::string_view sent, column;
};
/// Empty: the column has no word for it.
template <size_t N>
constexpr std::string_view word_of(const std::array<word_pair, N>& all, std::string_view sent) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.sent == sent; });
  return found == all.end() ? std::string_view() : found->column;
}

/// What a kind of message is called by its event (MSH-9.2).
template <class Event>
struct event_code {
  std::string_view code;
  Event is;
};
template <class Event, size_t N>
constexpr std::string_view code_of(const std::array<event_code<Event>, N>& all, Event what) {
  return std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.is == what; })->code;
}
template <class Event, size_t N>
constexpr std::optional<Event> event_of(const std::array<event_code<Event>, N>& all, std::string_view code) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.code == code; });
  return found == all.end() ? std::nullopt : std::optional(found->is);
}

class notice_reader {
public:
  /// Reads the header into `into`, which outlives it, as does `msg`. Errors: `table_value` at MSH-18, or
  /// `internal` for a time zone that nobody knows.
  static result<notice_reader> open(const hl7::message& msg, const notice_reading& how, notice& into);

  /// Error: `unsupported_event` for one that is not among `all`, which are events of `what`.
  template <class Event, size_t N>
  result<Event> event_told(const std::array<event_code<Event>, N>& all, std::string_view what) {
    if (const auto known = event_of(all, text.get(text.source().segment(0), 9, 1, 2))) return *known;
    return error{error_code::unsupported_event, "MSH-9.2",
                 "no event of " + std::string(what) + " that is known here"};
  }

  /// Nothing where none is told, and a note where it cannot be read.
  std::optional<timestamp> time(const hl7::segment_view& from, size_t field, size_t component = 0);
  number number_at(const hl7::segment_view& from, size_t field); ///< EI
  /// It speaks of EVN-2; a day alone says less than MSH-7 of that day.
  void event(const hl7::segment_view& evn);
  number visit_number(const hl7::segment_view& pv1);                 ///< PV1-19 (CX)
  std::string words_at(const hl7::segment_view& from, size_t field); ///< CE: its words, else its code
  /// PL: point of care, room, bed, facility, as far as each is told.
  std::string place_at(const hl7::segment_view& from, size_t field);

  /// PID, which stands once. Errors: `segment_sequence` for a second one, and those of `check_bounds`.
  status person(const hl7::segment_view& pid, std::initializer_list<size_t> bounded = {2, 3, 4, 5});
  /// `segment_missing` without a PID, with what such a message is called; `field_missing` where nothing in it
  /// tells who it is.
  status person_told(std::string_view without) const;

  void note(std::string where, std::string rule, std::string detail) {
    into_->rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }

  /// Calls `take` for each segment; stops at its first error, and at text that is not of the charset.
  template <class Take>
  status each_segment(Take take) {
    const auto& msg = text.source();
    for (size_t i = 0; i < msg.segments(); ++i) {
      const auto segment = msg.segment(i);
      if (auto taken = take(segment); !taken) return taken;
      if (auto legible = unreadable(segment); !legible) return legible;
    }
    return done{};
  }

  text_reader text;
  const local_zone& zone;
  std::optional<std::chrono::minutes> offset; ///< of times that tell none
  std::string_view clinic_code;               ///< under which the clinic issues its numbers

private:
  notice_reader(text_reader of, const local_zone& in, const notice_reading& how, notice& into);
  status unreadable(const hl7::segment_view& segment) const;

  notice* into_;
  size_t persons_ = 0;
};

} // namespace aorta::lab
