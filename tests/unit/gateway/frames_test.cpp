// What stands below <webSocket>: frames in, frames out, at every cut.
#include "gateway/app/frame_filter.hpp"
#include "tests/unit/gateway/support.hpp"
#include "ws/writer.hpp"

namespace gateway::test {
namespace {

using std::chrono::seconds;

constexpr ws::mask_key key{1, 2, 3, 4};

std::string frame(ws::opcode op, std::string_view payload, bool from_client, bool fin = true) {
  ws::write_options o{.fin = fin};
  if (from_client) o.mask = key;
  std::string out;
  ws::write_frame(out, op, payload, o);
  return out;
}
std::string text(std::string_view payload, bool from_client = true, bool fin = true) {
  return frame(ws::opcode::text, payload, from_client, fin);
}
std::string more(std::string_view payload, bool fin = true) {
  return frame(ws::opcode::continuation, payload, true, fin);
}

// The frames in `octets`, as "text:payload" or "text...:payload" when more follows.
std::vector<std::string> frames_in(std::string_view octets, ws::message_reader& reader) {
  std::vector<std::string> all;
  while (auto event = reader.next(octets)) {
    if (const auto* m = std::get_if<ws::message>(&*event)) {
      const char* name = m->op == ws::opcode::text     ? "text"
                         : m->op == ws::opcode::binary ? "binary"
                                                       : "more";
      all.push_back(std::string(name) + (m->fin ? ":" : "...:") + m->payload);
    } else if (const auto* c = std::get_if<ws::control>(&*event)) {
      all.push_back((c->op == ws::opcode::close ? "close:" : "control:") + c->payload);
    } else {
      all.push_back("broken: " + std::get<ws::read_failure>(*event).text);
    }
  }
  return all;
}

// One connection through the elements of a <webSocket>.
class frames {
 public:
  explicit frames(const std::string& children)
      : config_(must_load_flow("<webSocket url='http://a/'>" + children + "</webSocket>")) {
    if (!config_) return;
    exchange ex(make_request("GET", "/", {{"Upgrade", "websocket"}}), world_.connection,
                world_.all);
    config_->proxies[0]->elements.request_now(ex);
    filter_ = std::make_unique<frame_filter>(*ex.frames, world_.connection, world_.all);
  }
  std::vector<std::string> feed(std::string_view octets,
                                frame_way way = frame_way::client_to_server) {
    std::string out;
    const auto refusal = filter_->feed(way, octets, out);
    auto all = frames_in(out, way == frame_way::client_to_server ? at_server_ : at_client_);
    if (refusal)
      all.push_back("refused " + std::to_string(static_cast<int>(refusal->code)) + ": " +
                    refusal->reason);
    return all;
  }
  std::vector<std::string> from_server(std::string_view octets) {
    return feed(octets, frame_way::server_to_client);
  }
  std::vector<std::string>& log() { return world_.log.lines; }

