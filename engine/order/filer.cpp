#include "engine/order/filer.hpp"

#include <algorithm>
#include <array>

namespace aorta::order {
namespace {

using model::table;

constexpr const char* results_have_come = "results have come for the order: it stands";
constexpr const char* newer_stands = "what was said later of the order stands";

/// ORC-5 of the answer (HL70038).
std::string state_code(std::string_view status) {
  if (status == "ordered") return "SC";
  if (status == "collected" || status == "processing") return "IP";
  if (status == "partially_resulted") return "A";
  if (status == "resulted") return "CM";
  return status == "cancelled" ? "CA" : "";
}

std::string place_of(const order& what) { return "ORC[" + std::to_string(what.orc) + "]"; }

std::optional<std::string> some(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void change_cell(known_row& row, const char* column, std::string value) {
  if (row.row.text(column) == value) return;
  row.row.set(column, std::move(value));
  if (std::find(row.changed.begin(), row.changed.end(), column) == row.changed.end())
    row.changed.emplace_back(column);
}

} // namespace

filer::filer(const filing_room& room, const notice& what, model::patient_id patient, const rows_told& before)
    : room_(room),
      what_(what),
      patient_(patient),
      before_(before),
      spoken_(records::spoken_of(what.at, room)) {}

status filer::run(outcome& into) {
  out_ = &into;
  auto visit = records::visit_of(room_.in, patient_, what_.visit.value, what_.visit.authority);
  if (!visit) return visit.error();
  visit_ = std::move(*visit);
  for (const auto& each : what_.orders)
    if (auto filed = one(each); !filed) return filed;
  if (auto written = write_all(); !written) return written;
  if (auto followed = follow_results(); !followed) return followed;
  for (const auto& [index, row] : about_) out_->answers[index].state = state_code(row->row.text("status"));
  if (auto asked = ask_persons(); !asked) return asked;
  return tell();
}

status filer::one(const order& what) {
  out_->answers.push_back({what.orc, what.obr, {}, {}, {}});
  said_ = stands_ = false;
  if (what.asks != "RO") replaced_stands_ = false;
  if (auto why = why_not(what); !why.empty()) return refuse(what, std::move(why));
  switch (what.how.does) {
    case act::place: return place(what);
    case act::change: return change(what);
    case act::cancel: return cancel(what);
    case act::tell_status: return tell_status(what);
    case act::skip:
    case act::none: break;
  }
  return done{};
}

/// What can be told without the clinic's rows.
std::string filer::why_not(const order& what) const {
  if (what.how.does == act::none) return "this order control is not done here";
  if (!what.not_laboratory.empty()) return what.not_laboratory + ": no order for a laboratory";
  if (what.placer.value.empty() && what.filler.value.empty())
    return "neither ORC-2 nor ORC-3 says which order it is";
  if (what.how.does != act::place) return {};
  if (what.asks == "RO" && replaced_stands_)
    return "the order in whose place it would stand was not replaced";
  if (what.obr == 0) return "no OBR says what is ordered";
  if (what.panel.empty() && what.name.empty()) return "OBR-4 does not say what is ordered";
  return {};
}

void filer::adopt(std::vector<known_row> all) {
  for (auto& each : all) {
    const auto key = each.row.key();
    const auto known = std::any_of(rows_.begin(), rows_.end(),
                                   [&](const auto& row) { return row.row.key() == key; });
    if (!known) rows_.push_back(std::move(each));
  }
}

/// Of several under one placer number the laboratory's own number (ORC-3) tells which is meant, unless the
/// panel says another.
void narrow(std::vector<known_row*>& mine, const order& what) {
  const auto has_filler = [&](const known_row* row) {
    return row->row.text("filler_order_number") == what.filler.value;
  };
  if (mine.size() < 2 || what.filler.value.empty() ||
      std::count_if(mine.begin(), mine.end(), has_filler) != 1)
    return;
  auto* one = *std::find_if(mine.begin(), mine.end(), has_filler);
  const bool another = !fits_panel(*one, what) &&
    std::any_of(mine.begin(), mine.end(), [&](const auto* row) { return fits_panel(*row, what); });
  if (!another) mine = {one};
}

/// An order of another patient is never among them.
result<filer::found> filer::find(const order& what) {
  for (const auto* number : {&what.placer, &what.filler})
    if (auto held = records::hold_number(room_.in, model::table::lab_orders, number->value); !held)
      return held.error();
  auto under = orders_under(room_.in, what);
  if (!under) return under.error();
  found out;
  for (const auto& each : *under)
    out.of_another = out.of_another ||
      (!is_of(each, patient_) && fits_placer(each, what) && each.row.text("status") != "cancelled");
  // What a person has taken to somebody else has left a row behind of which nobody tells any more.
  std::erase_if(*under, [&](const auto& each) {
    return !is_of(each, patient_) || (out.of_another && records::left_behind(each));
  });
  adopt(std::move(*under));
  for (const auto fits : {fits_placer, fits_filler}) {
    for (auto& each : rows_)
      if (fits(each, what)) out.mine.push_back(&each);
    if (!out.mine.empty()) break;
  }
  narrow(out.mine, what);
  return out;
}

/// What results, or the clinic, have made of its state, and not words of an order message alone.
result<bool> filer::has_results(const known_row& row) {
  if (row.fresh || before_.contains(row.row.key())) return false; // what was said before results came holds
  const auto status = row.row.text("status");
  const auto words = row.story.fields.find("status");
  const bool told = words != row.story.fields.end() && words->second.counts() == status;
  if (!told && (status == "resulted" || status == "partially_resulted")) return true;
  const auto results = results_of(room_.in, row.row);
  if (!results) return results.error();
  return results->any;
}

/// Also when the laboratory has said that results are there, and they are still to come.
result<bool> filer::is_reported(const known_row& row) {
  const auto status = row.row.text("status");
  const bool said = status == "resulted" || status == "partially_resulted";
  if (said && !row.fresh && !before_.contains(row.row.key())) return true;
  return has_results(row);
}

known_row& filer::make(const order& what) {
  known_row fresh;
  fresh.fresh = true;
  fresh.story.made_by = to_text(room_.message);
  fresh.row = model::record(table::lab_orders);
  fresh.row.set("id", to_text(room_.ids.next(room_.now)));
  fresh.row.set("patient_id", std::to_string(patient_));
  fresh.row.set("priority", "routine");
  fresh.row.set("placer_order_number", some(what.placer.value));
  return rows_.emplace_back(std::move(fresh));
}

void filer::say(known_row& row, const order& by, std::string_view column, std::optional<std::string> value) {
  records::statement one;
  one.at = spoken_;
  one.value = value;
  one.by = to_text(room_.message);
  one.event = by.asks;
  records::say(row, column, std::move(one));
  said_ = true;
  stands_ = stands_ || row.row[column] == value;
}

void filer::say_numbers(known_row& row, const order& by) {
  if (row.row.text("placer_order_number").empty() && !by.placer.value.empty())
    change_cell(row, "placer_order_number", by.placer.value);
  if (row.row.text("placer_authority").empty() && !by.placer.authority.empty() && fits_placer(row, by))
    change_cell(row, "placer_authority", by.placer.authority);
  if (!by.filler.value.empty()) say(row, by, "filler_order_number", by.filler.value);
}

/// A specimen that is still to be taken was not taken.
void filer::say_collected(known_row& row, const order& by) {
  if (!by.collected) return;
  if (*by.collected > spoken_) {
    out_->rules.push_back(
      {place_of(by), "collection", "a time that is still to come: nothing was taken yet"});
    return;
  }
  say(row, by, "collected_at", to_iso(*by.collected));
}

void filer::say_panel(known_row& row, const order& by) {
  if (!by.panel.empty()) say(row, by, "panel_code", by.panel);
  if (!by.name.empty()) say(row, by, "panel_name", by.name);
}

status filer::say_rest(known_row& row, const order& by) {
  if (!by.priority.empty()) say(row, by, "priority", by.priority);
  else if (by.priority_erased) say(row, by, "priority", "routine");
  if (visit_) say(row, by, "encounter_id", visit_);
  if (by.provider.empty()) return done{};
  const auto user = records::user_of_licence(room_.in, by.provider);
  if (!user) return user.error();
  if (*user) say(row, by, "ordering_provider_id", *user);
  else
    out_->rules.push_back(
      {place_of(by) + "-12", "provider", "no user has this licence number: kept in the message alone"});
  return done{};
}

void filer::done_with(const order& what) { out_->answers.back().code = what.how.done; }

void filer::speak_of(known_row& row) { about_.emplace_back(out_->answers.size() - 1, &row); }

status filer::refuse(const order& what, std::string why) {
  auto& answer = out_->answers.back();
  answer.code = what.how.refused;
  out_->rules.push_back({place_of(what) + "-1", "refused", why});
  answer.why = std::move(why);
  if (what.asks == "RP" || what.asks == "RU") replaced_stands_ = true;
  return done{};
}

/// The sender hears it, and whoever looks after the clinic's messages too.
status filer::refuse_for_person(const order& what, const char* kind, std::string why) {
  asked_[kind].push_back("{\"where\":\"" + place_of(what) + "-1\",\"rule\":\"" + kind + "\",\"detail\":\"" +
                         why + "\"}");
  return refuse(what, std::move(why));
}

status filer::refuse_unknown(const order& what, bool of_another) {
  if (!of_another) return refuse(what, "no order of this patient has this number");
  return refuse_for_person(what, "order-of-another", "the number is that of an order of another patient");
}

/// Some systems begin their numbers anew: what is ordered after the results of the old one is another order.
bool filer::is_number_again(const known_row& row, const order& what) const {
  timestamp resulted;
  return !row.fresh && !before_.contains(row.row.key()) && row.row.text("status") == "resulted" &&
    from_iso(row.row.text("resulted_at"), resulted) && what.ordered && *what.ordered > resulted;
}

status filer::place(const order& what) {
  auto known = find(what);
  if (!known) return known.error();
  const auto same = std::find_if(known->mine.begin(), known->mine.end(),
                                 [&](const auto* row) { return fits_panel(*row, what); });
  if (same == known->mine.end() && known->mine.empty() && known->of_another)
    return refuse_unknown(what, true);
  const bool fresh = same == known->mine.end() || is_number_again(**same, what);
  auto& row = fresh ? make(what) : **same;
  speak_of(row);
  say_numbers(row, what);
  say_panel(row, what);
  say(row, what, "order_date", to_iso(what.ordered.value_or(spoken_)));
  say_collected(row, what);
  if (auto said = say_rest(row, what); !said) return said;
  const auto stands = row.row.text("status");
  if (stands.empty() || stands == "ordered" || stands == "cancelled")
    say(row, what, "status", row.row.text("collected_at").empty() ? "ordered" : "collected");
  done_with(what);
  return done{};
}

result<known_row*> filer::the_one(const order& what) {
  auto known = find(what);
  if (!known) return known.error();
  auto& mine = known->mine;
  if (mine.size() > 1) std::erase_if(mine, [&](const auto* row) { return !fits_panel(*row, what); });
  if (mine.size() == 1) return mine.front();
  auto refused = mine.empty()
    ? refuse_unknown(what, known->of_another)
    : refuse(what, "several orders of the patient have this number: OBR-4 does not tell which is meant");
  if (!refused) return refused.error();
  return nullptr;
}

status filer::change(const order& what) {
  const auto meant = the_one(what);
  if (!meant) return meant.error();
  if (*meant == nullptr) return done{};
  auto& row = **meant;
  speak_of(row);
  const auto reported = is_reported(row);
  if (!reported) return reported.error();
  if (*reported) return refuse(what, results_have_come);
  if (row.row.text("status") == "cancelled" && !before_.contains(row.row.key()))
    return refuse(what, "the order is cancelled");
  say_numbers(row, what);
  say_panel(row, what);
  say_collected(row, what);
  if (auto said = say_rest(row, what); !said) return said;
  if (row.row.text("status") == "ordered" && !row.row.text("collected_at").empty())
    say(row, what, "status", "collected");
  if (said_ && !stands_) return refuse(what, newer_stands);
  done_with(what);
  return done{};
}

/// Without a panel all that was ordered under the number is meant.
status filer::cancel(const order& what) {
  auto known = find(what);
  if (!known) return known.error();
  auto& mine = known->mine;
  if (mine.empty()) return refuse_unknown(what, known->of_another);
  if (mine.size() > 1) std::erase_if(mine, [&](const auto* row) { return !fits_panel(*row, what); });
  if (mine.empty())
    return refuse(what, "several orders of the patient have this number, and none this panel");
  speak_of(*mine.front());
  for (const auto* row : mine) {
    const auto reported = is_reported(*row);
    if (!reported) return reported.error();
    if (*reported) return refuse_for_person(what, "cancel-refused", results_have_come);
  }
  bool all = true;
  for (auto* row : mine) {
    say(*row, what, "status", "cancelled");
    all = all && row->row.text("status") == "cancelled";
  }
  if (!all) return refuse(what, newer_stands);
  done_with(what);
  return done{};
}

/// What results have made of the order's state is not set back by words.
status filer::tell_status(const order& what) {
  const auto meant = the_one(what);
  if (!meant) return meant.error();
  if (*meant == nullptr) return done{};
  auto& row = **meant;
  speak_of(row);
  const auto reported = is_reported(row), resulted = has_results(row);
  if (!reported) return reported.error();
  if (!resulted) return resulted.error();
  if (*reported && what.state == "cancelled")
    return refuse_for_person(what, "cancel-refused", results_have_come);
  if (what.state.empty() && what.filler.value.empty() && !what.collected)
    return refuse(what, "no state that an order has here");
  say_numbers(row, what);
  say_collected(row, what);
  const bool told = !what.state.empty() && (!*resulted || what.state == "resulted");
  if (told) {
    stands_ = false;
    say(row, what, "status", what.state);
    if (what.state == "resulted" && what.resulted) say(row, what, "resulted_at", to_iso(*what.resulted));
  } else if (!what.state.empty()) {
    out_->rules.push_back({place_of(what) + "-5", "state", results_have_come});
  }
  if (told && row.row.text("status") != what.state) return refuse(what, newer_stands);
  done_with(what);
  return done{};
}

status filer::write_all() {
  std::vector<known_row*> all;
  for (auto& each : rows_)
    if (each.fresh || records::told_by_messages(each) || !each.changed.empty()) all.push_back(&each);
  return records::write(room_, all);
}

/// Results that came before their order belong to it now: they say how it stands.
status filer::follow_results() {
  std::vector<known_row*> followed;
  for (auto& each : rows_) {
    const auto& changed = each.changed;
    const bool numbered = std::any_of(changed.begin(), changed.end(), [](const auto& column) {
      return column == "filler_order_number" || column == "placer_order_number";
    });
    const auto status = each.row.text("status");
    if ((!each.fresh && !numbered) || status == "cancelled" || status == "resulted") continue;
    const auto results = results_of(room_.in, each.row);
    if (!results) return results.error();
    if (!results->any) continue;
    known_row copy = each;
    copy.fresh = false;
    change_cell(copy, "status", results->state);
    if (results->state == "resulted" && results->last)
      change_cell(copy, "resulted_at", to_iso(*results->last));
    if (auto written = records::write(room_, {&copy}); !written) return written;
    each.row = copy.row;
    out_->rules.push_back({"lab_orders.status", "results", "they came before their order"});
  }
  return done{};
}

/// One item of each kind, whatever the number of orders.
status filer::ask_persons() {
  for (const auto& [kind, reasons] : asked_) {
    ports::review_item item;
    item.kind = kind;
    for (const auto& each : reasons) item.reasons_json += (item.reasons_json.empty() ? "[" : ",") + each;
    item.reasons_json += "]";
    if (auto asked = room_.in.review(room_.message, item); !asked) return asked;
  }
  return done{};
}

/// Thin: who listens reads with a key of his own, which is audited.
status filer::tell() {
  for (const auto& each : rows_) {
    if (!each.fresh && each.changed.empty()) continue;
    for (const auto& column : each.changed)
      out_->rules.push_back({"lab_orders." + column, each.fresh ? "set" : "changed", {}});
    const std::string payload = "{\"patient_id\":\"" + std::to_string(patient_) + "\",\"order_id\":\"" +
      each.row.key() + "\"}";
    if (auto told = room_.in.event(each.fresh ? "lab_order_created" : "lab_order_changed", patient_, {},
                                   payload);
        !told)
      return told;
  }
  return done{};
}

} // namespace aorta::order
