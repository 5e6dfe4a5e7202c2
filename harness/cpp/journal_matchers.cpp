#include "harness/cpp/journal_matchers.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "stomp/text.hpp"

namespace harness {

namespace {

constexpr std::size_t nearest_shown = 3;

bool is_at(const ear& there, const journal_entry& e) {
  return mockbroker::reached(e) && e.unit.what == mockbroker::wire_unit::kind::frame &&
         e.leg == there.leg && e.direction == there.direction &&
         (!there.connection || *there.connection == e.connection);
}

// One frame that came near: how many of the pattern's fields match, and each field's verdict.
struct near {
  std::size_t matches = 0;
  std::string text;
};

near compare(const frame_pattern& wanted, const journal_entry& e) {
  near out;
  out.text = "  #" + std::to_string(e.number) + ' ' + mockbroker::line_of(e);
  for (const auto& field : wanted.fields()) {
    ::testing::StringMatchResultListener why;
    const bool good = field.MatchAndExplain(e.unit.frame, &why);
    if (good) ++out.matches;
    std::ostringstream described;
    field.DescribeTo(&described);
    out.text += std::string("\n      ") + (good ? "match   " : "differs ") + described.str();
    if (!good && !why.str().empty()) out.text += ", but " + why.str();
  }
  return out;
}

std::string nearest(const frame_pattern& wanted, const ear& there,
                    const std::vector<journal_entry>& all) {
  std::vector<near> candidates;
  for (const auto& e : all) {
    if (is_at(there, e)) candidates.push_back(compare(wanted, e));
  }
  if (candidates.empty()) return "Nearest : no frame came there\n";
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const near& a, const near& b) { return a.matches > b.matches; });
  candidates.resize(std::min(candidates.size(), nearest_shown));
  std::string text = "Nearest :\n";
  for (const auto& each : candidates) text += each.text + '\n';
  return text;
}

// Which step of an order is missing, and whether it came too early.
std::string order_problem(const std::vector<frame_pattern>& steps, const ear& there,
                          const std::vector<journal_entry>& all, std::size_t& missing) {
  missing = 0;
  for (const auto& e : all) {
    if (missing < steps.size() && is_at(there, e) && steps[missing].matches(e.unit.frame))
      ++missing;
  }
  if (missing == steps.size()) return {};
  const auto& step = steps[missing];
  std::string text = "step " + std::to_string(missing + 1) + " of " + std::to_string(steps.size()) +
                     " (" + step.describe() + ") did not come" +
                     (missing > 0 ? " behind step " + std::to_string(missing) : "") + '\n';
  for (const auto& e : all) {
    if (!is_at(there, e) || !step.matches(e.unit.frame)) continue;
    text += "Too early: #" + std::to_string(e.number) + ' ' + mockbroker::line_of(e) + '\n';
  }
  return text;
}

std::string rest_of(stage& s) {
  return "Ladder  :\n" + s.ladder() + s.faults_report() + "Replay  : " + replay_command(s);
}

}  // namespace

ear ear_of(const stage& s) { return leg_of(s, s.broker_leg(), way::to_broker); }
ear ear_of(const client& c) {
  return {&c.owner(), c.leg(), way::to_client, c.number(), "client " + std::to_string(c.number())};
}
ear ear_of(const ear& there) { return there; }
ear leg_of(const stage& s, std::string leg, way direction) {
  const auto& known = mockbroker::fault_legs;
  if (std::find(known.begin(), known.end(), leg) == known.end()) {
    throw std::invalid_argument("there is no leg '" + leg + "'" + stomp::suggestion(leg, known));
  }
  std::string name = leg + ' ' + std::string(mockbroker::to_string(direction));
  return {const_cast<stage*>(&s), std::move(leg), direction, std::nullopt, std::move(name)};
}

bool frame_pattern::matches(const stomp::frame& f) const {
  return std::all_of(fields_.begin(), fields_.end(),
                     [&](const frame_matcher& field) { return field.Matches(f); });
}

