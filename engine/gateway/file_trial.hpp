// A laboratory's file as it would be filed, told and not gone: the same steps as serve's, on one thread.
#pragma once

#include "engine/api/explain.hpp"
#include "engine/config/config.hpp"
#include "engine/lab/sheet.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/ports/lane.hpp"

#include <map>
#include <string>
#include <vector>

namespace aorta::gateway {

/// Asks a store and writes nothing. `store` null: nobody is found. When it does not answer, `why_away` says
/// why.
class looking_only final : public pipeline::lane, ports::lane {
public:
  std::string why_away;

  explicit looking_only(ports::lane* at) : store_(at) {}
  ports::lane& store() override { return *this; }

private:
  result<std::vector<ports::people>> candidates(model::clinic_id clinic,
                                                std::span<const ports::wanted> of) override;
  result<std::vector<std::optional<ports::taught>>> decided(
    model::clinic_id clinic, std::span<const identity::claims* const> who,
    std::span<const ports::people* const> known) override;
  result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override;
  bool perhaps_batch() const noexcept override { return false; }

  ports::lane* store_;
};

/// What a message's envelope has come to, after the steps. The route's own condition is not in it.
api::explanation explanation_of(const pipeline::envelope& mail, const config::route& by,
                                const std::string& why_away);

struct tried_part {
  lab::sheet_part lines; ///< without its bytes
  std::string verdict;   ///< as `pipeline::file_verdict`
  std::optional<api::explanation> would;
};
struct tried_file {
  uint64_t rows = 0;
  std::map<std::string, uint64_t> counts; ///< rows by their verdict
  std::vector<tried_part> parts;          ///< the first of them
  bool partial = false;                   ///< there are more parts than are tried
};
inline constexpr size_t most_tried_parts = 200, most_tried = 2'000; ///< shown, counted

/// Errors as `lab::sheet::open`. `of`: the route with its profile, `explains` set and `stores` not.
result<tried_file> try_file(const pipeline::route& of, std::string content, looking_only& lane);
std::string to_json(const tried_file& of);

} // namespace aorta::gateway
