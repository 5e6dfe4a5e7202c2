#include "harness/ladder/runner.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "harness/ladder/peer.hpp"

namespace harness::ladder {
namespace {

constexpr std::size_t shown = 400;

bool is_id_octet(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == ':' || c == '\\' || c == '-' || c == '_';
}

bool is_name_octet(char c) noexcept { return is_id_octet(c) && c != ':' && c != '\\'; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_address_octet(char c) noexcept {
  return is_id_octet(c) || c == '[' || c == ']' || c == '/';
}

struct placeholder {
  std::string_view text;
  std::string_view begins;
  bool (*accepts)(char);
};
constexpr placeholder placeholders[] = {
    {"{id}", "ID", is_id_octet},
    {"{time}", "", is_digit},
    {"{address}", "", is_address_octet},
    {"{any}", "", [](char) { return true; }},
};

// The octets of a frame on the wire.
std::string to_octets(const wire_frame& f) {
  std::string out = f.command + "\n";
  for (const auto& h : f.headers) {
    out += h.name;
    if (h.has_colon) out += ':' + h.value;
    out += '\n';
  }
  out += '\n';
  out += f.body;
  out += '\0';
  return out;
}

class player {
 public:
  player(net::runtime& rt, const target& at, const row& r, run_options options)
      : rt_(rt), at_(at), row_(r), options_(std::move(options)) {}

  net::task<std::optional<std::string>> run() {
    for (std::size_t i = 0; i < row_.steps.size() && !wrong_;) {
      const step& s = row_.steps[i];
      if (is_sending(s) && speaker_ != s.who) {
        if (!speaker_.empty()) co_await net::wait_until(rt_, rt_.now() + options_.turn);
        speaker_ = s.who;
      }
      peer* p = co_await open(s.who);
      if (p == nullptr) {
        fail(s, "cannot connect");
      } else if (s.what == step::kind::expect && s.any_order) {
        i = co_await expect_group(*p, i);
        continue;
      } else {
        const bool more = i + 1 < row_.steps.size() && is_sending(row_.steps[i + 1]) &&
                          row_.steps[i + 1].who == s.who;
        co_await play_step(*p, s, more);
      }
      ++i;
    }
    for (auto& [name, p] : peers_) p->hang_up();
    co_return std::move(wrong_);
  }

 private:
  static bool is_sending(const step& s) noexcept {
    return s.what == step::kind::send || s.what == step::kind::send_text ||
           s.what == step::kind::send_binary;
  }

  net::task<peer*> open(std::string who) {
    if (const auto known = peers_.find(who); known != peers_.end()) co_return known->second.get();
    const bool ws = options_.over == transport::ws;
    const std::uint16_t port = ws ? at_.ws : at_.tcp;
    auto connection = co_await net::within(rt_, options_.patience, rt_.connect(at_.host, port));
    if (!connection) co_return nullptr;
    auto made = std::make_unique<peer>(rt_, std::move(*connection), options_);
    peer* p = made.get();
    if (ws && !co_await p->shake_hands(at_.host)) co_return nullptr;
    p->listen();
    peers_.emplace(std::move(who), std::move(made));
    co_return p;
  }

  net::task<void> play_step(peer& p, const step& s, bool more_follows) {
    using kind = step::kind;
    const bool joins = options_.how == delivery::joined && more_follows;
    switch (s.what) {
      case kind::send:
        p.say(to_octets(filled(s.frame)), ws::opcode::text);
        if (!joins) co_await p.flush();
        break;
      case kind::send_text:
      case kind::send_binary:
        p.say(fill(s.octets), s.what == kind::send_text ? ws::opcode::text : ws::opcode::binary);
        if (!joins) co_await p.flush();
        break;
      case kind::expect:
        co_await p.wait_frames(1, rt_.now() + options_.patience);
        check_one(p, s);
        break;
      case kind::close:
        p.hang_up();
        co_await net::wait_until(rt_, rt_.now() + options_.quiet);
        break;
      case kind::wait:
        co_await net::wait_until(rt_, rt_.now() + std::chrono::milliseconds(s.milliseconds));
        break;
      case kind::is_open:
        co_await p.wait_frames(1, rt_.now() + options_.quiet);
        if (!p.frames().empty()) {
          fail(s, "one frame more: " + to_text(p.frames().front(), shown));
        } else if (p.has_ended()) {
          fail(s, "the connection was closed");
        }
        break;
      case kind::is_closed:
        co_await p.wait_frames(1, rt_.now() + options_.patience);
        if (!p.frames().empty()) {
          fail(s, "one frame more: " + to_text(p.frames().front(), shown));
        } else if (!p.has_ended()) {
          fail(s, "the connection is still open");
        } else if (s.code != 0 && options_.over == transport::ws && p.close_code() != s.code) {
          fail(s, "closed with " + std::to_string(p.close_code()));
        }
        break;
    }
  }

  void check_one(peer& p, const step& s) {
    if (p.frames().empty()) {
      return fail(s, p.has_ended() ? "the connection was closed" : "nothing came");
    }
    const wire_frame got = std::move(p.frames().front());
    p.frames().pop_front();
    if (const std::string why = difference(filled(s.frame), got); !why.empty()) {
      fail(s, why + "\n  came:     " + to_text(got, shown));
    }
  }

  // Plays the unordered group that begins at step `first`; answers the step behind it.
  net::task<std::size_t> expect_group(peer& p, std::size_t first) {
    std::size_t end = first;
    while (end < row_.steps.size() && row_.steps[end].any_order &&
           row_.steps[end].who == row_.steps[first].who) {
      ++end;
    }
    co_await p.wait_frames(end - first, rt_.now() + options_.patience);
    for (std::size_t i = first; i < end && !wrong_; ++i) {
      const wire_frame wanted = filled(row_.steps[i].frame);
      auto& frames = p.frames();
      const auto found = std::find_if(frames.begin(), frames.end(), [&](const wire_frame& f) {
        return difference(wanted, f).empty();
      });
      if (found != frames.end()) {
        frames.erase(found);
      } else if (frames.empty()) {
        fail(row_.steps[i], "nothing more came");
      } else {
        fail(row_.steps[i], difference(wanted, frames.front()) +
                                "\n  came:     " + to_text(frames.front(), shown));
      }
    }
    co_return end;
  }

  // How `got` differs from `wanted`; empty when it does not. An ERROR's body counts up to its first
  // line.
  static std::string difference(const wire_frame& wanted, const wire_frame& got) {
    if (wanted.command != got.command) return "another command";
    for (const auto& h : wanted.headers) {
      const auto found = std::ranges::find(got.headers, h.name, &wire_header::name);
      if (found == got.headers.end()) return "no header '" + h.name + "'";
      if (!matches(h.value, found->value)) {
        return "header '" + h.name + "' is \"" + found->value.substr(0, shown) + "\"";
      }
    }
    for (const auto& h : got.headers) {
      if (std::ranges::find(wanted.headers, h.name, &wire_header::name) == wanted.headers.end()) {
        return "a header more: '" + h.name + "'";
      }
    }
    std::string_view body = got.body;
    if (got.command == "ERROR") body = body.substr(0, body.find('\n'));
    return matches(wanted.body, body) ? std::string() : std::string("another body");
  }

  // {q}, and {who.header.n}: the value of that header in the n-th frame with it that came to
  // `who`, from 0. Others stay for matches().
  std::string fill(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
      const std::size_t open = text.find('{');
      out += text.substr(0, open);
      if (open == std::string_view::npos) break;
      text.remove_prefix(open);
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos) break;
      const std::string_view name = text.substr(1, close - 1);
      if (!std::ranges::all_of(name, is_name_octet)) {
        out += '{';  // a brace of its own
        text.remove_prefix(1);
        continue;
      }
      out += name == "q" ? options_.tag : lookup(name);
      text.remove_prefix(close + 1);
    }
    return out;
  }

