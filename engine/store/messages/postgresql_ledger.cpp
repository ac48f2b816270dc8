// Two round trips a batch: one that writes the keys, locks the patients and looks up, one that writes the
// rows and commits.
#include "engine/store/messages/postgresql_ledger.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/messages/postgresql_statements.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <cstring>
#include <limits>
#include <algorithm>

namespace aorta::store {
namespace {

/// PostgreSQL takes no message past 1 GB and drops the connection over it; what is far smaller has filled
/// this process's memory already.
constexpr size_t most_bytes = 256u << 20; ///< of one statement's rows

/// Collects one statement's rows as one array a column.
class pg_sink final : public row_sink {
public:
  explicit pg_sink(const row_statement& what) {
    for (const auto& c : what.columns) columns_.emplace_back(c.type);
  }
  bool empty() const noexcept { return columns_[0].size() == 0; }
  std::vector<pg_array>& columns() noexcept { return columns_; }
  void clear() noexcept {
    for (auto& c : columns_) c.clear();
    at_ = texts_ = 0;
  }
  void null() override { next().null(); }
  void id(const uuid& v) override { next().id(v.bytes); }
  void key(const half_digest& v) override { next().id(v); }
  void text(std::string_view v) override {
    if ((texts_ += v.size()) > most_bytes)
      throw failure(
        {error_code::internal, "",
         "its rows are larger than the store takes at once (" + std::to_string(most_bytes >> 20) + " MB)"});
    next().text(v);
  }
  void integer(int64_t v) override { next().integer(v); }
  void boolean(bool v) override { next().boolean(v); }
  void time(timestamp v) override { next().time(v); }
  void number(const decimal& v) override { next().number(v); }

private:
  pg_array& next() noexcept {
    pg_array& out = columns_[at_];
    if (++at_ == columns_.size()) at_ = 0;
    return out;
  }
  std::vector<pg_array> columns_;
  size_t at_ = 0, texts_ = 0; ///< the next column; bytes of all texts
};

std::vector<pg_array> arrays(std::initializer_list<cell> types) { return {types.begin(), types.end()}; }

half_digest key_from(const std::string& text) {
  const auto id = uuid_from_text(text);
  return id ? id->bytes : half_digest{};
}

/// As `string_agg` joins them.
std::vector<half_digest> keys_in(const std::string& list) {
  std::vector<half_digest> out;
  for (size_t at = 0; at + 36 <= list.size(); at += 37) out.push_back(key_from(list.substr(at, 36)));
  return out;
}

class postgresql_ledger final : public ledger {
public:
  postgresql_ledger(const std::string& url, interrupters& breaks)
      : link_(url, postgresql_statements(), breaks) {
    for (size_t i = 0; i < writes; ++i) sinks_.emplace_back(row_statements()[i]);
  }

  found_people find(model::clinic_id clinic, const std::vector<half_digest>& hashes,
                    const std::vector<int64_t>& orders) override;
  std::map<model::patient_id, model::patient_id> merged(
    model::clinic_id clinic, const std::vector<model::patient_id>& patients) override;
  std::vector<earlier_filing> earlier(model::clinic_id clinic, const std::vector<uuid>& messages) override;
  std::vector<standing_result> past(model::clinic_id clinic, const earlier_filing& of) override;
  standing_acts acts(model::clinic_id clinic, const std::vector<uuid>& messages) override;
  std::vector<standing_decision> decisions(model::clinic_id clinic,
                                           const std::vector<half_digest>& claims) override;
  std::vector<result_cells> results(model::clinic_id clinic, const std::vector<uuid>& ids) override;
  std::vector<result_cells> own_history(model::clinic_id clinic, const earlier_filing& of) override;
  answers begin(const questions& ask) override;
  std::vector<ports::message_record> logged(model::clinic_id clinic,
                                            const std::vector<uuid>& messages) override;
  row_sink& into(write which) override { return sinks_[size_t(which)]; }
  void flush() override;
  void commit() override;
  void rollback() noexcept override;

private:
  void enter(model::clinic_id clinic);
  struct question {
    reading what;
    std::vector<pg_array>* values;
  };
  /// Runs reads in one round trip, in a transaction of their own unless one is open.
  std::vector<pg_rows> read(model::clinic_id clinic, std::span<const question> all);
  pg_rows read(reading what, model::clinic_id clinic, std::vector<pg_array>& values) {
    const question one{what, &values};
    return std::move(read(clinic, {&one, 1})[0]);
  }
  answers begin_once(const questions& ask);
  std::vector<pg_rows> read_once(model::clinic_id clinic, std::span<const question> all);
  /// A connection that was lost while nobody used it, or whose statements are stale since somebody changed a
  /// table, is found out by the next call: that call is made once more on a new one.
  template <class F>
  auto once_more(F&& work) {
    const bool used = link_.connected() && !open_;
    try {
      return work();
    } catch (const failure&) {
      if (!used || link_.connected()) throw;
      open_ = false;
      return work();
    }
  }
  void who_holds(const questions& ask, const pg_rows& fresh, answers& out);

