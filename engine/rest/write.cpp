// create, update and delete of one resource (FHIR R4 3.1.0.4 to 3.1.0.8).
#include "engine/rest/write.hpp"

#include <array>
#include <cstdio>

namespace aorta::rest {
namespace {

reply run_alone(repository& in, const request& what, fhir::document& into, task only) {
  if (const auto begun = in.session().begin(in.who().clinic, true); !begun) return refusal(begun.error());
  writing all(in, into);
  all.add(std::move(only));
  if (auto refused = all.run()) {
    in.session().rollback();
    return refusal(*refused);
  }
  if (const auto kept = in.session().commit(); !kept) {
    in.session().rollback();
    return refusal(kept.error());
  }
  return written(what, all.tasks().front(), in.around());
}

task task_of(const request& what, task::kind how, const std::string& type, fhir::node* resource) {
  task out;
  out.how = how;
  out.resource = resource;
  out.type = out.path = type;
  out.if_match = header(what, "if-match");
  out.if_none_match = header(what, "if-none-match");
  return out;
}

/// Which version the answer is of, and when it was made.
void add_version(reply& out, const task& done) {
  out.headers.emplace_back("ETag", "W/\"" + done.version_id + "\"");
  out.headers.emplace_back("Last-Modified", http_date(done.last_updated));
}

} // namespace

parameters criteria_of(parameters query) {
  std::erase_if(query, [](const auto& each) { return each.first == "_format" || each.first == "_pretty"; });
  return query;
}

std::string http_date(timestamp when) {
  using namespace std::chrono;
  static constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss<seconds> time{floor<seconds>(when - day)};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", names[weekday(day).c_encoding()],
                unsigned(date.day()), months[unsigned(date.month()) - 1], int(date.year()),
                int(time.hours().count()), int(time.minutes().count()), int(time.seconds().count()));
  return text;
}

reply written(const request& what, const task& done, const surroundings& around) {
  reply out;
  out.status = done.status;
  out.about = done.patient;
  if (done.status == 204) {
    if (!done.version_id.empty()) out.headers.emplace_back("ETag", "W/\"" + done.version_id + "\"");
    return out;
  }
  add_version(out, done);
  out.headers.emplace_back("Location",
                           around.base + '/' + done.type + '/' + done.id + "/_history/" + done.version_id);
  const auto preferred = prefer_return(what);
  if (preferred == "OperationOutcome") out.body = fhir::outcome_json({});
  else if (preferred != "minimal" && done.resource != nullptr) out.body = body_of(what, *done.resource);
  return out;
}

reply create(repository& in, const request& what, const std::string& type) {
  reply refused;
  auto body = read_sent(what, type, {}, refused);
  if (!body) return refused;
  auto one = task_of(what, task::kind::create, type, body->root);
  if (const auto condition = header(what, "if-none-exist"); !condition.empty()) {
    const auto query = condition.substr(condition.find('?') == condition.npos ? 0 : condition.find('?') + 1);
    one.condition = decode_query(query);
    if (!one.condition) return refusal(400, "invalid", "If-None-Exist is not an encoded query");
  }
  one.if_match.clear();
  one.if_none_match.clear();
  fhir::document::remove(*body->root, "id"); // the clinic gives ids
  return run_alone(in, what, *body, std::move(one));
}

reply update(repository& in, const request& what, const std::string& type, const std::string& id) {
  reply refused;
  auto body = read_sent(what, type, id, refused);
  if (!body) return refused;
  if (body->root->str("id") != id)
    return refusal(400, "invalid", "the resource must have the id of the address", type + ".id");
  auto one = task_of(what, task::kind::update, type, body->root);
  one.id = id;
  return run_alone(in, what, *body, std::move(one));
}

reply conditional_update(repository& in, const request& what, const std::string& type) {
  reply refused;
  auto body = read_body(what, type, refused);
  if (!body) return refused;
  auto one = task_of(what, task::kind::update, type, body->root);
  one.condition = criteria_of(what.query);
  return run_alone(in, what, *body, std::move(one));
}

reply conditional_remove(repository& in, const request& what, const std::string& type) {
  fhir::document into;
  auto one = task_of(what, task::kind::remove, type, nullptr);
  one.condition = criteria_of(what.query);
  return run_alone(in, what, into, std::move(one));
}

reply remove(repository& in, const request& what, const std::string& type, const std::string& id) {
  fhir::document into;
  auto one = task_of(what, task::kind::remove, type, nullptr);
  one.id = id;
  return run_alone(in, what, into, std::move(one));
}

} // namespace aorta::rest
