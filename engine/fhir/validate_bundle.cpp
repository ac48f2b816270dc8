// What only a whole Bundle shows (FHIR R4 Bundle, bdl-2, bdl-3, bdl-4, bdl-7, and its rules for fullUrl and
// request).
#include "engine/fhir/validate_walk.hpp"

#include <algorithm>
#include <tuple>

namespace aorta::fhir {

void walk::bundle(const node& self, const spot& at) {
  static constexpr std::string_view once[] = {"self", "first", "last", "next", "prev", "previous"};
  for (const auto relation : once) {
    size_t count = 0;
    each_item(self.get("link"), [&](const node& link) { count += link.str("relation") == relation; });
    if (count > 1)
      fault("structure", {&at, "link"}, "the relation " + std::string(relation) + " may stand once only");
  }
  const node* entries = self.get("entry");
  if (!entries || !entries->is_array()) return;
  const auto type = self.str("type");
  spot entry_at{&at, "entry", 0};
  for (const node* each = entries->first; each && !full(); each = each->next, ++entry_at.index)
    if (each->is_object()) bundle_entry(*each, type, entry_at);
  if (type != "history" && !full()) doubled_entries(*entries, at);
}

void walk::bundle_entry(const node& entry, std::string_view bundle_type, const spot& at) {
  const bool asks = bundle_type == "batch" || bundle_type == "transaction" || bundle_type == "history";
  const bool answers = bundle_type == "batch-response" || bundle_type == "transaction-response" ||
    bundle_type == "history";
  if (has(entry, "search") && bundle_type != "searchset")
    broken("bdl-2", "entry.search stands in a searchset only", at);
  if (has(entry, "request") != asks)
    broken("bdl-3",
           "entry.request stands in every entry of a batch, transaction or history and in no other bundle",
           at);
  if (has(entry, "response") != answers)
    broken("bdl-4", "entry.response stands in every entry of a response or history and in no other bundle",
           at);

  const node* resource = entry.get("resource");
  const auto url = entry.str("fullUrl");
  const auto id = resource ? resource->str("id") : std::string_view();
  if (resource && !url.empty()) {
    if (url.starts_with("http:") || url.starts_with("https:")) {
      const bool ends_in_id = id.empty() ||
        (url.size() > id.size() && url.ends_with(id) && url[url.size() - id.size() - 1] == '/');
      if (!ends_in_id) fault("value", {&at, "fullUrl"}, "must end in the id of its resource");
    } else if (!is_absolute(url)) fault("value", {&at, "fullUrl"}, "must be an absolute URI");
  }
  const node* request = entry.get("request");
  if (!request) return;
  const auto method = request->str("method"), target = request->str("url");
  if ((method == "POST" || method == "PUT") && !resource)
    fault("required", {&at, "resource"}, "a request of this method needs a resource");
  if (method != "PUT" || !resource || id.empty() || target.find('?') != target.npos) return;
  const std::string own = std::string(resource->str("resourceType")) + '/' + std::string(id);
  const bool same = target.ends_with(own) &&
    (target.size() == own.size() || target[target.size() - own.size() - 1] == '/');
  if (!target.empty() && !same) {
    const spot request_at{&at, "request"};
    fault("value", {&request_at, "url"}, "names another resource than the entry holds");
  }
}

/// bdl-7: sorted, since a bundle may have thousands of entries. The later of two is told of.
void walk::doubled_entries(const node& entries, const spot& at) {
  std::vector<std::tuple<std::string_view, std::string_view, int64_t>> all;
  int64_t index = 0;
  each_item(&entries, [&](const node& entry) {
    const node* resource = entry.get("resource");
    const node* meta = resource ? resource->get("meta") : nullptr;
    if (const auto url = entry.str("fullUrl"); !url.empty())
      all.emplace_back(url, meta ? meta->str("versionId") : std::string_view(), index);
    ++index;
  });
  std::sort(all.begin(), all.end());
  for (size_t i = 1; i < all.size() && !full(); ++i) {
    const auto& [url, version, place] = all[i];
    if (url == std::get<0>(all[i - 1]) && version == std::get<1>(all[i - 1]))
      broken("bdl-7", "fullUrl must be unique, or its entries have different versions",
             {&at, "entry", place});
  }
}

} // namespace aorta::fhir
