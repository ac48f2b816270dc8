// A report (ORU, HL7 v2.5.1 chapter 7) whose orders are documents: letters of a laboratory, findings of an
// X-ray, echocardiograms.
#pragma once

#include "engine/document/notice.hpp"

#include <vector>

namespace aorta::document {

/// A document for each OBR: its number is the filler's (OBR-3, else ORC-3), else the placer's, with the code
/// of OBR-4 behind a slash, since laboratories give one number to several; orders of one number are one
/// document. Content are its OBX of every type, and its comments. OBR-25, else OBX-11, says how it stands:
/// corrected (C) is the same document anew, cancelled (X), or with nothing left in it (D, W), withdrawn.
/// Errors: `segment_missing` (PID, OBR), `field_missing` (PID-3 and PID-5 both empty; OBR-3 and OBR-2 both
/// empty), `segment_sequence` (two persons; an OBX before its OBR), `data_type` with the place of bytes that
/// are not of the charset.
result<std::vector<notice>> read_report(const hl7::message& msg, const lab::notice_reading& how);

} // namespace aorta::document
