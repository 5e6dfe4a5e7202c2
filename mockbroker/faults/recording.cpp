#include "mockbroker/faults/recording.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace mockbroker {

namespace {

using text_view = std::string_view;

// Headers of a broker whose values are its own choice in every run.
constexpr std::array<text_view, 6> volatile_headers{"session",    "server",    "timestamp",
                                                    "heart-beat", "user-name", "content-length"};
// Headers of a broker that a client says back.
constexpr std::array<text_view, 2> id_headers{"message-id", "ack"};

template <class Names>
bool is_one_of(const Names& names, text_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A word of a ladder with this value, in quotes where it needs them.
std::string quoted(text_view value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '.' || c == ',' || c == '_';
  });
  if (plain) return std::string(value);
  constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '$') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet >= 0x7f) {
      out += "\\x";
      out += digits[octet >> 4U];
      out += digits[octet & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Whether a ladder can have a header of this name.
bool is_word(text_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// Shorter pauses are those of a machine, and differ from run to run.
constexpr auto shortest_pace = std::chrono::milliseconds(100);

// The octets of a frame without its secrets.
std::string masked(const wire_unit& unit) {
  std::string raw = unit.raw;
  for (const auto& h : unit.frame.headers) {
    const auto at = is_secret(h.name) ? raw.find('\n' + h.name + ':') : raw.npos;
    if (at == raw.npos) continue;
    const auto from = at + h.name.size() + 2;
    raw.replace(from, raw.find('\n', from) - from, "***");
  }
  return raw;
}

class recorder {
 public:
  explicit recorder(std::string& out) : out_(out) {}

  // Of all entries, before any is added.
  void look_ahead(const journal_entry& e) {
    if (e.what == journal_entry::event::opened) {
      begun_.insert(e.connection);
    } else if (!begun_.contains(e.connection)) {
      older_.insert(e.connection);
    }
    if (e.what == journal_entry::event::closed && e.direction == way::to_broker) {
      ended_by_client_.insert(e.connection);
    }
  }

  // Of which the beginning is not known, behind look_ahead().
  void tell_left_out() {
    if (older_.empty()) return;
    std::string list;
    for (const auto number : older_) list += (list.empty() ? "" : ", ") + std::to_string(number);
    line("# left out, because the journal begins behind their beginning: connections " + list);
  }

  void add(const journal_entry& e) {
    if (older_.contains(e.connection)) return;
    if (e.what == journal_entry::event::closed) return ended(e);
    if (!reached(e) || e.became == journal_entry::fate::injected) return;
    if (e.unit.what == wire_unit::kind::request) return opened(e);
    if (e.unit.what != wire_unit::kind::frame) return closing(e);
    turn_to(e, "tcp");
    if (e.direction == way::to_broker) {
      said(e.unit);
    } else {
      answered(e.unit.frame);
    }
  }

 private:
  void line(const std::string& text) { out_ += "  " + text + '\n'; }

  // What the client waited since its last line, for a replay that keeps it. A line of its own, so
  // that recordings of the same conversation differ in these only.
  void pace(const journal_entry& e) {
    if (e.direction != way::to_broker) return;
    const auto last = std::exchange(last_said_, e.at);
    if (!last) return;
    const auto steps = (e.at - *last + shortest_pace / 2) / shortest_pace;
    if (steps < 1) return;
    line("pace " + (steps % 10 == 0 ? std::to_string(steps / 10) + "s"
                                    : std::to_string(steps * shortest_pace.count()) + "ms"));
  }

  // Goes on with the entry's connection, which is opened by its first line.
  void turn_to(const journal_entry& e, text_view how) {
    pace(e);
    if (known_.contains(e.connection) && current_ == e.connection) return;
    current_ = e.connection;
    std::string text = "conn " + std::to_string(e.connection);
    if (known_.empty()) line("on " + std::string(how.substr(0, how.find(' '))));
    if (known_.emplace(e.connection, false).second) text += ' ' + std::string(how);
    line(text);
  }

  void opened(const journal_entry& e) {
    std::string how = "ws";
    const std::string& first = e.unit.frame.command;
    const auto from = first.find(' ');
    const auto to = first.find(' ', from + 1);
    if (from != std::string::npos && to != std::string::npos) {
      how += " path=" + quoted(first.substr(from + 1, to - from - 1));
    }
    std::string offered;
    for (const auto& h : e.unit.frame.headers) {
      if (h.name == "Sec-WebSocket-Protocol") offered = h.value;
    }
    how += " subprotocol=" + quoted(offered);
    turn_to(e, how);
  }

  void said(const wire_unit& unit) {
    const stomp::frame& f = unit.frame;
    const bool is_plain = std::all_of(f.headers.begin(), f.headers.end(),
                                      [](const auto& h) { return is_word(h.name); });
    if (!is_plain) return line("> raw " + quoted(masked(unit)));
    std::string text = "> " + f.command;
    for (const auto& h : f.headers) {
      if (h.name == "content-length") {
        text += " content-length=*";
        continue;
      }
      const auto known = ids_.find(h.value);
      text += ' ' + h.name + '=' +
              (is_secret(h.name)     ? "\"***\""
               : known != ids_.end() ? known->second
                                     : quoted(h.value));
    }
    if (!f.body.empty()) text += " body=" + quoted(f.body);
    line(text);
  }

  void answered(const stomp::frame& f) {
    // A broker promises no order between a RECEIPT and the MESSAGEs around it.
    std::string text = "await < " + f.command;
    for (const auto& h : f.headers) {
      // The body of an ERROR is a stack trace of that very run, and so is its length.
      const bool is_trace = f.command == "ERROR" && h.name == "content-length";
      if (is_trace || !is_word(h.name)) continue;
      text += ' ' + h.name + '=';
      if (is_one_of(volatile_headers, h.name) || is_secret(h.name)) {
        text += '*';
      } else if (is_one_of(id_headers, h.name)) {
        text += variable_for(h.value);
      } else {
        text += quoted(h.value);
      }
    }
    if (f.command != "ERROR" && !f.body.empty()) text += " body=" + quoted(f.body);
    line(text);
  }

  std::string variable_for(const std::string& value) {
    auto& name = ids_[value];
    if (name.empty()) name = "$id" + std::to_string(ids_.size());
    return name;
  }

  void closing(const journal_entry& e) {
    if (e.unit.what != wire_unit::kind::close) return;
    auto& is_over = known_[e.connection];
    if (is_over) return;  // the answer to the other side's Close
    is_over = true;
    const std::string code = std::to_string(e.unit.code);
    if (e.direction == way::to_broker) {
      turn_to(e, "ws");
      line("> close");
    } else if (!ended_by_client_.contains(e.connection)) {
      turn_to(e, "ws");
      line("expect close " + code);
    } else {
      is_over = false;  // the broker's answer to an end without a Close
    }
  }

  void ended(const journal_entry& e) {
    const auto found = known_.find(e.connection);
    if (found == known_.end() || found->second) return;
    found->second = true;
    turn_to(e, "tcp");
    line(e.direction == way::to_client ? "expect close" : "> end");
  }

  std::string& out_;
  std::map<std::uint64_t, bool> known_;  // connections; whether their end is written
  std::set<std::uint64_t> begun_;
  std::set<std::uint64_t> older_;
  std::set<std::uint64_t> ended_by_client_;
  std::uint64_t current_ = 0;
  std::optional<net::time_point> last_said_;
  std::map<std::string, std::string> ids_;  // value to variable
};

}  // namespace

std::string recording_of(const std::deque<journal_entry>& entries, text_view leg, text_view name,
                         text_view profile) {
  std::string out = "profile " + std::string(profile) + "\ndelivery written\nclients any\n\ncase " +
                    std::string(name) + "\n  cites recording\n";
  recorder all(out);
  for (const auto& e : entries) {
    if (e.leg == leg) all.look_ahead(e);
  }
  all.tell_left_out();
  for (const auto& e : entries) {
    if (e.leg == leg) all.add(e);
  }
  return out;
}

}  // namespace mockbroker