  std::string lookup(std::string_view name) const {
    const std::string whole = "{" + std::string(name) + "}";
    const std::size_t first = name.find('.');
    const std::size_t last = name.rfind('.');
    if (first == std::string_view::npos || first == last) return whole;
    const auto p = peers_.find(std::string(name.substr(0, first)));
    const std::string_view header = name.substr(first + 1, last - first - 1);
    std::size_t number = 0;
    std::from_chars(name.data() + last + 1, name.data() + name.size(), number);
    if (p == peers_.end()) return whole;
    for (const wire_frame& f : p->second->seen()) {
      const auto found = std::ranges::find(f.headers, header, &wire_header::name);
      if (found == f.headers.end()) continue;
      if (number-- == 0) return found->value;
    }
    return "none";
  }

  wire_frame filled(wire_frame f) const {
    for (auto& h : f.headers) {
      h.name = fill(h.name);
      h.value = fill(h.value);
    }
    f.body = fill(f.body);
    return f;
  }

  void fail(const step& s, const std::string& why) {
    if (wrong_) return;
    std::string text = row_.name + " (" + std::string(to_string(options_.over)) + ", " +
                       std::string(to_string(options_.how)) + ")";
    for (const auto& c : row_.cites) text += "\n  cites:    " + c;
    text += "\n  line " + std::to_string(s.line) + ":  " + to_line(s) + "\n  but:      " + why +
            "\n  so far:";
    for (const auto& [name, p] : peers_) {
      for (const auto& f : p->seen()) text += "\n    " + name + " < " + to_text(f, shown);
    }
    wrong_ = text + "\n";
  }

  net::runtime& rt_;
  const target& at_;
  const row& row_;
  run_options options_;
  std::map<std::string, std::unique_ptr<peer>> peers_;
  std::string speaker_;  // who sent last
  std::optional<std::string> wrong_;
};

}  // namespace

bool matches(std::string_view pattern, std::string_view value) {
  if (pattern == "*") return true;
  while (!pattern.empty()) {
    const placeholder* found = nullptr;
    for (const placeholder& p : placeholders) {
      if (pattern.starts_with(p.text)) found = &p;
    }
    if (found == nullptr) {
      if (value.empty() || value.front() != pattern.front()) return false;
      pattern.remove_prefix(1);
      value.remove_prefix(1);
      continue;
    }
    if (!value.starts_with(found->begins)) return false;
    pattern.remove_prefix(found->text.size());
    std::size_t length = 0;
    while (length < value.size() && found->accepts(value[length])) ++length;
    const std::size_t least = found->accepts('\n') ? 0 : 1;
    for (; length + 1 > least; --length) {
      if (matches(pattern.empty() ? std::string_view() : pattern, value.substr(length)))
        return true;
      if (length == 0) break;
    }
    return false;
  }
  return value.empty();
}

std::string_view to_string(delivery d) noexcept {
  switch (d) {
    case delivery::split:
      return "split";
    case delivery::joined:
      return "joined";
    case delivery::written:
      break;
  }
  return "written";
}

net::task<std::optional<std::string>> play(net::runtime& rt, const target& at, const row& r,
                                           run_options options) {
  player p(rt, at, r, std::move(options));
  co_return co_await p.run();
}

}  // namespace harness::ladder
