#include "gateway/core/traffic.hpp"

#include <algorithm>
#include <set>

namespace gateway {

namespace {

constexpr std::uint32_t known_bounds[] = {1,    2,    5,    10,   20,    25,    50,    100,
                                          200,  250,  400,  500,  750,   800,   1000,  2000,
                                          2500, 4000, 5000, 8000, 10000, 20000, 30000, 60000};

class counting_body final : public net::body_source {
 public:
  counting_body(std::unique_ptr<net::body_source> inner, std::shared_ptr<std::uint64_t> count)
      : inner_(std::move(inner)), count_(std::move(count)) {}
  net::task<net::result<std::string_view>> pull() override {
    auto piece = co_await inner_->pull();
    if (piece) *count_ += piece->size();
    co_return piece;
  }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  const net::header_list* trailer() const override { return inner_->trailer(); }

 private:
  std::unique_ptr<net::body_source> inner_;
  std::shared_ptr<std::uint64_t> count_;
};

// Membrane's rule.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 200)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    out += upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '_';
  }
  return out;
}

// "# HELP", "# TYPE" and the lines of one metric; nothing when there are none.
class metric {
 public:
  metric(std::string_view name, std::string_view type, std::string_view help)
      : name_(name),
        text_("# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " +
              std::string(type) + "\n") {}
  void line(const std::string& labels, std::uint64_t value, std::string_view suffix = {}) {
    any_ = true;
    text_ += name_ + std::string(suffix) + (labels.empty() ? "" : "{" + labels + "}") + " " +
             std::to_string(value) + "\n";
  }
  std::string text() const { return any_ ? text_ : std::string(); }

 private:
  std::string name_;
  std::string text_;
  bool any_ = false;
};

// Of proxies whose names have the same label: one series must not be there twice.
using labelled = std::map<std::pair<std::string, int>, code_traffic>;

labelled by_label(const traffic& t) {
  labelled out;
  for (const auto& [rule, codes] : t.rules)
    for (const auto& [code, c] : codes) {
      code_traffic& sum = out[{label(rule), code}];
      sum.count += c->count;
      sum.good += c->good;
      sum.good_ms += c->good_ms;
      sum.request_octets += c->request_octets;
      sum.response_octets += c->response_octets;
    }
  return out;
}

std::string exchanges(const traffic& t) {
  struct column {
    std::string_view name;
    std::string_view help;
    std::uint64_t code_traffic::*value;
  };
  constexpr column columns[] = {
      {"membrane_count", "Exchanges.", &code_traffic::count},
      {"membrane_good_count", "Exchanges that were not aborted.", &code_traffic::good},
      {"membrane_good_time", "What they took in all, in ms.", &code_traffic::good_ms},
      {"membrane_good_bytes_req_body", "Octets of the bodies of their requests.",
       &code_traffic::request_octets},
      {"membrane_good_bytes_res_body", "Octets of the bodies of their responses.",
       &code_traffic::response_octets}};
  const labelled all = by_label(t);
  std::string out;
  for (const column& c : columns) {
    metric m(c.name, "counter", c.help);
    for (const auto& [key, value] : all)
      m.line("rule=\"" + key.first + "\",code=\"" + std::to_string(key.second) + "\"",
             value.*c.value);
    out += m.text();
  }
  return out;
}

std::string rule_lines(const std::vector<running_rule>& rules) {
  metric active("membrane_rule_active", "gauge", "Proxies that run.");
  metric twice("membrane_duplicate_rule_name", "gauge",
               "Names that several proxies share in labels: their numbers are added up.");
  std::map<std::string, unsigned> seen;
  for (const running_rule& rule : rules) ++seen[label(rule.name)];
  for (const auto& [name, count] : seen) {
    active.line("rule=\"" + name + "\"", 1);
    if (count > 1) twice.line("rule=\"" + name + "\"", 1);
  }
  return active.text() + twice.text();
}

std::uint64_t unix_ms(net::wall_time t) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(ms.count(), 0));
}

// Of proxies with one label: the time in which all of them are good.
std::string certificate_lines(const std::vector<running_rule>& rules) {
  std::map<std::string, running_rule::times> all;
  for (const running_rule& rule : rules) {
    if (!rule.certificate) continue;
    running_rule::times& t = all.try_emplace(label(rule.name), *rule.certificate).first->second;
    t = {std::max(t.from, rule.certificate->from), std::min(t.until, rule.certificate->until)};
  }
  metric there("membrane_ssl_haskeyandcert", "gauge", "Proxies that show a certificate.");
  metric from("membrane_ssl_validfrom_ms", "gauge", "When it begins to be valid, Unix time.");
  metric until("membrane_ssl_validuntil_ms", "gauge", "When it stops being valid, Unix time.");
  for (const auto& [name, t] : all) {
    const std::string labels = "rule=\"" + name + "\",type=\"static\"";
    there.line(labels, 1);
    from.line(labels, unix_ms(t.from));
    until.line(labels, unix_ms(t.until));
  }
  return there.text() + from.text() + until.text();
}

std::string histograms(const traffic& t, const std::vector<std::uint32_t>& buckets) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"membrane_process_req_time", "From the request's head to the call of the target, in ms."},
      {"membrane_process_res_time", "From the target's head to the client's, in ms."},
      {"membrane_response_time", "From the call of the target to its head, in ms."},
      {"membrane_total_time", "From the request's head to the response's, in ms."}};
  std::string out;
  for (std::size_t i = 0; i < std::size(names); ++i) {
    metric m(names[i].first, "histogram", names[i].second);
    for (std::size_t digit = 1; digit < t.times.size(); ++digit) {
      const time_histogram& h = t.times[digit][i];
      if (h.count() == 0) continue;
      const std::string code = "code=\"" + std::to_string(digit) + "\"";
      for (const std::uint32_t ms : buckets)
        m.line(code + ",le=\"" + std::to_string(ms) + "\"", h.within(ms), "_bucket");
      m.line(code + ",le=\"+Inf\"", h.count(), "_bucket");
      m.line(code, h.sum_ms(), "_sum");
      m.line(code, h.count(), "_count");
    }
    out += m.text();
  }
  return out;
}

