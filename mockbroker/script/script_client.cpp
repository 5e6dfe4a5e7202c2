#include "mockbroker/script/script_client.hpp"

#include <algorithm>
#include <utility>

namespace mockbroker {

namespace ladder = harness::ladder;

namespace {

constexpr std::size_t most_kept = 10000;  // subscriptions, receipts

std::string value_of(const ladder::wire_frame& f, std::string_view name) {
  const auto* found = f.find(name);
  return found ? *found : std::string();
}

}  // namespace

void script_client::note(const ladder::wire_frame& said) {
  const auto decoded = [&said](std::string_view name) {
    return ladder::unescaped(value_of(said, name));
  };
  if (said.command == "CONNECT" || said.command == "STOMP") {
    accepts_ = value_of(said, "accept-version");
    asks_ = stomp::parse_heart_beat(value_of(said, "heart-beat")).value_or(stomp::heart_beat{});
  } else if (said.command == "SUBSCRIBE" && subscriptions_.size() < most_kept) {
    const auto ack = decoded("ack");
    subscriptions_.push_back(
        {decoded("id"), decoded("destination"), !ack.empty() && ack != "auto"});
  } else if (said.command == "UNSUBSCRIBE") {
    std::erase_if(subscriptions_,
                  [id = decoded("id")](const subscription& s) { return s.id == id; });
  }
  if (said.find("receipt") && receipts_.size() < most_kept) receipts_.push_back(decoded("receipt"));
}

const script_client::subscription* script_client::subscription_of(
    const ladder::wire_frame& message) const {
  const auto* id = message.find("subscription");
  const auto* destination = message.find("destination");
  for (auto s = subscriptions_.rbegin(); s != subscriptions_.rend(); ++s) {
    const bool fits = id ? s->id == *id : !destination || s->destination == *destination;
    if (fits) return &*s;
  }
  return subscriptions_.empty() ? nullptr : &subscriptions_.back();
}

std::string script_client::value_for(std::string_view name, const ladder::expect_step& e,
                                     const ladder::wire_frame& so_far, value_source& values,
                                     std::int64_t civil_ms) const {
  const auto* to = e.command == "MESSAGE" ? subscription_of(so_far) : nullptr;
  if (name == "version") {
    for (const char* v : {"1.2", "1.1"}) {
      if (accepts_.find(v) != std::string::npos) return v;
    }
    return "1.0";
  }
  if (name == "heart-beat") return stomp::to_string({asks_.receive, asks_.send});
  if (name == "receipt-id" && !receipts_.empty()) return receipts_.front();
  if (name == "subscription" && to) return to->id;
  if (name == "destination" && to) return to->destination;
  if (name == "timestamp") return std::to_string(civil_ms);
  if (name == "content-length") return std::to_string(so_far.body.size());
  if (name == "content-type") return "text/plain";
  return values.next();
}

// Headers that a frame must have, whether the script names them or not (STOMP 1.2).
std::vector<std::string_view> script_client::needed(const ladder::expect_step& e) const {
  if (e.command == "CONNECTED") return {"version"};
  if (e.command == "RECEIPT") return {"receipt-id"};
  if (e.command != "MESSAGE") return {};
  std::vector<std::string_view> all{"subscription", "message-id", "destination"};
  const bool is_acked = std::any_of(subscriptions_.begin(), subscriptions_.end(),
                                    [](const subscription& s) { return s.is_acked; });
  if (is_acked && version_ == "1.2") all.push_back("ack");
  return all;
}

ladder::wire_frame script_client::make(const ladder::expect_step& e, ladder::scope& in,
                                       value_source& values, std::int64_t civil_ms,
                                       std::string& problem) {
  using kind = ladder::pattern::kind;
  ladder::wire_frame out;
  out.command = e.command;
  in.last = &last_;
  const auto text_of = [&](const ladder::value& v, const std::function<std::string()>& free) {
    ladder::bind_all(v, in, free);
    return ladder::render(v, in, problem);
  };
  if (e.body && e.body->what != kind::absent) {
    const bool is_any = e.body->what == kind::any;
    out.body = is_any ? values.next() : text_of(e.body->text, [&] { return values.next(); });
  }
  std::vector<std::string> open;  // headers whose value is made last: others may decide it
  for (const ladder::pattern& p : e.headers) {
    if (p.what == kind::absent) continue;
    const auto name = p.text.variable();
    const bool is_free = !name.empty() && !ladder::is_bound(in, name);
    if (p.what == kind::any || is_free) {
      out.headers.emplace_back(p.name, "");
      open.push_back(p.name);
      continue;
    }
    out.headers.emplace_back(p.name, text_of(p.text, [&] { return values.next(); }));
  }
  const auto fill = [&](const std::string& name) {
    ladder::wire_frame known = out;
    std::erase_if(known.headers, [&open](const auto& h) {
      return std::find(open.begin(), open.end(), h.first) != open.end();
    });
    return value_for(name, e, known, values, civil_ms);
  };
  for (const std::string& name : open) {
    const auto at = std::find_if(out.headers.begin(), out.headers.end(),
                                 [&name](const auto& h) { return h.first == name; });
    at->second = fill(name);
  }
  for (const ladder::pattern& p : e.headers) {
    const auto name = p.text.variable();
    const bool is_free = p.what == kind::equal && !name.empty() && !ladder::is_bound(in, name);
    if (is_free) in.variables[name] = *out.find(p.name);
  }
  if (e.only) return out;
  for (const std::string_view name : needed(e)) {
    if (!names(e, name)) out.headers.emplace_back(name, fill(std::string(name)));
  }
  const bool has_nul = out.body.find('\0') != std::string::npos;
  if (has_nul && !names(e, "content-length")) {
    out.headers.emplace_back("content-length", std::to_string(out.body.size()));
  }
  return out;
}

std::string script_client::send(const ladder::wire_frame& f, bool on_wire, net::time_point now) {
  last_sent_ = now;
  const bool plain = on_wire || f.command == "CONNECTED";
  if (f.command == "CONNECTED") {
    version_ = f.find("version") ? *f.find("version") : "1.0";
    agree_on_beats(value_of(f, "heart-beat"));
  }
  if (f.command == "RECEIPT") {
    const auto sent = std::find(receipts_.begin(), receipts_.end(), value_of(f, "receipt-id"));
    if (sent != receipts_.end()) receipts_.erase(sent);
  }
  ladder::wire_frame wire = f;
  for (auto& [name, text] : wire.headers) {
    if (!plain) text = ladder::escaped(text, version_);
  }
  std::string out = f.command + "\n";
  for (const auto& [name, text] : wire.headers) out += name + ":" + text + "\n";
  out += "\n" + f.body;
  out += '\0';
  if (f.command == "MESSAGE") last_ = std::move(wire);
  return out;
}

void script_client::agree_on_beats(std::string_view offered) {
  const auto ours = stomp::parse_heart_beat(offered);
  const bool both = ours && ours->send.count() > 0 && asks_.receive.count() > 0;
  beats_ = both ? std::max({ours->send, asks_.receive, stomp::shortest_beat})
                : std::chrono::milliseconds(0);
}

std::optional<net::time_point> script_client::next_beat() const {
  if (beats_.count() == 0 || has_left || is_closed) return std::nullopt;
  return last_sent_ + beats_;
}

}  // namespace mockbroker
