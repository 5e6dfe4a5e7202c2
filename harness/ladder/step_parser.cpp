#include "harness/ladder/step_parser.hpp"

#include <algorithm>
#include <charconv>

#include "stomp/text.hpp"

namespace harness::ladder {

namespace {

const names verbs{"conn",  ">",     "<",    "expect", "never", "any-order", "repeat",
                  "until", "await", "mark", "wait",   "pace",  "at",        "}"};
const names octet_verbs{"raw", "get", "ws", "beat", "close", "end", "drop"};
const names ws_verbs{"text", "binary", "fragments", "unmasked", "ping", "pong", "close"};

bool is_lower(const word& w) {
  return !w.quoted && !w.text.empty() && w.text[0] >= 'a' && w.text[0] <= 'z';
}

}  // namespace

std::vector<word> step_parser::words(std::string_view line) {
  std::optional<syntax_error> error;
  auto all = split_words(line, error);
  if (error) throw step_error{line_, error->column, error->text};
  return all;
}

void step_parser::fail(const word& at, std::string text) const {
  throw step_error{line_, at.column, std::move(text)};
}

void step_parser::unknown(const word& found, const names& known, std::string_view what) const {
  fail(found, "expected " + std::string(what) + ", found '" + found.text + "'" +
                  stomp::suggestion(found.text, known));
}

void step_parser::one_of(const word& w, const names& known, std::string_view what) const {
  if (w.quoted || std::find(known.begin(), known.end(), w.text) == known.end()) {
    unknown(w, known, what);
  }
}

const word& step_parser::need(const span& words, std::size_t at, std::string_view what) const {
  if (at < words.size()) return words[at];
  const word& last = words.back();
  throw step_error{line_, last.column + unsigned(last.text.size()),
                   "expected " + std::string(what) + " at the end of the line"};
}

net::duration step_parser::duration_at(const span& words, std::size_t at) const {
  const word& w = need(words, at, "a time as 250ms, 3s or 2m");
  std::string_view text = w.text;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto d = parse_duration(text);
  if (!d) fail(w, "expected a time as 250ms, 3s or 2m, found '" + w.text + "'");
  return *d;
}

void step_parser::add(std::string_view source, const std::vector<word>& words,
                      std::vector<step>& steps) {
  auto& target = blocks_.empty() ? steps : blocks_.back().made.inner;
  if (words[0].is("}")) {
    if (blocks_.empty()) fail(words[0], "expected a step, found '}' without a block");
    if (words.size() > 1) fail(words[1], "expected the end of the line behind '}'");
    step done = std::move(blocks_.back().made);
    blocks_.pop_back();
    (blocks_.empty() ? steps : blocks_.back().made.inner).push_back(std::move(done));
    return;
  }
  step made = parse_step(words, 0);
  made.line = line_;
  made.column = words[0].column;
  const auto first = source.find_first_not_of(" \t");
  made.source = std::string(source.substr(first));
  if (words.back().is("{")) {
    blocks_.push_back({std::move(made), line_, words[0].column});
    return;
  }
  if (!blocks_.empty() && blocks_.back().made.what == step::kind::any_order &&
      made.what != step::kind::expect) {
    fail(words[0], "expected '< ...' in any-order, found '" + words[0].text + "'");
  }
  target.push_back(std::move(made));
}

void step_parser::check_blocks_closed() {
  if (blocks_.empty()) return;
  throw step_error{blocks_.back().line, blocks_.back().column,
                   "expected '}' at the end of the block that begins here"};
}

step step_parser::parse_step(const span& words, std::size_t from) {
  step made;
  made.line = line_;
  const word& verb = words[from];
  if (verb.is("conn")) {
    made.what = step::kind::open;
    made.open = parse_open(words, from + 1);
  } else if (verb.is(">")) {
    made.what = step::kind::send;
    made.send = parse_send(words, from + 1);
  } else if (verb.is("<")) {
    made.what = step::kind::expect;
    made.expect = parse_expect(words, from + 1);
  } else if (verb.is("expect")) {
    const word& what = need(words, from + 1, "close or open");
    one_of(what, {"close", "open"}, "close or open");
    made.what = what.is("open") ? step::kind::alive : step::kind::expect;
    if (what.is("close")) made.expect = parse_close(words, from + 2);
  } else if (verb.is("until") || verb.is("await")) {
    made = parse_step(words, from + 1);
    if (made.what != step::kind::expect || made.expect.until || made.expect.await)
      fail(verb, "expected '" + verb.text + " < ...' or '" + verb.text + " expect close'");
    (verb.is("until") ? made.expect.until : made.expect.await) = true;
  } else if (verb.is("never")) {
    made.what = step::kind::never;
    one_of(need(words, from + 1, "'<'"), {"<"}, "'<' behind never");
    made.never.what = parse_expect(words, from + 2);
    made.never.quiet = std::exchange(made.never.what.within, std::nullopt);
  } else if (verb.is("any-order")) {
    made.what = step::kind::any_order;
    one_of(need(words, from + 1, "'{'"), {"{"}, "'{'");
  } else if (verb.is("repeat")) {
    made = parse_repeat(words, from);
  } else if (verb.is("mark")) {
    made.what = step::kind::mark;
  } else if (verb.is("wait") || verb.is("pace")) {
    made.what = verb.is("wait") ? step::kind::wait : step::kind::pace;
    made.pause = duration_at(words, from + 1);
  } else if (verb.is("at")) {
    made = parse_at(words, from);
  } else {
    unknown(verb, verbs, "a step");
  }
  return made;
}

step step_parser::parse_repeat(const span& words, std::size_t from) {
  const word& verb = words[from];
  step made;
  made.line = line_;
  made.what = step::kind::repeat;
  const word& times = need(words, from + 1, "how often");
  const auto [end, bad] =
      std::from_chars(times.text.data(), times.text.data() + times.text.size(), made.times);
  if (bad != std::errc{} || end != times.text.data() + times.text.size() ||
      made.times > most_repeats) {
    fail(times, "expected how often, a number up to 100000, found '" + times.text + "'");
  }
  if (!need(words, from + 2, "'{' or a step").is("{")) {
    made.inner.push_back(parse_step(words, from + 2));
    made.inner.back().column = words[from + 2].column;
    made.inner.back().source = verb.text + " " + times.text + ": " + words[from + 2].text;
  }
  return made;
}

step step_parser::parse_at(const span& words, std::size_t from) {
  const word& verb = words[from];
  step made;
  const word& when = need(words, from + 1, "a time or two, as 900ms..1600ms");
  const auto dots = when.text.find("..");
  if (dots == std::string::npos) {
    const auto at = duration_at(words, from + 1);
    made = parse_step(words, from + 2 < words.size() ? from + 2 : from + 9);
    if (made.what != step::kind::send)
      fail(verb, "expected 'at +TIME > ...' or 'at FROM..TO < ...'");
    made.send.at = at;
  } else {
    const auto low = parse_duration(std::string_view(when.text).substr(0, dots));
    const auto high = parse_duration(std::string_view(when.text).substr(dots + 2));
    if (!low || !high) fail(when, "expected two times as 900ms..1600ms, found '" + when.text + "'");
    need(words, from + 2, "'<' or expect");
    made = parse_step(words, from + 2);
    if (made.what != step::kind::expect)
      fail(verb, "expected 'at +TIME > ...' or 'at FROM..TO < ...'");
    made.expect.at = {*low, *high};
  }
  return made;
}

open_connection step_parser::parse_open(const span& words, std::size_t from) {
  open_connection out;
  const word& number = need(words, from, "the number of the connection");
  const auto [end, bad] =
      std::from_chars(number.text.data(), number.text.data() + number.text.size(), out.number);
  if (bad != std::errc{} || end != number.text.data() + number.text.size() || out.number == 0 ||
      out.number > most_connections) {
    fail(number, "expected the number of the connection, 1 to 1000, found '" + number.text + "'");
  }
  for (std::size_t i = from + 1; i < words.size(); ++i) {
    const word& w = words[i];
    if (w.has_name()) {
      out.options.push_back({w.name, w.content});
      continue;
    }
    one_of(w, {"tcp", "ws", "http", "console", "connected"}, "an option of the connection");
    if (w.is("tcp")) out.using_ = transport::tcp;
    if (w.is("ws")) out.using_ = transport::ws;
    if (w.is("http") || w.is("console")) out.http = true;
    if (w.is("console")) out.console = true;
    if (w.is("connected")) {
      one_of(need(words, ++i, "a version"), {"1.0", "1.1", "1.2"}, "a version");
      out.connected = words[i].text;
    }
  }
  return out;
}

send_step step_parser::parse_send(const span& words, std::size_t from) {
  send_step out;
  need(words, from, "a command, !malformation, raw, get, ws, beat, close, end or drop");
  if (!words[from].quoted && words[from].text.starts_with('!')) {
    out.malformation = parse_malformation(words[from++]);
    const word& command = need(words, from, "a command");
    if (is_lower(command) || command.has_name()) {
      fail(command, "expected a command, found '" + command.text + "'");
    }
  }
  const word& first = words[from];
  if (is_lower(first) && !first.has_name()) {
    one_of(first, octet_verbs, "a command or one of raw, get, ws, beat, close, end, drop");
    parse_octets(out, words, from);
    return out;
  }
  out.command = first.content;
  for (std::size_t i = from + 1; i < words.size(); ++i) {
    const word& w = words[i];
    if (!w.has_name()) fail(w, "expected header=value, found '" + w.text + "'");
    if (w.regex) fail(w, "expected '=', found '=~' in a frame that is sent");
    if (w.name == "body") {
      out.body = w.content;
      if (i + 1 < words.size()) fail(words[i + 1], "expected the end of the line behind body=");
    } else {
      out.headers.push_back({w.name, w.content});
    }
  }
  return out;
}

const mockbroker::malformation* step_parser::parse_malformation(const word& w) const {
  const std::string_view name = std::string_view(w.text).substr(1);
  const auto* found = mockbroker::find_malformation(name);
  if (!found) {
    fail(w, "expected the name of a malformation, found '" + std::string(name) + "'" +
                mockbroker::suggest_malformation(name));
  }
  return found;
}

void step_parser::parse_octets(send_step& into, const span& words, std::size_t from) {
  using kind = send_step::kind;
  std::size_t at = from + 1;
  std::string verb = words[from].text;
  if (verb == "ws") {
    const word& what =
        need(words, at++, "one of text, binary, fragments, unmasked, ping, pong, close");
    one_of(what, ws_verbs, "one of text, binary, fragments, unmasked, ping, pong, close");
    verb = what.text;
  }
  into.what = verb == "raw"         ? kind::raw
              : verb == "get"       ? kind::get
              : verb == "text"      ? kind::text
              : verb == "binary"    ? kind::binary
              : verb == "fragments" ? kind::fragments
              : verb == "unmasked"  ? kind::unmasked
              : verb == "ping"      ? kind::ping
              : verb == "pong"      ? kind::pong
              : verb == "close"     ? kind::close
              : verb == "beat"      ? kind::beat
              : verb == "end"       ? kind::end
                                    : kind::drop;
  for (; at < words.size(); ++at) {
    const word& w = words[at];
    into.pieces.push_back(w.content);
    for (const auto& s : w.content.segments) into.body.segments.push_back(s);
  }
  const bool needs = into.what == kind::raw || into.what == kind::get || into.what == kind::text ||
                     into.what == kind::binary || into.what == kind::fragments ||
                     into.what == kind::unmasked;
  if (needs && into.pieces.empty()) need(words, at, "\"octets\"");
}

pattern step_parser::parse_pattern(const word& w) {
  pattern p;
  if (!w.has_name()) {
    p.what = pattern::kind::absent;
    p.name = w.text.substr(1);
    return p;
  }
  p.name = w.name;
  p.text = w.content;
  const bool star = !w.quoted && w.text == w.name + "=*";
  p.what = w.regex ? pattern::kind::regex : star ? pattern::kind::any : pattern::kind::equal;
  return p;
}

bool step_parser::parse_modifier(expect_step& into, const span& words, std::size_t& at) {
  const word& w = words[at];
  if (w.has_name() || w.quoted) return false;
  if (w.is("within") || w.is("for")) {
    into.within = duration_at(words, ++at);
  } else if (w.is("only")) {
    into.only = true;
  } else if (w.is("in-order")) {
    into.in_order = true;
  } else if (w.is("on-wire")) {
    into.on_wire = true;
  } else {
    return false;
  }
  return true;
}

expect_step step_parser::parse_expect(const span& words, std::size_t from) {
  expect_step out;
  const word& first = need(words, from, "a command, beat, pong or head");
  if (is_lower(first)) {
    one_of(first, {"beat", "pong", "head"}, "a command or one of beat, pong, head");
    out.what = first.is("beat")   ? expect_step::kind::beat
               : first.is("pong") ? expect_step::kind::pong
                                  : expect_step::kind::head;
    if (first.is("head")) out.command = need(words, ++from, "a status").text;
  } else {
    out.command = first.text;
  }
  for (std::size_t i = from + 1; i < words.size(); ++i) {
    const word& w = words[i];
    if (parse_modifier(out, words, i)) continue;
    if (!w.has_name() && !w.text.starts_with('!')) {
      unknown(w, {"within", "for", "only", "in-order", "on-wire"},
              "header=value, !header or a modifier");
    }
    pattern p = parse_pattern(w);
    if (p.name == "body" && p.what != pattern::kind::absent) {
      out.body = std::move(p);
    } else {
      out.headers.push_back(std::move(p));
    }
  }
  return out;
}

expect_step step_parser::parse_close(const span& words, std::size_t from) {
  expect_step out;
  out.what = expect_step::kind::close;
  for (std::size_t i = from; i < words.size(); ++i) {
    const word& w = words[i];
    if (parse_modifier(out, words, i)) continue;
    if (w.name == "reason") {
      out.body = parse_pattern(w);
    } else if (!w.text.empty() && w.text[0] >= '0' && w.text[0] <= '9' && out.command.empty()) {
      out.command = w.text;
    } else {
      unknown(w, {"within", "reason"}, "a close code, reason= or within");
    }
  }
  return out;
}

}  // namespace harness::ladder