std::string tunnel_lines(const traffic& t) {
  std::map<std::string, tunnel_traffic> all;
  for (const auto& [rule, tunnels] : t.tunnels) {
    tunnel_traffic& sum = all[label(rule)];
    sum.open += tunnels.open;
    sum.to_server += tunnels.to_server;
    sum.to_client += tunnels.to_client;
  }
  metric open("pumphouse_tunnels", "gauge", "WebSockets that are open.");
  metric octets("pumphouse_pump_bytes_total", "counter",
                "Octets that stream pumps carried, behind the 101.");
  for (const auto& [rule, sum] : all) {
    const std::string name = "rule=\"" + rule + "\"";
    open.line(name, sum.open);
    octets.line(name + ",direction=\"to_server\"", sum.to_server);
    octets.line(name + ",direction=\"to_client\"", sum.to_client);
  }
  return open.text() + octets.text();
}

std::string node_lines(const traffic& t) {
  metric up("membrane_lb_node_status", "gauge", "Whether a node of a balancer gets exchanges.");
  metric open("pumphouse_lb_node_connections", "gauge",
              "Exchanges and WebSockets of a node that are under way.");
  std::set<std::string> seen;  // Membrane has no label for the balancer: the first one counts
  for (const node_traffic& n : t.nodes) {
    const std::string name = "node=\"" + label(n.node) + "\",cluster=\"" + label(n.cluster) + "\"";
    if (seen.insert(name).second) up.line(name, n.up ? 1 : 0);
    open.line(name + ",balancer=\"" + label(n.balancer) + "\"", n.connections);
  }
  return up.text() + open.text();
}

std::string event_lines(const traffic& t) {
  metric events("pumphouse_events_total", "counter", "What happened, by the name that logs use.");
  for (const auto& [name, count] : t.events) events.line("event=\"" + label(name) + "\"", count);
  return events.text();
}

}  // namespace

std::span<const std::uint32_t> time_histogram::bounds() noexcept { return known_bounds; }

void time_histogram::note(net::duration took) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const auto spent = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
  ++count_;
  sum_us_ += spent;
  const auto* bound =
      std::find_if(std::begin(known_bounds), std::end(known_bounds),
                   [spent](std::uint32_t ms) { return spent <= std::uint64_t(ms) * 1000; });
  if (bound != std::end(known_bounds))
    ++counts_[static_cast<std::size_t>(bound - std::begin(known_bounds))];
}

void time_histogram::add(const time_histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_us_ += other.sum_us_;
}

std::uint64_t time_histogram::within(std::uint32_t ms) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < counts_.size() && known_bounds[i] <= ms; ++i) sum += counts_[i];
  return sum;
}

std::shared_ptr<code_traffic>& traffic::of(const std::string& rule, int status) {
  auto& codes = rules[rule];
  const bool known = codes.count(status) > 0 || codes.size() < most_codes;
  auto& found = codes[known ? status : 0];
  if (!found) found = std::make_shared<code_traffic>();
  return found;
}

void traffic::note_times(int status, const exchange_times& t) {
  auto& of_code = times[static_cast<std::size_t>(std::clamp(status / 100, 1, 5))];
  of_code[3].note(t.total);
  if (!t.called) return;
  of_code[0].note(t.request_flow);
  of_code[1].note(t.response_flow);
  of_code[2].note(t.target);
}

void traffic::keep(const std::vector<std::string>& names) {
  const auto gone = [&names](const auto& each) {
    return std::find(names.begin(), names.end(), each.first) == names.end();
  };
  std::erase_if(rules, gone);
  std::erase_if(tunnels, gone);
}

traffic traffic::snapshot() const {
  traffic copy = *this;
  for (auto& [rule, codes] : copy.rules)
    for (auto& [code, counts] : codes) counts = std::make_shared<code_traffic>(*counts);
  return copy;
}

void traffic::add(const traffic& other) {
  for (const auto& [rule, codes] : other.rules)
    for (const auto& [code, from] : codes) {
      code_traffic& to = *of(rule, code);
      to.count += from->count;
      to.good += from->good;
      to.good_ms += from->good_ms;
      to.request_octets += from->request_octets;
      to.response_octets += from->response_octets;
    }
  for (const auto& [rule, from] : other.tunnels) {
    tunnels[rule].open += from.open;
    tunnels[rule].to_server += from.to_server;
    tunnels[rule].to_client += from.to_client;
  }
  for (std::size_t i = 0; i < times.size(); ++i)
    for (std::size_t j = 0; j < times[i].size(); ++j) times[i][j].add(other.times[i][j]);
  for (const auto& [name, count] : other.events) events[name] += count;
}

std::unique_ptr<net::body_source> counted_body(std::unique_ptr<net::body_source> body,
                                               std::shared_ptr<std::uint64_t> count) {
  return std::make_unique<counting_body>(std::move(body), std::move(count));
}

std::string prometheus_text(const traffic& t, const std::vector<running_rule>& rules,
                            const std::vector<std::uint32_t>& buckets) {
  metric info("membrane_info", "gauge", "What answers.");
  info.line("product=\"pumphouse\"", 1);
  return info.text() + exchanges(t) + rule_lines(rules) + certificate_lines(rules) +
         histograms(t, buckets) + tunnel_lines(t) + node_lines(t) + event_lines(t);
}

}  // namespace gateway
