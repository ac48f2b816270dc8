// The stages and chains that the tests of the configuration assume.
#pragma once

#include "engine/config/config.hpp"

inline aorta::config::vocabulary test_vocabulary() {
  aorta::config::vocabulary words;
  words.stages = {"parse", "map-lab", "match-patient", "persist", "ack"};
  words.chains = {words.stages, {"parse", "persist", "ack"}, {"parse-bundle", "file-bundle", "answer"}};
  for (const auto& stage : words.chains.back()) words.stages.push_back(stage);
  for (const char* type : {"ORU^R01", "ORU^R30", "ORU^R32", "OUL^R22", "OUL^R23", "OUL^R24"}) words.accepts.emplace_back(type, 0);
  words.accepts.emplace_back("ACK^A01", 1);
  words.accepts.emplace_back("Bundle", 2);
  return words;
}
