// The steps of one import; only import*.cpp include this.
#pragma once

#include "engine/rest/import.hpp"
#include "engine/rest/write.hpp"

namespace aorta::rest {

inline constexpr std::string_view source_time = "urn:aorta:extension:source-last-updated";

struct import_item {
  import_entry out;
  fhir::node* resource = nullptr;
  std::string type, path;
  std::string sent_url;       ///< fullUrl as sent; may be empty
  std::string url;            ///< by which references inside this run mean it
  std::string origin;         ///< `system|value` under which it is recognised
  bool open = false;          ///< still to be filed
  bool unclear = false;       ///< a patient whom nothing may be filed for
  bool gone = false;          ///< was deleted here: what refers to it only names it
  bool settled = false;       ///< its references are what they mean here
  bool valid = false;         ///< when its size was asked
  std::optional<size_t> size; ///< bytes of it, if something takes it along
  std::optional<model::patient_id> patient;
  std::optional<standing> known;
};

/// By its content a resource is known again that has no name of its own: `urn:aorta:content|...`.
std::string content_key(const fhir::node& resource);

class import_run {
public:
  import_run(repository& in, fhir::document& bundle, const uuid& message);
  result<import_outcome> run();

private:
  using fate = import_entry::fate;

  status read(); // import.cpp
  void read_entry(fhir::node& entry, size_t number);
  std::string origin_of(const import_item& each) const;
  status file();
  status file_once(bool& again);
  bool put_down(const records::refusal& refused);
  status tell_waiting();
  import_outcome outcome(writing& done);
  void mark(import_item& each);

  status meet_patients(); // import_match.cpp
  status meet_patient(import_item& each);
  result<std::vector<model::patient>> candidates(const identity::claims& who);
  status recognise_all();
  status recognise(import_item& each);
  status compare_all();
  status compare(import_item& each);
  void keep_what_stands(import_item& each);

  void hold_followers(); // import_references.cpp
  status resolve_references();
  void point_narrative(import_item& each);
  result<std::string> resolve(const import_item& each, std::string_view reference);
  result<std::string> known_origin(const std::string& type, std::string_view absolute);
  void make_logical(fhir::node& node, const std::set<const fhir::node*>& unresolved, import_item& of);

  struct cargo; // import_carry.cpp
  status carry_unfiled();
  status carry_into(import_item& each);
  std::optional<size_t> unfiled(std::string_view text) const;
  result<std::string> carry(cargo& hold, size_t number);
  status settle_carried(cargo& hold, import_item& item, fhir::node& copy, const std::string& id,
                        const std::map<std::string, std::string>& moved);
  bool carriable(import_item& item);
  std::string_view subject_of(const fhir::node& resource) const;
  void inline_binaries(import_item& each, fhir::node& node);

  void close(import_item& each, fate is, std::string_view code, std::string_view text);
  status review(import_item& each, std::string_view rule, std::string_view why,
                const std::vector<model::patient_id>& candidates = {});

  repository& in_;
  fhir::document& doc_;
  uuid message_;
  std::string source_; ///< the bundle's own meta.source
  std::vector<import_item> items_;
  bundle_index index_;
  std::map<std::string, size_t, std::less<>> by_url_; ///< items by their `url`
  size_t carried_ = 0;                                ///< bytes
  std::map<std::string, std::string> origins_;        ///< what `known_origin` found
  std::optional<import_outcome> done_;
};

} // namespace aorta::rest