  pg_link link_;
  std::vector<pg_sink> sinks_;
  bool open_ = false; ///< inside a transaction
};

void postgresql_ledger::enter(model::clinic_id clinic) {
  link_.add(reading::start, std::vector<std::string>{});
  link_.add(reading::clinic_is, std::vector<std::string>{std::to_string(clinic)});
}

std::vector<pg_rows> postgresql_ledger::read(model::clinic_id clinic, std::span<const question> all) {
  return once_more([&] { return read_once(clinic, all); });
}

std::vector<pg_rows> postgresql_ledger::read_once(model::clinic_id clinic, std::span<const question> all) {
  const bool alone = !open_;
  if (alone) {
    link_.connect();
    open_ = true;
    enter(clinic);
  }
  try {
    for (const auto& each : all) link_.add(each.what, *each.values);
    if (alone) link_.add(reading::end, std::vector<std::string>{});
    auto rows = link_.flow();
    if (!alone) return rows;
    open_ = false;
    rows.pop_back();
    rows.erase(rows.begin(), rows.begin() + 2); // of `enter`
    return rows;
  } catch (...) {
    if (alone) rollback(); // else the connection stays in a transaction that takes nothing more
    throw;
  }
}

found_people postgresql_ledger::find(model::clinic_id clinic, const std::vector<half_digest>& hashes,
                                     const std::vector<int64_t>& orders) {
  auto values = arrays({cell::key, cell::integer});
  for (const auto& h : hashes) values[0].id(h);
  values[1].integer(clinic);
  auto asked = arrays({cell::integer, cell::integer});
  for (const auto key : orders) asked[0].integer(key);
  asked[1].integer(clinic);
  std::vector<question> all{{reading::find, &values}};
  if (!orders.empty()) all.push_back({reading::linked_orders, &asked});
  const auto rows = read(clinic, all);
  found_people out;
  for (int i = 0; i < rows[0].size(); ++i) {
    const auto t = rows[0].texts(i);
    found_patient p{read_integer(t[0]), {}, t[2], t[3], t[4], t[5], t[6], t[7], t[8], t[9]};
    p.hashes = keys_in(t[1]);
    p.aliases = keys_in(t[10]);
    out.patients.push_back(std::move(p));
  }
  for (int i = 0; !orders.empty() && i < rows[1].size(); ++i) {
    const auto t = rows[1].texts(i);
    const auto person = [&](size_t at) {
      return t[at].empty() ? std::nullopt : std::optional<model::patient_id>(read_integer(t[at]));
    };
    out.linked.push_back({read_integer(t[0]), read_integer(t[1]), key_from(t[2]), person(3), person(4)});
  }
  return out;
}

std::map<model::patient_id, model::patient_id> postgresql_ledger::merged(
  model::clinic_id clinic, const std::vector<model::patient_id>& patients) {
  auto values = arrays({cell::integer, cell::integer});
  for (const auto id : patients) values[0].integer(id);
  values[1].integer(clinic);
  const pg_rows rows = read(reading::merged_into, clinic, values);
  std::map<model::patient_id, model::patient_id> out;
  for (int i = 0; i < rows.size(); ++i)
    out.emplace(read_integer(rows.text(i, 0)), read_integer(rows.text(i, 1)));
  return out;
}

std::vector<earlier_filing> postgresql_ledger::earlier(model::clinic_id clinic,
                                                       const std::vector<uuid>& messages) {
  std::vector<earlier_filing> out;
  if (messages.empty()) return out;
  if (open_) { // one engine at a time runs a message again; negative, so that no patient has the same lock
    auto locks = arrays({cell::integer});
    for (const auto& id : messages) {
      int64_t low = 0;
      std::memcpy(&low, id.bytes.data() + 8, sizeof low);
      locks[0].integer(low | std::numeric_limits<int64_t>::min());
    }
    read(reading::lock, clinic, locks);
  }
  auto values = arrays({cell::id, cell::integer});
  for (const auto& id : messages) values[0].id(id.bytes);
  values[1].integer(clinic);
  const pg_rows rows = read(reading::earlier_rows, clinic, values);
  for (int i = 0; i < rows.size(); ++i) {
    const auto message = uuid_from_text(rows.text(i, 0)).value_or(uuid{});
    const auto at = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.message == message; });
    auto& filed = at != out.end()
      ? *at
      : out.emplace_back(earlier_filing{message, read_integer(rows.text(i, 1)), {}});
    if (const auto result = uuid_from_text(rows.text(i, 2))) filed.results.push_back(*result);
  }
  return out;
}

