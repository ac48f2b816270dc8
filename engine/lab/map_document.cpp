// Documents in OBX-5: ED, base64 in a text, and documents that come in pieces over several OBX of one test.
#include "engine/lab/attachment.hpp"
#include "engine/lab/map_result.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

constexpr size_t least_document = 64; ///< characters of base64 in a text: no word is taken for a document

/// The base64 of an OBX, or nothing when it holds none.
std::string base64_of(const result_draft& d) {
  auto& read = d.all.read;
  if (d.type == "ED") {
    auto how = std::string(trimmed(read.get(d.obx, 5, 1, 4)));
    for (char& c : how)
      if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return how == "base64" || how.empty() ? read.bytes(d.obx.get(5, 1, 5)) : std::string();
  }
  // In one pass: a text may repeat thousands of times. What divides its repetitions is no base64.
  std::string all(d.obx.field(5).raw);
  if (const char mark = read.source().marks().repetition; mark != 0) std::erase(all, mark);
  return read.bytes({hl7::presence::value, all});
}

bool is_text(std::string_view type) noexcept { return type == "TX" || type == "FT" || type == "ST"; }

void show(result_draft& d, std::string told) {
  d.out.sent.value = told;
  d.val = {};
  d.val.kind = model::value_kind::attachment;
  d.val.text = std::move(told);
}

/// What stands behind the last whole group of four characters: the next piece goes on there.
std::string rest_of(std::string_view text) {
  size_t begin = 0, held = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '=' || ++held < 4) continue;
    begin = at + 1, held = 0;
  }
  return std::string(text.substr(begin));
}

/// How many bytes such a rest has become: two characters one, three two.
size_t bytes_in(std::string_view rest) {
  const auto content = base64::decode_beginning(rest, as_sent);
  return content ? content->size() : 0;
}

/// The next piece of the document that stands open: it goes to that document's result.
bool continues(result_draft& d, const std::string& data) {
  auto& open = d.all.document;
  if (!open || open->type != d.type || open->test_code != d.out.test_code || open->order != d.out.order ||
      data.empty())
    return false;
  if (is_text(d.type) && data.find_first_of(" \t") != std::string::npos)
    return false; // a sentence is no piece of base64
  if (const auto own = base64::decode_beginning(data, as_sent); !own || !type_of_content(*own).empty())
    return false;
  // Only what is new is decoded: some senders send a line of base64 an OBX.
  const auto more = base64::decode_beginning(open->rest + data, as_sent);
  if (!more) return false;
  auto& into = d.all.out.results[open->result];
  auto& content = into.attachments.back().content;
  content.resize(content.size() - bytes_in(open->rest));
  content += *more;
  into.sent.value = describe(into.attachments.back());
  into.value_text = into.sent.value;
  open->rest = rest_of(open->rest + data);
  ++open->pieces;
  d.note(5, "document", "piece " + std::to_string(open->pieces) + " of the document at " + open->where);
  if (!is_cut_off(into.attachments.back().content)) open.reset();
  return true;
}

/// The document of this OBX has no end yet: further OBX may bring it.
void keep_open(result_draft& d, std::string_view data) {
  finish_document(d.all);
  d.all.document = open_document{
    d.all.out.results.size() - 1, d.type, d.out.test_code, rest_of(data), d.out.order, 1,
    place("OBX", d.position, 5)};
}

/// Base64 whose first bytes are those of a document, though its last may be missing.
bool begins(result_draft& d, std::string_view data) {
  auto content = base64::decode_beginning(data, as_sent);
  if (!content || type_of_content(*content).empty()) return false;
  model::attachment what;
  what.content_type = type_of_content(*content);
  what.content = std::move(*content);
  show(d, describe(what));
  if (is_cut_off(what.content)) keep_open(d, data);
  d.out.attachments.push_back(std::move(what));
  return true;
}

/// Each repetition of an ED on its own.
void attach_all(result_draft& d) {
  auto& read = d.all.read;
  const bool one = d.obx.repetitions(5) == 1;
  std::string all;
  for (size_t n = 1; n <= d.obx.repetitions(5); ++n) {
    const auto type = read.get(d.obx, 5, n, 2), subtype = read.get(d.obx, 5, n, 3);
    auto what = read_attachment(type, subtype, read.get(d.obx, 5, n, 4), read.bytes(d.obx.get(5, n, 5)));
    if (!what && one && begins(d, base64_of(d))) return;
    // Not its content where it cannot be read, which may be megabytes: the message itself keeps that.
    all += (n > 1 ? "\n" : "") + (what ? describe(*what) : content_type(type, subtype) + ", unreadable");
    if (what) d.out.attachments.push_back(std::move(*what));
    else d.review(5, "bad-attachment", "no data in the encoding that it names");
  }
  if (d.out.attachments.empty()) {
    d.out.sent.value = std::move(all);
    return;
  }
  show(d, std::move(all));
  if (one && is_cut_off(d.out.attachments[0].content)) keep_open(d, base64_of(d));
}

bool settled_without_value(const result_draft& d) noexcept {
  return d.out.status == model::result_status::cancelled && !d.out.retracts;
}

} // namespace

document_part take_document(result_draft& d) {
  const bool document = d.type == "ED";
  if ((!document && !is_text(d.type)) || d.obx.field(5).is != hl7::presence::value ||
      settled_without_value(d))
    return document_part::none;
  if (d.all.document && continues(d, base64_of(d))) return document_part::piece;
  if (document) {
    attach_all(d);
  } else {
    if (d.obx.field(5).raw.size() < least_document || !begins(d, base64_of(d))) return document_part::none;
    d.note(5, "document", "base64 in a text: " + d.out.sent.value);
  }
  d.document = true;
  return document_part::whole;
}

void finish_document(mapping& all) {
  if (!all.document) return;
  all.out.reviews.push_back({all.document->where, "bad-attachment", "the document's end is missing"});
  all.out.results[all.document->result].needs_review = true;
  all.document.reset();
}

} // namespace aorta::lab
