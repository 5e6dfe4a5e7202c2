#include "harness/ladder/report.hpp"

#include <boost/json.hpp>

namespace harness::ladder {

std::string report_of(const std::vector<played_row>& all, const std::vector<left_out>& others) {
  boost::json::array rows;
  for (const auto& w : all) {
    boost::json::array cites(w.what->cites.begin(), w.what->cites.end());
    rows.push_back({{"name", w.what->name},
                    {"file", w.what->file},
                    {"line", w.what->line},
                    {"transport", to_string(w.how.over)},
                    {"delivery", to_string(w.how.how)},
                    {"cites", cites},
                    {"passed", w.result.passed},
                    {"milliseconds",
                     std::chrono::duration_cast<std::chrono::milliseconds>(w.result.took).count()},
                    {"report", w.result.report}});
  }
  boost::json::array rest;
  for (const auto& o : others) rest.push_back({{"name", o.what->name}, {"why", o.why}});
  return boost::json::serialize(
             boost::json::object{{"version", 1}, {"rows", rows}, {"left_out", rest}}) +
         "\n";
}

}  // namespace harness::ladder