std::vector<standing_result> postgresql_ledger::past(model::clinic_id clinic, const earlier_filing& of) {
  auto values = arrays({cell::id, cell::integer, cell::integer});
  values[0].id(of.message.bytes);
  values[1].integer(of.patient.value_or(0));
  values[2].integer(clinic);
  const pg_rows rows = read(reading::past_rows, clinic, values);
  std::vector<standing_result> out;
  for (int i = 0; i < rows.size(); ++i)
    out.push_back(read_standing({of.patient.value_or(0), 0}, rows.texts(i)));
  return out;
}

standing_acts postgresql_ledger::acts(model::clinic_id clinic, const std::vector<uuid>& messages) {
  standing_acts out;
  if (messages.empty()) return out;
  auto values = arrays({cell::id, cell::integer});
  for (const auto& id : messages) values[0].id(id.bytes);
  values[1].integer(clinic);
  const auto id_in = [](const pg_rows& rows, int i, int column) {
    return uuid_from_text(rows.text(i, column)).value_or(uuid{});
  };
  const pg_rows reviews = read(reading::act_reviews, clinic, values);
  for (int i = 0; i < reviews.size(); ++i)
    out.reviews.push_back({id_in(reviews, i, 0), id_in(reviews, i, 1), reviews.text(i, 2), reviews.text(i, 3),
                           reviews.text(i, 4), reviews.text(i, 5) == "open"});
  const pg_rows links = read(reading::act_links, clinic, values);
  for (int i = 0; i < links.size(); ++i) {
    const auto patient = links.text(i, 2);
    out.links.push_back({id_in(links, i, 0), id_in(links, i, 1),
                         patient.empty() ? std::nullopt : std::optional(read_integer(patient))});
  }
  const pg_rows decisions = read(reading::act_decisions, clinic, values);
  for (int i = 0; i < decisions.size(); ++i) {
    const auto id = id_in(decisions, i, 0);
    const auto at = std::find_if(out.decisions.begin(), out.decisions.end(),
                                 [&](const auto& each) { return each.id == id; });
    auto& one = at != out.decisions.end()
      ? *at
      : out.decisions.emplace_back(standing_decision{id,
                                                     id_in(decisions, i, 1),
                                                     key_from(decisions.text(i, 2)),
                                                     {},
                                                     read_integer(decisions.text(i, 3)),
                                                     {},
                                                     {}});
    if (const auto use = uuid_from_text(decisions.text(i, 4))) one.uses.push_back(*use);
  }
  return out;
}

