#include "mockbroker/console/live.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace mockbroker::web {
namespace {

namespace json = boost::json;

std::uint64_t mark(std::string_view text) { return std::hash<std::string_view>{}(text); }

// Keys that occur twice (a message that was copied to where it is) get a number.
std::vector<std::string> unique_keys(const table& t) {
  std::vector<std::string> keys;
  std::unordered_map<std::string_view, int> seen;
  for (const auto& row : t.rows) {
    const int times = seen[row.key]++;
    keys.push_back(times == 0 ? row.key : row.key + "#" + std::to_string(times));
  }
  return keys;
}

}  // namespace

json::object live_views::difference(const table& now, const table_marks& marks,
                                    const table_marks* before) {
  std::unordered_map<std::uint64_t, std::uint64_t> old;
  if (before != nullptr) {
    for (const auto& row : *before) old.emplace(row.key, row.cells);
  }
  const auto keys = unique_keys(now);
  json::array rows;
  json::array order;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    order.emplace_back(keys[i]);
    const auto known = old.find(marks[i].key);
    if (known != old.end() && known->second == marks[i].cells) continue;
    rows.push_back(json::array{keys[i], now.rows[i].cells.str()});
  }
  json::object out{{"rows", std::move(rows)}};
  const bool same_order =
      before != nullptr && std::ranges::equal(marks, *before, {}, &row_mark::key, &row_mark::key);
  if (!same_order) out["order"] = std::move(order);
  return out;
}

json::object live_views::changes(const content& page, const std::string& place,
                                 std::string_view since) {
  const auto known = std::ranges::find_if(
      views_, [&](const view& v) { return v.version == since && v.place == place; });
  const bool is_known = known != views_.end();
  std::vector<table_marks> now;
  json::array tables;
  for (const auto& block : page.blocks) {
    const auto* t = std::get_if<table>(&block);
    if (t == nullptr) continue;
    table_marks marks;
    const auto keys = unique_keys(*t);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      marks.push_back({mark(keys[i]), mark(t->rows[i].cells.str())});
    }
    const std::size_t at = now.size();
    const bool had = is_known && at < known->tables.size();
    tables.push_back(difference(*t, marks, had ? &known->tables[at] : nullptr));
    now.push_back(std::move(marks));
  }
  if (is_known && known->tables == now) return {{"version", known->version}};
  // A version is one browser's: its next question replaces it.
  if (is_known) views_.erase(known);
  views_.push_front({std::to_string(++last_), place, std::move(now)});
  if (views_.size() > most) views_.pop_back();
  json::object out{{"version", views_.front().version}, {"tables", std::move(tables)}};
  if (!is_known) out["all"] = true;
  return out;
}

}  // namespace mockbroker::web
