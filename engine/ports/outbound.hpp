// How a delivery asks for something to be sent, and hears what became of it: over MLLP or HTTP.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aorta::ports {

/// Whether the receiver may have got some of what was to be sent. `nothing`: it is certainly unsent and may
/// be sent again; `perhaps`: a delivery is then "perhaps sent", and the same id goes out again.
enum class left : uint8_t { nothing, perhaps };

enum class no_answer : uint8_t {
  settings,        ///< nothing was tried: a URL, a header or a certificate file that cannot be used
  name_unknown,    ///< the name has no address
  address_refused, ///< an address of the name is neither public nor allowed
  not_connected,   ///< refused, unreachable, or no connection in time
  not_trusted,     ///< TLS: we do not take their certificate, or they not ours
  broken,          ///< the connection ended before the whole answer was there
  late,            ///< no whole answer in time
  too_large,       ///< the answer is larger than what was asked to be taken
  unreadable,      ///< what came is no answer of this protocol
};
std::string_view name(no_answer why) noexcept;

/// `text` is for people: it names no path, no content and no patient.
struct unanswered {
  no_answer why = no_answer::broken;
  left sent = left::nothing;
  std::string text;
};

/// Files in PEM. TLS 1.2 or newer; the server's name is always that of the destination.
struct tls_rules {
  enum class trust : uint8_t { authorities, anyone };
  std::string ca;        ///< whose certificates are taken; empty: the authorities this machine knows
  std::string cert, key; ///< ours, for servers that ask for one; an empty key is in the file of `cert`
  trust whom = trust::authorities; ///< `anyone` is for trying things out, and never for deliveries
};

/// Where MLLP messages go.
struct mllp_destination {
  std::string host; ///< a name or an address; each connection looks the name up anew
  uint16_t port = 0;
  std::optional<tls_rules> tls;
  std::chrono::milliseconds connect_within{10'000}; ///< name, connection and handshake together
  size_t most_reply_bytes = 1u << 20;
};

/// One connection to an MLLP destination, kept open between messages and made anew with the next message
/// when it was lost. All on the loop's thread. One message is in flight at a time.
class mllp_link {
public:
  /// The reply's bytes without framing, or why there is none.
  using outcome = std::variant<std::string, unanswered>;
  using heard = std::function<void(outcome)>;

  virtual ~mllp_link() = default; ///< what is in flight is not told any more
  /// `message` is without framing. Calls `then` once, later, unless link or loop end before; it may send the
  /// next message or destroy this object. Only a whole frame is a reply, and only one that came after the
  /// message; whether it speaks of this message (MSA-2) the caller says, who else lets the connection `drop`.
  /// After silence the connection is not used again.
  virtual void send(std::string_view message, std::chrono::milliseconds answer_within, heard then) = 0;
  virtual void drop() = 0; ///< ends the connection and forgets what is in flight
};

/// One HTTP/1.1 request. No redirect is followed, no proxy asked, nothing sent twice.
struct http_call {
  std::string method = "POST";
  std::string url; ///< http or https, without user and password
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  tls_rules tls; ///< for https
  /// Blocks such as `10.1.0.0/16` that may be reached beside public addresses. What is link-local or serves
  /// a cloud's metadata needs a block that lies within these.
  std::vector<std::string> allow;
  std::chrono::milliseconds connect_within{10'000}; ///< name, connection and handshake together
  std::chrono::milliseconds answer_within{30'000};  ///< then, for the whole answer
  size_t most_body_bytes = 1u << 20;
  /// The status is all that is asked for: once it is there, a body that is too large, breaks off or does not
  /// end in time makes no difference.
  bool status_alone = false;
};

struct http_answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case, in their order
  std::string body;
};

class http_outbound {
public:
  using outcome = std::variant<http_answer, unanswered>;
  using heard = std::function<void(outcome)>;

  virtual ~http_outbound() = default; ///< what is in flight is not told any more
  /// On the loop's thread. Calls `then` once, later, unless this object or the loop end before; it may send
  /// again or destroy this object. Calls run beside each other.
  virtual void send(http_call call, heard then) = 0;
};

} // namespace aorta::ports