std::vector<standing_decision> postgresql_ledger::decisions(model::clinic_id clinic,
                                                            const std::vector<half_digest>& claims) {
  std::vector<standing_decision> out;
  if (claims.empty()) return out;
  auto values = arrays({cell::key, cell::integer});
  for (const auto& hash : claims) values[0].id(hash);
  values[1].integer(clinic);
  const pg_rows rows = read(reading::decisions_for, clinic, values);
  for (int i = 0; i < rows.size(); ++i) {
    const auto t = rows.texts(i);
    out.push_back({uuid_from_text(t[0]).value_or(uuid{}), uuid_from_text(t[1]).value_or(uuid{}),
                   key_from(t[2]), key_from(t[3]), read_integer(t[4]), t[5],
                   read_time(t[6]).value_or(timestamp{})});
  }
  return out;
}

std::vector<result_cells> postgresql_ledger::results(model::clinic_id clinic, const std::vector<uuid>& ids) {
  std::vector<result_cells> out;
  if (ids.empty()) return out;
  auto values = arrays({cell::id, cell::integer});
  for (const auto& id : ids) values[0].id(id.bytes);
  values[1].integer(clinic);
  const pg_rows rows = read(reading::results_now, clinic, values);
  for (int i = 0; i < rows.size(); ++i) out.push_back(rows.cells(i));
  return out;
}

std::vector<result_cells> postgresql_ledger::own_history(model::clinic_id clinic, const earlier_filing& of) {
  auto values = arrays({cell::id, cell::integer, cell::integer});
  values[0].id(of.message.bytes);
  values[1].integer(of.patient.value_or(0));
  values[2].integer(clinic);
  const pg_rows rows = read(reading::own_history_rows, clinic, values);
  std::vector<result_cells> out;
  for (int i = 0; i < rows.size(); ++i) out.push_back(rows.cells(i));
  return out;
}

answers postgresql_ledger::begin(const questions& ask) {
  return once_more([&] { return begin_once(ask); });
}

answers postgresql_ledger::begin_once(const questions& ask) {
  link_.connect();
  open_ = true;
  enter(ask.clinic);
  auto keys = arrays({cell::key, cell::id, cell::time});
  for (const auto& k : ask.keys) {
    keys[0].id(k.key);
    keys[1].id(k.message.bytes);
    keys[2].time(k.received_at);
  }
  auto who = arrays({cell::integer}), who_of = arrays({cell::integer, cell::integer});
  for (const auto p : ask.patients) {
    who[0].integer(p);
    who_of[0].integer(p);
  }
  who_of[1].integer(ask.clinic);
  auto places = arrays({cell::integer, cell::integer, cell::integer});
  for (const auto& p : ask.places) {
    places[0].integer(p.patient);
    places[1].integer(p.order_key);
  }
  places[2].integer(ask.clinic);
  auto numbers = arrays({cell::integer, cell::integer, cell::text, cell::text});
  for (const auto p : ask.patients) numbers[0].integer(p);
  numbers[1].integer(ask.clinic);
  for (const auto& n : ask.placers) numbers[2].text(n);
  for (const auto& n : ask.fillers) numbers[3].text(n);
  link_.add(reading::take_keys, keys);
  link_.add(reading::lock, who);
  link_.add(reading::patients, who_of);
  link_.add(reading::standing, places);
  link_.add(reading::orders, numbers);
  if (!ask.lone_placers.empty()) {
    auto under = arrays({cell::integer, cell::text, cell::integer});
    for (const auto& p : ask.lone_placers) {
      under[0].integer(p.patient);
      under[1].text(p.placer);
    }
    under[2].integer(ask.clinic);
    link_.add(reading::under_placer, under);
  }
  if (!ask.reports.empty()) {
    auto reports = arrays({cell::id, cell::integer});
    for (const auto& id : ask.reports) reports[0].id(id.bytes);
    reports[1].integer(ask.clinic);
    link_.add(reading::ended_orders, reports);
  }
  if (!ask.accepted.empty()) {
    auto accepted = arrays({cell::id, cell::integer});
    for (const auto& id : ask.accepted) accepted[0].id(id.bytes);
    accepted[1].integer(ask.clinic);
    link_.add(reading::take_up, accepted);
  }
  auto rows = link_.flow();

  answers out;
  if (!ask.accepted.empty()) {
    for (int i = 0; i < rows.back().size(); ++i)
      if (const auto id = uuid_from_text(rows.back().text(i, 0))) out.taken_up.insert(*id);
    rows.pop_back();
  }
  if (size_t(rows[2].size()) != ask.keys.size()) who_holds(ask, rows[2], out);
  for (int i = 0; i < rows[4].size(); ++i) out.patients.insert(read_integer(rows[4].text(i, 0)));
  const auto take_standing = [&](const pg_rows& from) {
    for (int i = 0; i < from.size(); ++i)
      out.standing.push_back(
        read_standing({read_integer(from.text(i, 0)), read_integer(from.text(i, 1))}, from.texts(i, 2)));
  };
  take_standing(rows[5]);
  if (!ask.lone_placers.empty()) take_standing(rows[7]);
  if (!ask.reports.empty())
    for (int i = 0; i < rows.back().size(); ++i) read_ending(rows.back().texts(i), out);
  for (int i = 0; i < rows[6].size(); ++i)
    if (const auto id = uuid_from_text(rows[6].text(i, 0)))
      out.orders.push_back({*id, read_integer(rows[6].text(i, 1)), rows[6].text(i, 2), rows[6].text(i, 3),
                            rows[6].text(i, 4), rows[6].text(i, 5)});
  return out;
}

