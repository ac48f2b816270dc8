// The kinds of messages that there are: one file each shows its chain at a glance.
#pragma once

#include "engine/pipeline/chain.hpp"

#include <string>
#include <vector>

namespace aorta::routes {

/// Which types a kind takes, and how they go.
struct kind {
  std::vector<std::string> accepts;
  pipeline::chain how;
};

/// Laboratory results (oru.cpp).
kind oru();
/// Admissions: people and their visits (adt.cpp).
kind adt();
/// Orders for a laboratory (orders.cpp).
kind orders();
/// Appointments (appointments.cpp).
kind appointments();
/// Documents (documents.cpp).
kind documents();
/// Look-ups of people (queries.cpp).
kind queries();
/// FHIR bundles (fhir_bundle.cpp).
kind fhir_bundle();
/// Laboratories' files in CSV (lab_file.cpp).
kind lab_file();
/// Reports in JSON by webhooks (webhook_report.cpp).
kind webhook_report();
/// What no route takes, and what is no message: kept and refused (refused.cpp).
kind refused();

/// Those that a route file can name.
const std::vector<kind>& kinds();

} // namespace aorta::routes
