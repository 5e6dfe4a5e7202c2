// A recording is a ladder: it parses, it says what passed, and it plays green again.
#include <gmock/gmock.h>

#include "harness/cpp/stage.hpp"
#include "harness/ladder/parser.hpp"
#include "harness/ladder/runner.hpp"
#include "mockbroker/faults/recording.hpp"

namespace harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The recording of `story`, made at its end, of what passed behind the first `lost` entries.
std::string recording(const std::function<void(stage&)>& story, const std::string& profile,
                      const std::size_t& lost = 0) {
  stage_options options;
  options.profile = profile;
  stage s(make_simulated_world({}), options);
  story(s);
  s.settle();
  const auto all = s.journal();
  s.finish();
  return mockbroker::recording_of({all.begin() + std::ptrdiff_t(lost), all.end()}, "client-broker",
                                  "recorded", profile);
}

// Plays it against a new broker of the profile; the report of what did not hold.
std::string play(const std::string& text, const std::string& profile) {
  const auto parsed = ladder::parse(text, "recorded.ladder");
  if (!parsed.errors.empty()) return ladder::to_string(parsed.errors.front()) + "\n" + text;
  stage_options options;
  options.profile = profile;
  stage s(make_simulated_world({}), options);
  s.url();
  ladder::run_options how;
  how.broker.ws = {"localhost", 61614};
  how.broker.tcp = {"localhost", 61613};
  std::string report;
  for (const auto& row : parsed.rows) {
    const auto outcome = s.where().ask<ladder::outcome>(
        [&] {
          return ladder::run_row(s.where().runtime(), row, ladder::variants_of(row).front(), how,
                                 1);
        },
        std::chrono::minutes(5));
    if (!outcome) return "it did not end\n" + text;
    report += outcome->report;
  }
  s.finish();
  return report.empty() ? report : report + "\n" + text;
}

void conversation(stage& s) {
  auto& one = s.connect();
  auto held = one.subscribe("/queue/a", {.ack = stomp::ack_mode::client_individual});
  auto& two = s.connect({.url = s.tcp_url()});
  two.send("/queue/a", "tricky \"$body\" # \\ \n end", {{"my-header", "a:b"}});
  one.ack(held.next());
  two.disconnect();
}

TEST(Recording, PlaysGreenAgainInBothProfiles) {
  for (const char* profile : {"activemq", "strict"}) {
    EXPECT_EQ(play(recording(conversation, profile), profile), "") << profile;
  }
}

TEST(Recording, FailsWhereTheBrokerIsAnother) {
  const auto unknown = [](stage& s) {
    auto& c = s.connect();
    c.write_raw(std::string("JUMP\n\n") + '\0');
    c.error();
  };
  const auto text = recording(unknown, "activemq");
  EXPECT_EQ(play(text, "activemq"), "");
  EXPECT_THAT(play(text, "strict"), HasSubstr("expected < ERROR"));
}

TEST(Recording, TellsWhereTheClientTookItsTime) {
  const auto text = recording(
      [](stage& s) {
        auto& c = s.connect();
        c.send("/queue/a", "at once");
        s.advance(std::chrono::milliseconds(1230));
        c.send("/queue/a", "later");
        s.advance(std::chrono::seconds(2));
        s.connect().send("/queue/a", "by another");
      },
      "activemq");
  EXPECT_THAT(text, HasSubstr("  pace 1200ms\n  > SEND destination=/queue/a"));
  EXPECT_THAT(text, HasSubstr("  pace 2s\n  conn 2 "));
  std::size_t paces = 0;
  for (auto at = text.find("pace "); at != text.npos; at = text.find("pace ", at + 1)) ++paces;
  EXPECT_EQ(paces, 2u) << text;
  EXPECT_EQ(play(text, "activemq"), "");
}

TEST(Recording, TellsAnEndWithoutACloseAsTheClients) {
  using mockbroker::journal_entry;
  using mockbroker::way;
  using mockbroker::wire_unit;
  std::deque<journal_entry> all;
  const auto add = [&all](journal_entry::event what, way direction, wire_unit unit) {
    journal_entry e;
    e.leg = "client-broker";
    e.connection = 1;
    e.what = what;
    e.direction = direction;
    e.unit = std::move(unit);
    all.push_back(std::move(e));
  };
  wire_unit hello;
  hello.what = wire_unit::kind::frame;
  hello.frame = stomp::make_frame("CONNECT", {{"host", "h"}}, "");
  wire_unit close;
  close.what = wire_unit::kind::close;
  close.code = 1000;
  for (const auto ender : {way::to_broker, way::to_client}) {
    all.clear();
    add(journal_entry::event::opened, way::to_broker, {});
    add(journal_entry::event::unit, way::to_broker, hello);
    add(journal_entry::event::unit, way::to_client, close);
    add(journal_entry::event::closed, ender, {});
    const auto text = mockbroker::recording_of(all, "client-broker", "x", "activemq");
    const std::string last = ender == way::to_broker ? "> end" : "expect close 1000";
    EXPECT_THAT(text, ::testing::EndsWith("  > CONNECT host=h\n  " + last + "\n"));
  }
}

TEST(Recording, LeavesOutWhatBeganBeforeTheJournal) {
  std::size_t lost = 0;
  const auto text = recording(
      [&lost](stage& s) {
        auto& old = s.connect();
        s.settle();
        lost = s.journal().size();
        old.send("/queue/a", "of the old one");
        s.connect().send("/queue/a", "of the new one");
      },
      "activemq", lost);
  EXPECT_THAT(
      text,
      HasSubstr(
          "  # left out, because the journal begins behind their beginning: connections 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("of the old one")));
  EXPECT_THAT(text, HasSubstr("  on ws\n  conn 2 ws path=/ subprotocol="));
  EXPECT_EQ(play(text, "activemq"), "");
}

TEST(Recording, MasksSecretsInOctetsToo) {
  const auto text = recording(
      [](stage& s) {
        auto& c = s.connect();
        c.write_raw(std::string("SEND\ndestination:/queue/a\npasscode:hunter2\nodd.name:x\n\nhi") +
                    '\0');
        s.settle();
      },
      "activemq");
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("passcode:***\\x0aodd.name:x"));
}

TEST(Recording, MasksSecretsAndNamesIds) {
  const auto text = recording(
      [](stage& s) {
        connect_options how;
        how.client.stomp.login = "me";
        how.client.stomp.passcode = "hunter2";
        auto& c = s.connect(how);
        auto in = c.subscribe("/queue/a", {.ack = stomp::ack_mode::client});
        s.publish("/queue/a", "x");
        c.ack(in.next());
      },
      "activemq");
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("passcode=\"***\""));
  EXPECT_THAT(text, HasSubstr("ack=$id"));
  EXPECT_THAT(text, HasSubstr("> ACK id=$id"));
}

}  // namespace
}  // namespace harness