/// Keys that could not be written were there before: with which message?
void postgresql_ledger::who_holds(const questions& ask, const pg_rows& fresh, answers& out) {
  std::set<half_digest> written;
  for (int i = 0; i < fresh.size(); ++i) written.insert(key_from(fresh.text(i, 0)));
  auto keys = arrays({cell::key});
  for (const auto& k : ask.keys)
    if (!written.contains(k.key)) keys[0].id(k.key);
  link_.add(reading::holders, keys);
  const auto rows = link_.flow();
  for (int i = 0; i < rows[0].size(); ++i)
    if (const auto id = uuid_from_text(rows[0].text(i, 1))) out.taken[key_from(rows[0].text(i, 0))] = *id;
}

std::vector<ports::message_record> postgresql_ledger::logged(model::clinic_id clinic,
                                                             const std::vector<uuid>& messages) {
  std::vector<ports::message_record> out;
  if (messages.empty()) return out;
  auto values = arrays({cell::id, cell::integer});
  for (const auto& id : messages) values[0].id(id.bytes);
  values[1].integer(clinic);
  const pg_rows rows = read(reading::log_rows, clinic, values);
  for (int i = 0; i < rows.size(); ++i) out.push_back(read_outcome(rows.texts(i)));
  return out;
}

void postgresql_ledger::flush() {
  size_t any = 0;
  for (size_t i = 0; i < writes; ++i)
    if (!sinks_[i].empty()) {
      link_.add(i, sinks_[i].columns());
      ++any;
    }
  if (any > 0) link_.flow();
  for (auto& s : sinks_) s.clear();
}

void postgresql_ledger::commit() {
  for (size_t i = 0; i < writes; ++i)
    if (!sinks_[i].empty()) link_.add(i, sinks_[i].columns());
  link_.add(reading::end, std::vector<std::string>{});
  link_.flow();
  open_ = false;
  for (auto& s : sinks_) s.clear();
}

void postgresql_ledger::rollback() noexcept {
  for (auto& s : sinks_) s.clear();
  if (!open_) return;
  open_ = false;
  if (!link_.connected()) return;
  try {
    link_.add(reading::undo, std::vector<std::string>{});
    link_.flow();
  } catch (const std::exception&) {
    open_ = false; // the connection is gone, and its transaction with it; the next call connects anew
  }
}

} // namespace

std::unique_ptr<ledger> make_postgresql_ledger(const std::string& url, interrupters& breaks) {
  return std::make_unique<postgresql_ledger>(url, breaks);
}

} // namespace aorta::store