std::string frame_pattern::describe() const {
  std::string text;
  for (const auto& field : fields_) {
    std::ostringstream one;
    field.DescribeTo(&one);
    text += (text.empty() ? "" : " and ") + one.str();
  }
  return text.empty() ? "any frame" : text;
}

std::string heard::describe() const {
  std::string text;
  for (const auto& each : patterns_) text += (text.empty() ? "" : ", then ") + each.describe();
  switch (what_) {
    case kind::eventually:
      return "eventually receives a frame whose " + text;
    case kind::in_order:
      return "receives in this order: " + text;
    case kind::times:
      return "receives exactly " + std::to_string(count_) + " frames whose " + text;
    case kind::never:
      return "never receives a frame whose " + text;
  }
  return text;
}

bool heard::holds(const ear& there, const entries& all) const {
  std::size_t next = 0;
  std::size_t count = 0;
  for (const auto& e : all) {
    if (!is_at(there, e)) continue;
    if (what_ == kind::in_order) {
      if (next < patterns_.size() && patterns_[next].matches(e.unit.frame)) ++next;
    } else if (patterns_.front().matches(e.unit.frame)) {
      ++count;
    }
  }
  return what_ == kind::in_order ? next == patterns_.size() : count >= count_;
}

bool heard::judge(const ear& there, std::string& explanation) const {
  stage& s = *there.on;
  if (*kept_ && (*kept_)->on == &s) {
    explanation = (*kept_)->text;
    kept_->reset();
    return false;
  }
  bool good = false;
  if (what_ != kind::never) {
    good = s.wait_for([&](const entries& all) { return holds(there, all); });
  }
  if (what_ == kind::never || what_ == kind::times) s.settle();
  const auto all = s.journal();
  std::size_t came = 0;
  std::size_t matching = 0;
  std::string wrong;
  for (const auto& e : all) {
    if (!is_at(there, e)) continue;
    ++came;
    if (what_ == kind::in_order || !patterns_.front().matches(e.unit.frame)) continue;
    ++matching;
    if (what_ == kind::never) wrong += "Came    : " + mockbroker::line_of(e) + '\n';
  }
  if (what_ == kind::never) good = matching == 0;
  if (what_ == kind::times) good = matching == count_;
  if (good) {
    explanation = std::to_string(came) + " frames came there";
    return true;
  }
  const std::string over = s.is_simulated() ? ", and nothing more can happen" : "";
  std::size_t step = 0;
  if (what_ == kind::in_order) {
    explanation = "of " + std::to_string(came) + " frames at " + there.name + over + ", " +
                  order_problem(patterns_, there, all, step);
  } else {
    explanation = std::to_string(matching) + " of " + std::to_string(came) + " frames at " +
                  there.name + " matched" + over + '\n' + wrong;
  }
  // Of an order that fits meanwhile nothing is missing.
  if (what_ != kind::never) {
    explanation += nearest(patterns_.at(std::min(step, patterns_.size() - 1)), there, all);
  }
  explanation += rest_of(s);
  kept_->emplace(verdict{&s, explanation});
  return false;
}

bool conforming::judge(const ear& there, std::string& explanation) const {
  stage& s = *there.on;
  std::string wrong;
  for (const auto& e : s.journal()) {
    const bool is_here = e.leg == there.leg && e.direction == there.direction &&
                         (!there.connection || *there.connection == e.connection);
    if (is_here && !e.breaches.empty()) wrong += "Broken  : " + mockbroker::line_of(e) + '\n';
  }
  if (wrong.empty()) return true;
  explanation = "rules were broken\n" + wrong + rest_of(s);
  return false;
}

std::string replay_command(const stage& s) {
  std::string text = "PUMPHOUSE_SEED=" + std::to_string(s.seed());
  const auto arguments = ::testing::internal::GetArgvs();
  if (!arguments.empty()) text += ' ' + arguments.front();
  if (const auto* test = ::testing::UnitTest::GetInstance()->current_test_info()) {
    text += std::string(" --gtest_filter=") + test->test_suite_name() + '.' + test->name();
  }
  return text;
}

}  // namespace harness
