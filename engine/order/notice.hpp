// What an order message says (ORM^O01 and OML^O21, HL7 v2.5.1 chapter 4): of whom, and of each order what is
// asked or told.
#pragma once

#include "engine/lab/notice_reader.hpp"
#include "engine/order/control.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::order {

using lab::number;

/// An ORC with one OBR, or with none.
struct order {
  size_t orc = 1, obr = 0; ///< which of the message's, from 1; 0: none
  std::string asks;        ///< ORC-1, as sent
  control how;             ///< of it
  number placer, filler;   ///< OBR-2 and OBR-3, else ORC-2 and ORC-3
  std::string panel, name; ///< OBR-4
  std::string priority;    ///< column `priority`; empty: not told
  bool priority_erased = false;
  std::string state;    ///< column `status`, of a status that is told; empty: not told, or none it has
  std::string provider; ///< ORC-12.1, else OBR-16.1: a licence number
  std::optional<timestamp> ordered, collected, resulted; ///< ORC-9; SPM-17 or OBR-7; OBR-22
  std::string not_laboratory; ///< why it is no order of a laboratory; empty: it is one
};

struct notice : lab::notice {
  number visit;              ///< PV1-19
  std::vector<order> orders; ///< those of `act::skip` are not among them
};

/// Errors: `segment_missing` (PID, ORC), `field_missing` (PID-3 and PID-5 both empty; ORC-1),
/// `segment_sequence` (two persons, a detail in front of its ORC, results of before that cannot be told from
/// orders), `data_type` with the place of bytes that are not of the charset, or of more orders than a message
/// has.
result<notice> read(const hl7::message& msg, const lab::notice_reading& how);

} // namespace aorta::order
