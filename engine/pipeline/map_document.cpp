// MAPPER: what a message says of a document.
#include "engine/pipeline/document_payload.hpp"
#include "engine/pipeline/map_told.hpp"

namespace aorta::pipeline {

middle map_document() { return map_told<document_payload, &document::read>("map-document"); }

} // namespace aorta::pipeline
