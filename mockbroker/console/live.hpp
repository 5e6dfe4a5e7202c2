// What has changed on a page since its browser looked last, row by row, as JSON:
//
//   {"version": "7", "secret": "...", "tables": [{"rows": [["key", "<td>...</td>"], ...],
//                                                 "order": ["key", ...]}, ...]}
//
// `version` is what the browser asks with the next time; without one, or with one that is no
// longer known, everything is new and "all" is true. `tables` is left out when nothing changed,
// `order` when the rows are the same ones in the same order.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

class live_views {
 public:
  static constexpr std::size_t most = 64;  // browsers' views that are remembered

  // `place` is the page with its query; `since` what the browser said.
  boost::json::object changes(const content& page, const std::string& place,
                              std::string_view since);

 private:
  struct row_mark {
    std::uint64_t key;
    std::uint64_t cells;
    friend bool operator==(const row_mark&, const row_mark&) = default;
  };
  using table_marks = std::vector<row_mark>;
  struct view {
    std::string version;
    std::string place;
    std::vector<table_marks> tables;
  };
  // `before` is null when the browser knows nothing yet.
  static boost::json::object difference(const table& now, const table_marks& marks,
                                        const table_marks* before);

  std::uint64_t last_ = 0;
  std::list<view> views_;  // the newest first
};

}  // namespace mockbroker::web
