#include "routes/choose.hpp"

#include "engine/base/text.hpp"
#include "engine/edit/edit.hpp"
#include "engine/lab/choose.hpp"

#include <algorithm>
#include <optional>

namespace aorta::routes {
namespace {

std::string plain(std::string_view code) { return upper(trimmed(code, " ")); }

bool names(const std::vector<std::string>& list, std::string_view word) {
  const auto wanted = plain(word);
  return !wanted.empty() &&
    std::any_of(list.begin(), list.end(), [&](const auto& each) { return plain(each) == wanted; });
}

/// How far a route goes with a message; the last of these takes it.
enum class reach : uint8_t { nothing, type, event, receiver, processing, takes };

reach reach_of(const config::route& how, const hl7::header& of) {
  const auto type = type_of(of);
  const auto known = [&](const std::string& accepted) {
    return accepted.substr(0, accepted.find('^')) == type.substr(0, type.find('^'));
  };
  if (std::find(how.accept.begin(), how.accept.end(), type) == how.accept.end())
    return std::any_of(how.accept.begin(), how.accept.end(), known) ? reach::type : reach::nothing;
  if (!how.receiving.empty() && !names(how.receiving, of.receiving_application) &&
      !names(how.receiving, of.receiving_facility))
    return reach::event;
  // An empty MSH-11 is an old sender's; what it sends is meant.
  return plain(of.processing_id).empty() || names(how.processing, of.processing_id) ? reach::processing
                                                                                    : reach::receiver;
}

/// The message as conditions look at it; read when the first one does.
class incoming {
public:
  explicit incoming(std::string_view bytes) : bytes_(bytes) {}
  bool fits(const edit::condition& when, const lab::profile* sender) {
    if (!message_) message_.emplace(hl7::parse(bytes_));
    return *message_ && when.holds(edit::draft(**message_, sender == nullptr ? "" : sender->charset));
  }

private:
  std::string_view bytes_;
  std::optional<result<hl7::message>> message_;
};

error refusal(reach farthest) {
  switch (farthest) {
    case reach::type:
      return {error_code::unsupported_event, "MSH-9.2", "no route of this listener takes this event"};
    case reach::event:
      return {error_code::unknown_key, "MSH-6", "no route of this listener is for this receiver (receiving)"};
    case reach::receiver:
      return {error_code::unsupported_processing_id, "MSH-11",
              "no route of this listener takes messages of this processing id (processing)"};
    case reach::processing:
      return {error_code::rejected, "", "no route of this listener takes this message (when)"};
    case reach::nothing:
    case reach::takes: break;
  }
  return {error_code::unsupported_type, "MSH-9.1", "no route of this listener takes this message type"};
}

} // namespace

std::string type_of(const hl7::header& header) {
  const auto type = plain(header.type);
  auto event = plain(header.event);
  if (event.empty() && type == "ORU") event = "R01"; // the type alone was enough before events were told
  return type + "^" + event;
}

bool brings(const std::string& listener, const config::route& to) {
  return std::find(to.from.begin(), to.from.end(), listener) != to.from.end();
}

bool fits_header(const config::route& how, const hl7::header& of) {
  return reach_of(how, of) == reach::processing;
}

result<chosen> choose(std::span<const offer> among, const std::string& listener, const hl7::header& of,
                      std::string_view bytes) {
  auto farthest = reach::nothing;
  incoming message(bytes);
  std::vector<size_t> known, strange; // by whether the route's laboratories name the sender
  for (size_t i = 0; i < among.size(); ++i) {
    const auto& each = among[i];
    if (!brings(listener, *each.how)) continue;
    auto far = reach_of(*each.how, of);
    const auto* sender = lab::choose({each.profiles.begin(), each.profiles.end()}, of.sending_application,
                                     of.sending_facility);
    const auto& rules = each.how->rules;
    if (far == reach::processing && (!rules || !rules->when || message.fits(*rules->when, sender)))
      far = reach::takes;
    farthest = std::max(farthest, far);
    if (far != reach::takes) continue;
    (each.profiles.empty() || sender != nullptr ? known : strange).push_back(i);
  }
  if (farthest != reach::takes) return refusal(farthest);
  auto& all = known.empty() ? strange : known;
  chosen out{all.front(), {}};
  out.shadowed.assign(all.begin() + 1, all.end());
  return out;
}

std::string why_taken(const config::route& by, std::string_view bytes) {
  if (!by.rules || !by.rules->when) return {};
  const auto sent = hl7::parse(bytes);
  return sent ? by.rules->when->explain(edit::draft(*sent, "")).why : std::string();
}

} // namespace aorta::routes
