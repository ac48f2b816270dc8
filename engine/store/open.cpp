#include "engine/store/open.hpp"

#include "engine/store/sql/database.hpp"
#include "engine/store/sql/record_link.hpp"
#include "engine/store/critical/critical_session.hpp"
#include "engine/store/deliveries/delivery_session.hpp"
#include "engine/store/messages/admin_session.hpp"
#include "engine/store/protect/key_proofs.hpp"
#include "engine/store/schema/examine.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/lane_session.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/records/record_session.hpp"

namespace aorta::store {
namespace {

class opened final : public ports::store {
public:
  explicit opened(std::shared_ptr<database> of) : of_(std::move(of)) {}

  status migrate() override {
    return guarded<done>("migration", [&] {
      aorta::store::migrate(*of_);
      return done{};
    });
  }
  status check() override {
    return guarded<done>("checking the store", [&] {
      aorta::store::check(*of_);
      return done{};
    });
  }
  status make_ahead() override {
    return guarded<done>("making partitions", [&] {
      aorta::store::make_ahead(*of_);
      return done{};
    });
  }
  result<std::vector<ports::finding>> examine() override {
    return guarded<std::vector<ports::finding>>("examining the store",
                                                [&] { return aorta::store::examine(*of_); });
  }
  result<std::unique_ptr<ports::lane>> session() override {
    return guarded<std::unique_ptr<ports::lane>>("opening a lane", [&] { return make_lane_session(of_); });
  }
  result<std::unique_ptr<ports::message_log>> admin() override {
    return guarded<std::unique_ptr<ports::message_log>>("opening an admin worker",
                                                        [&] { return make_admin_session(of_); });
  }
  result<std::unique_ptr<ports::record_session>> records() override {
    return guarded<std::unique_ptr<ports::record_session>>(
      "opening records",
      [&]() -> std::unique_ptr<ports::record_session> { return make_record_session(of_); });
  }

  result<std::unique_ptr<ports::delivery_session>> deliveries() override {
    return guarded<std::unique_ptr<ports::delivery_session>>("opening a dispatcher",
                                                             [&] { return make_delivery_session(of_); });
  }

  result<std::unique_ptr<ports::critical_session>> critical() override {
    return guarded<std::unique_ptr<ports::critical_session>>("opening the ladders",
                                                             [&] { return make_critical_session(of_); });
  }

  void interrupt() override { of_->breaks.interrupt(); }

private:
  std::shared_ptr<database> of_;
};

} // namespace

result<std::unique_ptr<ports::store>> open(const options& how) {
  if (how.pii_key.find_first_not_of(" \t\r\n") == std::string::npos)
    return error{error_code::invalid, "security.pii_key_file",
                 "no key for personal data: set AORTA_PII_KEY or security.pii_key_file"};
  if (how.clock == nullptr || how.ids == nullptr)
    return error{error_code::internal, "", "a store needs a clock and a source of ids"};
  return guarded<std::unique_ptr<ports::store>>("opening the store", [&]() -> std::unique_ptr<ports::store> {
    auto of = std::make_shared<database>();
    point_at(*of, how);
    soci::session once;
    const auto broken_by = connect(*of, once);
    if (of->speaks == dialect::sqlite) // a file that was made now has no log before somebody reads it
      rows_at_once(once, sql_text::whole(of->speaks, "SELECT name FROM sqlite_master LIMIT 1", {}));
    conversation with(*of, once, std::nullopt, false);
    read_blind_key(*of, with);
    return std::make_unique<opened>(of);
  });
}

} // namespace aorta::store
