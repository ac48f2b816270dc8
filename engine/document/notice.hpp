// What a message about a document says (MDM, HL7 v2.5.1 chapter 9; ORU, chapter 7, whose orders are filed as
// documents): of whom, which document, how it stands, and what is in it.
#pragma once

#include "engine/lab/notice_reader.hpp"
#include "engine/model/lab.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::document {

enum class event : uint8_t {
  announce, ///< T01: there is one; its content comes later
  original, ///< T02
  status,   ///< T04: how it stands, and its content
  addendum, ///< T06: a document of its own that continues its parent, which stays
  edit,     ///< T08: the same document anew
  replace,  ///< T10: a document of its own in place of its parent
  cancel,   ///< T11
};
std::string_view code(event) noexcept; ///< `T01`
std::optional<event> event_from(std::string_view code) noexcept;

using lab::number;

struct doctor {
  std::string licence, name; ///< XCN; may be empty
};

/// What stands elsewhere (RP): kept as it was sent, never fetched.
struct pointer {
  std::string to, content_type;
};

struct notice : lab::notice {
  event what = event::original;
  number own, parent;    ///< TXA-12, TXA-13; whoever sends it gives numbers without an authority
  number visit;          ///< PV1-19
  number placer, filler; ///< TXA-14, TXA-15, else those of its ORC or OBR
  std::string type;      ///< TXA-2, as sent
  std::string title;     ///< TXA-2's words, else what the table calls it
  std::string completion, confidentiality, availability; ///< TXA-17, TXA-18, TXA-19; empty: not told
  std::optional<timestamp> active;                       ///< TXA-4
  doctor author;                                         ///< TXA-9, else TXA-5
  doctor authenticator;                                  ///< TXA-22, else TXA-10
  std::optional<timestamp> authenticated;                ///< TXA-22.15

  std::string text; ///< lines of OBX-5 and NTE-3
  std::vector<model::attachment> files;
  std::vector<pointer> pointers;
  /// It is an order of a report. What of it is final stands over what is preliminary, whenever that was sent.
  bool of_report = false;
  std::vector<lab::rule_note> critical; ///< of a report: values that it flags LL, HH or AA

  /// Why a person must look at it before anything of it is filed: `bad-attachment`, `document-too-large`,
  /// `unreadable-text`.
  std::vector<lab::rule_note> doubts;

  bool has_content() const noexcept { return !text.empty() || !files.empty() || !pointers.empty(); }
};

/// The column `note_type` for a type of document (HL70270): `discharge_summary`; `document` for any other.
std::string_view note_type(std::string_view type) noexcept;

/// Never empty; MDM tells of one. Errors: `segment_missing` (PID, TXA), `field_missing` (PID-3 and PID-5 both
/// empty; TXA-12), `segment_sequence` (two persons, two documents), `data_type` with the place of bytes that
/// are not of the charset, `unsupported_event`; of ORU those of `read_report`.
result<std::vector<notice>> read(const hl7::message& msg, const lab::notice_reading& how);

} // namespace aorta::document
