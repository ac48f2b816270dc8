#include "engine/store/backup/sealed_pieces.hpp"

#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

constexpr std::string_view form = "aorta-backup 1 ";
/// A piece that zstd cannot make smaller, in base64.
constexpr size_t longest_line = piece_size / 2 * 3;

std::string keys_of_backups(std::string_view pii_keys) {
  std::string out;
  for (const auto& each : keys_by_line(pii_keys)) out += key_for(each, "backup 1") + "\n";
  return out;
}

std::string proof_of(cipher& locks, const std::string& id) {
  const auto proof = locks.blind(0, "backup", id);
  return to_hex(proof.data(), proof.size());
}

} // namespace

piece_writer::piece_writer(const file_end& to, std::string_view pii_key, std::string id,
                           std::string_view head, timestamp at)
    : to_(to),
      locks_(keys_of_backups(pii_key)),
      id_(std::move(id)),
      at_(at) {
  to_.write(std::string(form) + id_ + " " + proof_of(locks_, id_) + "\n");
  put("head", head);
}

void piece_writer::put(std::string_view kind, std::string_view bytes) {
  std::string text = id_ + " " + std::to_string(number_++) + " ";
  text.append(kind).append("\n").append(bytes);
  to_.write(locks_.seal(text, at_) + "\n");
}

void piece_writer::add(std::string_view data) { put("data", data); }
void piece_writer::end() { put("end", ""); }

piece_reader::piece_reader(const file_end& from, std::string_view pii_key)
    : from_(from),
      locks_(keys_of_backups(pii_key)) {
  if (from_.read_at(0, form.size()) != form) refuse("is no backup of an aorta store");
  const auto first = line();
  const auto space = first.find(' ', form.size());
  if (space == std::string::npos) refuse("is changed in its first line");
  id_ = first.substr(form.size(), space - form.size());
  const auto proves = [&](const std::string& key) {
    cipher one(key);
    return first.substr(space + 1) == proof_of(one, id_);
  };
  const auto keys = keys_by_line(keys_of_backups(pii_key));
  if (std::none_of(keys.begin(), keys.end(), proves))
    refuse("was made with another key (AORTA_PII_KEY, security.pii_key_file), or its first line was changed");
  std::string_view kind;
  head_ = piece(kind);
  if (kind != "head") refuse("is changed: its first piece is not the head");
}

void piece_reader::refuse(std::string_view why) const {
  throw failure({error_code::invalid, "", from_.path() + " " + std::string(why)});
}

std::string piece_reader::line() {
  for (;;) {
    if (const auto end = buffer_.find('\n', at_); end != std::string::npos) {
      auto out = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      return out;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    if (buffer_.size() > longest_line) refuse("is changed in piece " + std::to_string(number_));
    const auto more = from_.read_at(offset_, piece_size);
    if (more.empty()) refuse("is cut off in piece " + std::to_string(number_) + ": it is no whole backup");
    offset_ += more.size();
    buffer_ += more;
  }
}

std::string piece_reader::piece(std::string_view& kind) {
  auto opened = locks_.unseal(line());
  const auto start = id_ + " " + std::to_string(number_) + " ";
  if (!opened || !opened->starts_with(start)) refuse("is changed in piece " + std::to_string(number_));
  ++number_;
  const auto end = opened->find('\n');
  opened_ = opened->substr(start.size(), end - start.size());
  kind = opened_;
  return opened->substr(end + 1);
}

std::optional<std::string> piece_reader::next() {
  std::string_view kind;
  auto data = piece(kind);
  if (kind == "data") return data;
  if (kind != "end") refuse("is changed in piece " + std::to_string(number_ - 1));
  if (at_ < buffer_.size() || !from_.read_at(offset_, 1).empty())
    refuse("is changed: there is more after its end");
  return std::nullopt;
}

} // namespace aorta::store
