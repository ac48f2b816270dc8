// What is in a document, read line by line: OBX by its type, and comments. Of messages about documents and of
// reports that are filed as such.
#pragma once

#include "engine/document/content.hpp"
#include "engine/document/notice.hpp"

#include <string>
#include <string_view>

namespace aorta::document {

/// A document that is being read.
struct draft {
  notice says;
  size_t bytes = 0;       ///< of its text
  std::string name;       ///< OBX-3 of the line before
  size_t first_named = 0; ///< where the first named line begins in the text
  bool headed = false;
};

class content_reader {
public:
  explicit content_reader(lab::notice_reader& from) : all_(from) {}

  void begin(draft& into) noexcept { into_ = &into; } ///< what follows is in this document
  /// OBX: false where OBX-11 says that it is no part of the document any more.
  bool take_observation(const hl7::segment_view& obx);
  void take_note(const hl7::segment_view& nte);
  /// A comment of something else.
  void pass_note(std::string why);
  void doubt(std::string where, const char* rule, std::string why);
  std::string here(size_t field = 5) const {
    return "OBX[" + std::to_string(observations_) + "]-" + std::to_string(field);
  }

private:
  void take_text(const hl7::segment_view& obx);
  void take_named(const hl7::segment_view& obx, size_t words);
  void take_structured(const hl7::segment_view& obx);
  void name_value(const hl7::segment_view& obx, std::string_view value);
  void head(std::string name);
  void take_files(const hl7::segment_view& obx);
  void take_pointer(const hl7::segment_view& obx);
  bool too_many(const hl7::segment_view& obx);
  void keep(file_reading what);
  void line(std::string_view text);
  void see_doubts(const char* segment, size_t occurrence);

  lab::notice_reader& all_;
  draft* into_ = nullptr;
  size_t observations_ = 0, notes_ = 0;
};

/// XCN: who it is, and what is written on the door.
doctor doctor_at(lab::notice_reader& all, const hl7::segment_view& from, size_t field);

} // namespace aorta::document
