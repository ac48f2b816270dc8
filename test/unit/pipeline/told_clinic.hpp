// A clinic with two patients, into which messages that change its records come, on a real database.
#pragma once

#include "../rest/fixture.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/stage.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aorta::pipeline {

inline const std::string maria = "M-1^^^MAIN^MR||Papadopoulou^Maria||19700312|F";
inline const std::string nikos = "M-2^^^MAIN^MR||Elia^Nikos||19600101|M";

/// Patients 1 and 2; results come from laboratory BIO.
struct told_clinic {
  struct lane_of final : lane {
    std::unique_ptr<ports::lane> of;
    ports::lane& store() override { return *of; }
  };

  explicit told_clinic(test::on which) : at(which) {
    of.clinic = at.clinic;
    of.how.name = "orders";
    of.clock = &at.clock;
    of.ids = &at.ids;
    auto laboratory = std::make_shared<lab::profile>();
    laboratory->code = "BIO";
    laboratory->senders = {"HOSP"};
    of.profiles.push_back(std::move(laboratory));
    store.of = test::must(at.store().session());
    auto admin = test::must(at.store().admin());
    for (const auto* mrn : {"M-1", "M-2"}) {
      model::patient who;
      who.mrn = mrn;
      who.last_name = mrn == std::string("M-1") ? "Papadopoulou" : "Elia";
      who.first_name = mrn == std::string("M-1") ? "Maria" : "Nikos";
      (void)test::must(admin->add_patient(at.clinic, who));
    }
  }

  envelope_ptr letter(const std::string& type, const std::string& minute, const std::string& body,
                      const std::string& control = {}) {
    auto mail = std::make_shared<envelope>();
    mail->id = at.ids.next(at.clock.now());
    mail->received_at = at.clock.now();
    mail->bytes = "MSH|^~\\&|HIS|HOSP|||20261119" + minute + "||" + type + "|" +
      (control.empty() ? std::to_string(++sent) : control) + "|P|2.5.1|||||||UNICODE UTF-8\r" + body;
    return mail;
  }
  envelope_ptr pass(const envelope_ptr& mail) {
    (void)read_header(*mail);
    const std::vector<envelope_ptr> one{mail};
    const auto& type = mail->header.type;
    const stage map = type == "ORU" && !reports_are_documents ? map_lab()
      : type == "SIU"                                         ? map_appointment()
      : type == "MDM" || type == "ORU"                        ? map_document()
                                                              : map_orders();
    test::must(run({parse(), map, match_patient(), persist(), ack()}, of, one, store));
    return mail;
  }
  /// The stored message once more, with what a person says of it.
  envelope_ptr again(const envelope& first, ports::act why) {
    auto mail = std::make_shared<envelope>();
    mail->bytes = first.bytes;
    mail->id = first.id;
    mail->received_at = first.received_at;
    mail->how = ports::filing::mode::again;
    mail->act = std::make_shared<const ports::act>(std::move(why));
    return pass(mail);
  }
  ports::act act(ports::act::kind is, const char* word) {
    ports::act out;
    out.is = is;
    out.word = word;
    out.by = test::must(test::must(at.store().admin())->access().user("a@b.cy", true));
    return out;
  }
  std::string sql(const std::string& what) { return at.sql(what); }
  std::string open_reviews() {
    return sql("SELECT coalesce(max(kind), '') FROM review_queue WHERE state = 'open'");
  }

  test::house at;
  route of;
  lane_of store;
  int sent = 0;
  bool reports_are_documents = false; ///< the route's choice
};

} // namespace aorta::pipeline
