#include "harness/cpp/matchers.hpp"

#include <boost/json.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "mockbroker/control/json_match.hpp"
#include "stomp/text.hpp"

namespace stomp {

void PrintTo(const frame& f, std::ostream* out) {
  *out << f.command;
  for (const header& h : f.headers) *out << ' ' << h.name << '=' << quote_peer_text(h.value, 80);
  if (!f.body.empty()) *out << " body(" << f.body.size() << ")=" << quote_peer_text(f.body, 200);
}

}  // namespace stomp

namespace harness {
namespace {

using ::testing::MatcherInterface;
using ::testing::MatchResultListener;

// One field of a frame: what it is called in explanations, and how to get it.
class field_matcher final : public MatcherInterface<const stomp::frame&> {
 public:
  enum class kind { command, header, body };
  field_matcher(kind what, std::string name, text_matcher expected)
      : what_(what), name_(std::move(name)), expected_(std::move(expected)) {}

  bool MatchAndExplain(const stomp::frame& f, MatchResultListener* listener) const override {
    const auto value = get(f);
    if (!value) {
      *listener << label() << " is absent";
      return false;
    }
    ::testing::StringMatchResultListener inner;
    const bool match = expected_.MatchAndExplain(*value, &inner);
    *listener << label() << (match ? " matches" : " is ")
              << (match ? "" : stomp::quote_peer_text(*value, 200));
    if (!inner.str().empty()) *listener << ", " << inner.str();
    return match;
  }

  void DescribeTo(std::ostream* out) const override {
    *out << label() << ' ';
    expected_.DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << label() << ' ';
    expected_.DescribeNegationTo(out);
  }

 private:
  std::string label() const {
    if (what_ == kind::header) return "header '" + name_ + "'";
    return what_ == kind::command ? "command" : "body";
  }
  std::optional<std::string> get(const stomp::frame& f) const {
    if (what_ == kind::command) return f.command;
    if (what_ == kind::body) return f.body;
    const auto value = f.get(name_);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }

  kind what_;
  std::string name_;
  text_matcher expected_;
};

// The body as JSON, at a path; empty: as a whole.
class json_matcher final : public MatcherInterface<const stomp::frame&> {
 public:
  json_matcher(std::string path, boost::json::value expected)
      : path_(std::move(path)), expected_(std::move(expected)) {}

  bool MatchAndExplain(const stomp::frame& f, MatchResultListener* listener) const override {
    const auto wrong = mockbroker::json_difference_at(f.body, path_, expected_);
    *listener << "body " << (wrong.empty() ? "matches" : wrong);
    return wrong.empty();
  }
  void DescribeTo(std::ostream* out) const override {
    *out << "body" << at() << " is the JSON " << boost::json::serialize(expected_);
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << "body" << at() << " is not the JSON " << boost::json::serialize(expected_);
  }

 private:
  std::string at() const { return path_.empty() ? "" : " at '" + path_ + "'"; }

  std::string path_;
  boost::json::value expected_;
};

frame_matcher field(field_matcher::kind what, std::string name, text_matcher expected) {
  return ::testing::MakeMatcher(new field_matcher(what, std::move(name), std::move(expected)));
}

}  // namespace

frame_matcher command(const text_matcher& expected) {
  return field(field_matcher::kind::command, {}, expected);
}
frame_matcher header(std::string name, const text_matcher& expected) {
  return field(field_matcher::kind::header, std::move(name), expected);
}
frame_matcher has_header(std::string name) {
  return header(std::move(name), ::testing::A<std::string>());
}
frame_matcher body(const text_matcher& expected) {
  return field(field_matcher::kind::body, {}, expected);
}
frame_matcher body_json(std::string_view expected) {
  boost::system::error_code error;
  auto value = boost::json::parse(expected, error);
  if (error) {
    throw std::invalid_argument("body_json: " + stomp::quote_peer_text(expected, 200) +
                                " is no JSON: " + error.message());
  }
  return body_json("", std::move(value));
}
frame_matcher body_json(std::string path, boost::json::value expected) {
  return ::testing::MakeMatcher(new json_matcher(std::move(path), std::move(expected)));
}
frame_matcher destination(const text_matcher& expected) { return header("destination", expected); }
frame_matcher receipt_id(const text_matcher& expected) { return header("receipt-id", expected); }
frame_matcher subscription(const text_matcher& expected) {
  return header("subscription", expected);
}
frame_matcher message_id(const text_matcher& expected) { return header("message-id", expected); }
frame_matcher content_type(const text_matcher& expected) {
  return header("content-type", expected);
}

frame_matcher receipt_for(const text_matcher& id) {
  return ::testing::AllOf(command(std::string("RECEIPT")), receipt_id(id));
}
frame_matcher message_with(const text_matcher& expected_body) {
  return ::testing::AllOf(command(std::string("MESSAGE")), body(expected_body));
}
frame_matcher error_saying(const text_matcher& expected_message) {
  return ::testing::AllOf(command(std::string("ERROR")), header("message", expected_message));
}

}  // namespace harness
