// The stages and chains that the tests of the configuration assume.
#pragma once

#include "engine/config/vocabulary.hpp"

inline aorta::config::vocabulary test_vocabulary() {
  aorta::config::vocabulary words;
  words.stages = {{"parse", {}, {"a message that was read"}},
                  {"edit", {"a message that was read"}, {}},
                  {"accept", {"a message that was read"}, {}},
                  {"map-lab", {"a message that was read"}, {"claims of whose it is"}},
                  {"map-admission", {"a message that was read"}, {"claims of whose it is"}},
                  {"map-orders", {"a message that was read"}, {"claims of whose it is"}},
                  {"map-appointment", {"a message that was read"}, {"claims of whose it is"}},
                  {"map-document", {"a message that was read"}, {"claims of whose it is"}},
                  {"map-query", {"a message that was read"}, {"claims of whose it is"}},
                  {"answer-query", {"the patient"}, {}},
                  {"match-patient", {"claims of whose it is"}, {"the patient"}},
                  {"persist", {}, {}},
                  {"ack", {}, {}},
                  {"parse-bundle", {}, {}},
                  {"answer", {}, {}},
                  {"parse-file", {}, {"a message that was read"}},
                  {"respond", {}, {}}};
  words.chains = {
    {{"parse"}, {"edit", false}, {"accept", false}, {"map-lab"}, {"match-patient"}, {"persist"}, {"ack"}},
    {{"parse"}, {"persist"}, {"ack"}},
    {{"parse-bundle"}, {"persist"}, {"answer"}},
    {{"parse"}, {"accept", false}, {"map-admission"}, {"match-patient"}, {"persist"}, {"ack"}},
    {{"parse"}, {"accept", false}, {"map-orders"}, {"match-patient"}, {"persist"}, {"ack"}},
    {{"parse"}, {"accept", false}, {"map-appointment"}, {"match-patient"}, {"persist"}, {"ack"}},
    {{"parse"}, {"accept", false}, {"map-document"}, {"match-patient"}, {"persist"}, {"ack"}},
    {{"parse"}, {"map-query"}, {"match-patient"}, {"answer-query"}, {"persist"}, {"ack"}}};
  for (const char* type : {"ORU^R01", "ORU^R30", "ORU^R32", "OUL^R22", "OUL^R23", "OUL^R24"})
    words.accepts.emplace_back(type, 0);
  words.accepts.emplace_back("ACK^A01", 1);
  words.accepts.emplace_back("Bundle", 2);
  for (const char* event : {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13",
                            "A28", "A31", "A34", "A40", "A47"})
    words.accepts.emplace_back(std::string("ADT^") + event, 3);
  words.accepts.emplace_back("ORM^O01", 4);
  words.accepts.emplace_back("OML^O21", 4);
  for (const char* event : {"S12", "S13", "S14", "S15", "S17", "S26"})
    words.accepts.emplace_back(std::string("SIU^") + event, 5);
  for (const char* event : {"T01", "T02", "T04", "T06", "T08", "T10", "T11"})
    words.accepts.emplace_back(std::string("MDM^") + event, 6);
  for (const char* type : {"QBP^Q22", "QBP^Q23", "QRY^A19"}) words.accepts.emplace_back(type, 7);
  words.accepts.emplace_back("lab-file", words.chains.size());
  words.chains.push_back(
    {{"parse-file"}, {"edit", false}, {"map-lab"}, {"match-patient"}, {"persist"}, {"respond"}});
  return words;
}