 private:
  world world_;
  std::shared_ptr<const config> config_;
  std::unique_ptr<frame_filter> filter_;
  ws::message_reader at_server_{{.self = ws::role::server, .join = false}};
  ws::message_reader at_client_{{.self = ws::role::client, .join = false}};
};

using lines = std::vector<std::string>;
const std::string nul(1, '\0');

lines operator+(lines a, const lines& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// The same frames come out however the octets are cut.
void expect_at_every_cut(const std::string& children, const std::string& octets,
                         const lines& expected) {
  for (std::size_t i = 0; i <= octets.size(); ++i) {
    frames f(children);
    const lines first = f.feed(std::string_view(octets).substr(0, i));
    ASSERT_EQ(first + f.feed(std::string_view(octets).substr(i)), expected) << "cut at " << i;
  }
}

TEST(FrameAware, PassesFramesAsTheyCame) {
  expect_at_every_cut("<wsLog/>",
                      text("hello") + text("a", true, false) + frame(ws::opcode::ping, "p", true) +
                          more("b") + frame(ws::opcode::binary, "\x01\xff", true),
                      {"text:hello", "text...:a", "control:p", "more:b", "binary:\x01\xff"});
}

struct broken_row {
  std::string octets;
  std::string refusal;
};
class FrameAwareRefuses : public testing::TestWithParam<broken_row> {};

TEST_P(FrameAwareRefuses, WhatIsNotRfc6455) {
  frames f("<wsLog/>");
  EXPECT_EQ(f.feed(text("good") + GetParam().octets), (lines{"text:good", GetParam().refusal}));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FrameAwareRefuses,
    testing::Values(
        broken_row{text("x", false), "refused 1002: frame from the client is not masked"},
        broken_row{more("x"), "refused 1002: continuation without a message"},
        broken_row{text("\xff"), "refused 1007: text message is not UTF-8"},
        broken_row{frame(ws::opcode::close, "x", true), "refused 1002: malformed Close frame"},
        broken_row{std::string("\xc1\x80\x01\x02\x03\x04", 6),
                   "refused 1002: RSV bit without an agreed extension"},
        broken_row{std::string("\x82\xff\0\0\0\0\0\x10\0\x01\x01\x02\x03\x04", 14),
                   "refused 1009: frame is above 1048576 octets"}));

TEST(FrameAware, RefusesAMessageInsideAnother) {
  frames f("<wsLog/>");
  EXPECT_EQ(f.feed(text("a", true, false) + text("b")),
            (lines{"text...:a", "refused 1002: new message inside a fragmented one"}));
}

TEST(FrameAware, AMessageMayBeLargerThanItsFrames) {
  frames f("<wsLog/>");
  const std::string part(900'000, 'x');
  EXPECT_EQ(f.feed(text(part, true, false)).size(), 1u);
  EXPECT_EQ(f.feed(more(part, false)).size(), 1u);
  EXPECT_EQ(f.feed(more(part)).size(), 1u);
}

TEST(WsLog, PrintsTwoLinesForAFrame) {
  frames f("<wsLog/>");
  f.feed(text("hello"));
  f.from_server(frame(ws::opcode::close,
                      "\x03\xe8"
                      "bye",
                      false));
  EXPECT_EQ(f.log(), (lines{"#7 WebSocket frame from client to server",
                            "#7 fin=1 opcode=1 (text) mask=1 length=5 payload: hello",
                            "#7 WebSocket frame from server to client",
                            "#7 fin=1 opcode=8 (close) mask=0 length=5 code=1000 bye"}));
}

TEST(WsLog, PrintsOctetsInHex) {
  frames f("<wsLog encoding='hex'/>");
  f.feed(frame(ws::opcode::binary, std::string_view("\x00\xff\x10", 3), true));
  EXPECT_EQ(f.log().back(), "#7 fin=1 opcode=2 (binary) mask=1 length=3 payload: 00 ff 10");
}

TEST(WsLog, CutsLongPayloads) {
  frames f("<wsLog/>");
  f.feed(text(std::string(100'000, 'x')));
  EXPECT_LT(f.log().back().size(), 3000u);
  frames hex("<wsLog encoding='HEX'/>");
  hex.feed(text(std::string(100'000, 'x')));
  EXPECT_LT(hex.log().back().size(), 3000u);
}

// No cut of messages, frames and octets lets the passcode through.
TEST(WsLog, MasksPasscodesAlsoAcrossSplits) {
  const std::string connect = "CONNECT\nlogin:me\npasscode:geheim\nhost:h\n\n" + nul;
  for (const std::string encoding : {"RAW", "HEX"}) {
    for (std::size_t i = 1; i < connect.size(); ++i) {
      frames f("<wsLog encoding='" + encoding + "'/>");
      f.feed(text(connect.substr(0, i)) + frame(ws::opcode::ping, "now", true) +
             text(connect.substr(i)));
      std::string all;
      for (const std::string& line : f.log()) {
        const auto payload = line.find("payload: ");
        if (payload != line.npos && line.find("ping") == line.npos) all += line.substr(payload + 9);
      }
      EXPECT_EQ(all.find(encoding == "RAW" ? "geheim" : "67 65 68 65 69 6d"), all.npos) << i;
      EXPECT_EQ(all.find(encoding == "RAW" ? "ehei" : "65 68 65 69"), all.npos) << i;
      if (encoding == "RAW") {
        EXPECT_NE(all.find("****"), all.npos) << i;
        EXPECT_NE(all.find("host:h"), all.npos) << i << all;
      }
    }
  }
}

constexpr std::string_view prefix_script =
    "<wsStompReassembler><groovy>\n"
    "  def method = exc.getRequest().getMethod();\n"
    "  def header = exc.getRequest().getHeader();\n"
    "  def body = exc.getRequest().getBodyAsStringDecoded();\n"
    "  if(exc.getRequest().getMethod() == \"SEND\")\n"
    "    body = \"[MEMBRANE]: \" + exc.getRequest().getBodyAsStringDecoded();\n"
    "  exc.setRequest(new Request.Builder().method(method).header(header).body(body).build());\n"
    "</groovy></wsStompReassembler>";

TEST(WsStompReassembler, LetsAScriptPrefixTheBodyOfASend) {
  const std::string send = "SEND\ndestination:/queue/a\n\nHello" + nul;
  const std::string changed = "SEND\ndestination:/queue/a\n\n[MEMBRANE]: Hello" + nul;
  expect_at_every_cut(std::string(prefix_script), text(send), {"text:" + changed});
  // The same frame over two messages, cut anywhere.
  for (std::size_t i = 1; i < send.size(); ++i) {
    frames f{std::string(prefix_script)};
    EXPECT_EQ(f.feed(text(send.substr(0, i)) + text(send.substr(i))), lines{"text:" + changed})
        << i;
  }
  // And over two fragments of one message.
  frames f{std::string(prefix_script)};
  EXPECT_EQ(f.feed(text(send.substr(0, 9), true, false) + more(send.substr(9))),
            lines{"text:" + changed});
}

struct stomp_row {
  std::string in;  // one message from the client
  lines out;
};
class ReassemblerWithoutChanges : public testing::TestWithParam<stomp_row> {};

TEST_P(ReassemblerWithoutChanges, WritesEachFrameInAMessageOfItsOwn) {
  frames f("<wsStompReassembler><log message='${method} ${uri}'/></wsStompReassembler>");
  EXPECT_EQ(f.feed(text(GetParam().in)), GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ReassemblerWithoutChanges,
    testing::Values(stomp_row{"SEND\na:b\n\none" + nul + "SEND\nc:d\n\ntwo" + nul,
                              {"text:SEND\na:b\n\none" + nul, "text:SEND\nc:d\n\ntwo" + nul}},
                    stomp_row{"\n", {"text:\n"}}, stomp_row{"\r\n", {"text:\n"}},
                    stomp_row{"SEND\na:b\n\none" + nul + "\n",
                              {"text:SEND\na:b\n\none" + nul, "text:\n"}},
                    stomp_row{"SEND\ncontent-length:3\n\na" + nul + "b" + nul,
                              {"text:SEND\ncontent-length:3\n\na" + nul + "b" + nul}},
                    stomp_row{"SEND\na:1\na:2\n\n" + nul, {"text:SEND\na:1\n\n" + nul}},
                    stomp_row{"SEND\r\na:b\r\n\r\nx" + nul, {"text:SEND\na:b\n\nx" + nul}}));

TEST(WsStompReassembler, KeepsAContentLengthTrue) {
  frames f{std::string(prefix_script)};
  EXPECT_EQ(f.feed(text("SEND\ncontent-length:5\n\nHello" + nul)),
            lines{"text:SEND\ncontent-length:17\n\n[MEMBRANE]: Hello" + nul});
}

TEST(WsStompReassembler, RunsRequestHandlersInBothDirections) {
  frames f("<wsStompReassembler><setHeader name='seen' value='${method}'/></wsStompReassembler>");
  EXPECT_EQ(f.feed(text("SEND\n\n" + nul)), lines{"text:SEND\nseen:SEND\n\n" + nul});
  EXPECT_EQ(f.from_server(text("RECEIPT\n\n" + nul, false)),
            lines{"text:RECEIPT\nseen:RECEIPT\n\n" + nul});
}

TEST(WsStompReassembler, KeepsTheStateOfEachDirectionApart) {
  frames f("<wsStompReassembler/>");
  EXPECT_EQ(f.feed(text("SEND\na:b\n\nhal")), lines{});
  EXPECT_EQ(f.from_server(text("MESSAGE\n\nwhole" + nul, false)),
            lines{"text:MESSAGE\n\nwhole" + nul});
  EXPECT_EQ(f.feed(text("f" + nul)), lines{"text:SEND\na:b\n\nhalf" + nul});
}

TEST(WsStompReassembler, UnescapesByTheVersionThatWasAgreed) {
  frames f("<wsStompReassembler><setHeader name='copy' value='${header.a}'/></wsStompReassembler>");
  f.feed(text("CONNECT\naccept-version:1.2\nhost:h\n\n" + nul));
  f.from_server(text("CONNECTED\nversion:1.2\n\n" + nul, false));
  EXPECT_EQ(f.feed(text("SEND\na:x\\cy\n\n" + nul)),
            lines{"text:SEND\na:x\\cy\ncopy:x\\cy\n\n" + nul});
}

TEST(WsStompReassembler, DropsWhatTheFlowDoesNotLetThrough) {
  frames f(
      "<wsStompReassembler><if test=\"uri == '/queue/secret'\"><groovy>ABORT</groovy></if>"
      "</wsStompReassembler>");
  EXPECT_EQ(f.feed(text("SEND\ndestination:/queue/secret\n\nx" + nul +
                        "SEND\ndestination:/queue/open\n\ny" + nul)),
            lines{"text:SEND\ndestination:/queue/open\n\ny" + nul});
}

TEST(WsStompReassembler, WritesABodyThatIsNoTextAsBinary) {
  frames f("<wsStompReassembler/>");
  const std::string send = "SEND\n\n\xff" + nul;
  EXPECT_EQ(f.feed(frame(ws::opcode::binary, send, true)), lines{"binary:" + send});
}

TEST(WsStompReassembler, LeavesControlFramesAlone) {
  frames f("<wsStompReassembler/>");
  EXPECT_EQ(f.feed(text("SEND\n\nha") + frame(ws::opcode::ping, "p", true) + text("lf" + nul) +
                   frame(ws::opcode::close, "", true)),
            (lines{"control:p", "text:SEND\n\nhalf" + nul, "close:"}));
}

TEST(WsStompReassembler, RefusesWhatIsNotStomp) {
  frames f("<wsStompReassembler/>");
  const lines out = f.feed(text("SEND\ncontent-length:x\n\n" + nul + "SEND\n\nx" + nul));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].starts_with("refused 1002: not STOMP: ")) << out[0];
}

struct disguised_row {
  std::string frame;
  std::string refusal;
};
class ReassemblerRefuses : public testing::TestWithParam<disguised_row> {};

// What a broker may take for something that no element saw.
TEST_P(ReassemblerRefuses, FramesInDisguise) {
  frames f("<wsStompReassembler/>");
  EXPECT_EQ(f.feed(text(GetParam().frame + nul)), lines{GetParam().refusal});
}

INSTANTIATE_TEST_SUITE_P(Rows, ReassemblerRefuses,
                         testing::Values(disguised_row{"SUB\nid:1\ndestination:/queue/a\n\n",
                                                       "refused 1002: not STOMP: SUB"},
                                         disguised_row{"send\n\n", "refused 1002: not STOMP: send"},
                                         disguised_row{"SEND\ndestination :/queue/a\n\n",
                                                       "refused 1002: not STOMP: SEND"}));

TEST(WsStompReassembler, ShowsElementsTheDestinationThatBrokersTake) {
  frames f(
      "<wsStompReassembler><setHeader name='seen' value='${uri} ${header.destination}'/>"
      "</wsStompReassembler>");
  EXPECT_EQ(f.feed(text("SEND\ndestination:/\ndestination:x\n\n" + nul)),
            lines{"text:SEND\ndestination:/\nseen:/ /\n\n" + nul});
}

TEST(WsStompReassembler, RefusesThousandsOfFramesInOne) {
  frames f("<wsStompReassembler/>");
  std::string many;
  for (int i = 0; i < 1100; ++i) many += "SEND\n\n" + nul;
  EXPECT_EQ(f.feed(text(many)).back(),
            "refused 1008: more than 1000 STOMP frames in one WebSocket frame");
}

TEST(WsStompReassembler, DropsWhatIsAnsweredInsteadOfPassedOn) {
  for (const std::string answer : {"<groovy>RETURN</groovy>", "<return status='503'/>"}) {
    frames f("<wsStompReassembler>" + answer + "</wsStompReassembler>");
    EXPECT_EQ(f.feed(text("SEND\n\nx" + nul)), lines{}) << answer;
  }
}

TEST(WsStompReassembler, AContentEncodingOfStompHidesNoBody) {
  frames f{std::string(prefix_script)};
  EXPECT_EQ(f.feed(text("SEND\ncontent-encoding:utf-8\n\nHello" + nul)),
            lines{"text:SEND\ncontent-encoding:utf-8\n\n[MEMBRANE]: Hello" + nul});
}

TEST(WsLog, MasksALineThatBeginsWithItsMessage) {
  frames f("<wsLog/>");
  f.feed(text("hi") + text("passcode:geheim\n") + text("token:abc\nlogin:me\nx:y\n"));
  std::string all;
  for (const std::string& line : f.log()) all += line;
  for (const std::string secret : {"geheim", "abc", ":me"})
    EXPECT_EQ(all.find(secret), all.npos) << all;
  EXPECT_NE(all.find("x:y"), all.npos) << all;
}

TEST(WsStompReassembler, RefusesAFrameThatHasNoEnd) {
  frames f("<wsStompReassembler/>");
  const std::string part(900'000, 'x');
  EXPECT_EQ(f.feed(text("SEND\n\n" + part)), lines{});
  const lines out = f.feed(text(part));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_TRUE(out[0].starts_with("refused 1009: not STOMP: ")) << out[0];
}

TEST(WsStompReassembler, EndsTheConnectionWhenAnElementFails) {
  frames f("<wsStompReassembler><groovy>def x = 1 / 0</groovy></wsStompReassembler>");
  EXPECT_EQ(f.feed(text("SEND\n\nx" + nul)), lines{"refused 1011: an element failed"});
  EXPECT_NE(f.log().back().find("division by zero"), std::string::npos);
}

// Some read a CR as the end of a line: a value with one is not written.
TEST(WsStompReassembler, EndsTheConnectionWhenAFrameCannotBeWritten) {
  frames f("<wsStompReassembler/>");
  EXPECT_EQ(f.feed(text("SEND\na:b\rc:d\n\nx" + nul)), lines{"refused 1011: an element failed"});
  ASSERT_FALSE(f.log().empty());
  EXPECT_NE(f.log().back().find("a SEND frame cannot be written"), std::string::npos)
      << f.log().back();
}

TEST(WebSocketChildren, RunFirstToLastTowardsTheServerAndBackwardsTowardsTheClient) {
  const std::string both =
      "<wsStompReassembler><setHeader name='a' value='1'/></wsStompReassembler><wsLog/>";
  frames f(both);
  f.feed(text("SEND\n\n" + nul));
  EXPECT_NE(f.log().back().find("a:1"), std::string::npos);
  f.from_server(text("RECEIPT\n\n" + nul, false));
  EXPECT_EQ(f.log().back().find("a:1"), std::string::npos);
}

TEST(WebSocketChildren, ErrorsNameWhatCannotStandThere) {
  const auto loaded = load_proxies(
      "<serviceProxy port='80'><webSocket><wsStompReassembler>\n<if test='true'><webServer "
      "docBase='.'/></if>\n</wsStompReassembler>\n<wsLog encoding='base64'/>\n<log/>\n"
      "<wsInterceptor refid='x'/>\n</webSocket></serviceProxy>");
  lines starts;
  for (const std::string& e : loaded.errors) starts.push_back(e.substr(0, e.find('\n')));
  EXPECT_EQ(
      starts,
      (lines{
          "proxies.xml:3:17: <webServer>: cannot stand in <wsStompReassembler>: it does not work "
          "on STOMP frames",
          "proxies.xml:5:18: <wsLog>: attribute 'encoding' must be 'RAW' or 'HEX', not "
          "'base64'",
          "proxies.xml:6:1: <log>: is not allowed here; it belongs in <serviceProxy>",
          "proxies.xml:7:1: <wsInterceptor>: exists in Membrane but is not supported "
          "here; <wsLog> prints frames, <wsStompReassembler> with <groovy> changes them"}));
  const auto inner = load_proxies(
      "<serviceProxy port='80'><webSocket><wsStompReassembler>\n<if test='true'><webServer "
      "docBase='.'/></if>\n</wsStompReassembler></webSocket></serviceProxy>");
  ASSERT_EQ(inner.errors.size(), 1u);
  EXPECT_TRUE(
      inner.errors[0].starts_with("proxies.xml:3:17: <webServer>: cannot stand in "
                                  "<wsStompReassembler>: it does not work on STOMP frames"))
      << inner.errors[0];
}

}  // namespace
}  // namespace gateway::test
