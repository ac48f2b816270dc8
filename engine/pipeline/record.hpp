// What is kept of a message: its log row and its trace.
#pragma once

#include "engine/lab/report.hpp"
#include "engine/pipeline/envelope.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// Writes one JSON object, member by member.
class trace_writer {
public:
  void begin(); ///< an object, inside an array or as the value of `key`
  void end();
  void key(std::string_view name);
  void text(std::string_view value);
  void text(std::string_view name, std::string_view value); ///< a member
  void number(std::string_view name, double value);
  void texts(std::string_view name, const std::vector<std::string>& all);
  void notes(std::string_view name, const std::vector<lab::rule_note>& all);
  void array(std::string_view name, std::string_view json); ///< already written
  template <class Each>
  void list(std::string_view name, Each each) {
    key(name);
    out_.StartArray();
    each();
    out_.EndArray();
  }
  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
  static constexpr size_t usual_size = 8 * 1024; ///< of a report of a dozen results
  rapidjson::StringBuffer buffer_{nullptr, usual_size};
  rapidjson::Writer<rapidjson::StringBuffer> out_{buffer_};
};

/// The log row of an envelope, with status, fault and acknowledgement code as they stand now.
ports::message_record record_of(const envelope& mail, model::clinic_id clinic, const std::string& route,
                                const std::string& config_version);

/// MSH-7 as the row tells it; `zone` where it has no offset of its own.
void describe_time(const envelope& mail, const std::string& zone, ports::message_record& row);

/// Stages with their times, what the payload tells, the patient decision and the remarks, as JSON. No names,
/// numbers or values of the patient.
std::string trace_of(const envelope& mail);

} // namespace aorta::pipeline
