// References as they stand in resources: their form, what they name, and who is meant inside a bundle (FHIR
// R4 2.3.0, 3.1.0.11).
#pragma once

#include "engine/fhir/document.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::rest {

using parameters = std::vector<std::pair<std::string, std::string>>;

struct reference_form {
  enum class kind : uint8_t {
    own,         ///< `Patient/7`, also under our base
    conditional, ///< `Patient?identifier=...`, also under our base
    contained,   ///< `#x`
    urn,         ///< `urn:uuid:...`
    elsewhere,   ///< another server's
    unclear,
  } is = kind::unclear;
  std::string type, id; ///< of `own` (and the type of `conditional`)
  std::string query;    ///< of `conditional`, encoded
  std::string version;  ///< of `own`: `/_history/2`
};
/// `base` as `surroundings::base`.
reference_form form_of(std::string_view text, std::string_view base);

/// `a=b&c=d%20e`, decoded; `+` is a space. Nothing when it is not encoded well.
std::optional<parameters> decode_query(std::string_view encoded);

/// The entries of a bundle by their fullUrl, and by type and id where they have no fullUrl.
class bundle_index {
public:
  void add(std::string_view full_url, std::string_view type, std::string_view id, size_t entry);
  /// The entry that `reference` means inside the entry whose fullUrl is `from`; a relative one is resolved
  /// against `from`'s server.
  std::optional<size_t> find(std::string_view reference, std::string_view from) const;
  bool empty() const noexcept { return by_url_.empty() && by_name_.empty(); }

private:
  std::map<std::string, size_t, std::less<>> by_url_, by_name_;
};

/// `http://other/fhir` of `http://other/fhir/Patient/1`; empty for anything else.
std::string_view server_of(std::string_view full_url) noexcept;

/// Every text that may hold a fullUrl beside Reference.reference: elements of the types uri, url and
/// canonical that instances use.
void each_uri(fhir::node& resource, const std::function<void(fhir::node& text)>& visit);

/// `urn:uuid:` with its letters small (RFC 4122 3: case does not matter when it is read); anything else as it
/// stands.
std::string plain_urn(std::string_view url);

/// The XHTML of each narrative in it, contained resources too; the node's text may be replaced.
void each_narrative(fhir::node& resource, const std::function<void(fhir::node& div)>& visit);
/// The narrative with each link (`href`, `src`) replaced by what `to` says of it; empty: it stays
/// (R4 3.1.0.11.2).
std::string with_links(std::string_view div, const std::function<std::string(std::string_view link)>& to);

/// Where references stand: `Observation.subject`, relative to `path`, for an issue. Empty when the node is
/// not in the resource.
std::string path_to(const fhir::node& resource, const fhir::node& text, std::string path);

} // namespace aorta::rest
