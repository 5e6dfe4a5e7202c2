#include "mockbroker/control/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace mockbroker {

namespace {

// The samples of one metric.
class samples {
 public:
  samples(std::string& out, std::string_view name) : out_(out), name_(name) {}

  template <class Number>
  void add(Number value,
           std::initializer_list<std::pair<std::string_view, std::string_view>> labels = {}) {
    out_ += name_;
    for (const auto& [label, text] : labels) {
      out_ += (&label == &labels.begin()->first ? "{" : ",") + std::string(label) + "=\"";
      quote(text);
      out_ += '"';
    }
    out_ += (labels.size() > 0 ? "} " : " ") + std::to_string(value) + '\n';
  }

 private:
  void quote(std::string_view text) {
    for (const char c : text) {
      if (c == '\\' || c == '"') out_ += '\\';
      if (c == '\n') {
        out_ += "\\n";
      } else {
        out_ += c;
      }
    }
  }

  std::string& out_;
  std::string_view name_;
};

using parts = control::parts;

void connections(const parts& of, samples& out) {
  std::map<std::string, std::size_t> by_leg;
  for (const auto* each : of.relays) {
    for (const auto& c : each->open()) ++by_leg[c.leg];
  }
  for (const auto& [leg, count] : by_leg) out.add(count, {{"leg", leg}});
}

void breaches(const parts& of, samples& out) {
  const auto& all = of.log.entries();
  out.add(std::count_if(all.begin(), all.end(), [](const auto& e) { return !e.breaches.empty(); }));
}

template <auto Field>
void of_faults(const parts& of, samples& out) {
  for (const auto& each : of.engine.all()) {
    out.add((*each).*Field, {{"fault", each->f.name}, {"action", each->f.action->name}});
  }
}

template <auto Field>
void of_destinations(const parts& of, samples& out) {
  const auto* b = of.broker ? of.broker() : nullptr;
  if (b == nullptr) return;
  for (const auto& d : b->destinations()) out.add(d.*Field, {{"destination", d.text}});
}

void subscriptions(const parts& of, samples& out) {
  const auto* b = of.broker ? of.broker() : nullptr;
  if (b != nullptr) out.add(b->subscriptions().size());
}

struct metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  void (*collect)(const parts& of, samples& out);
};
using info = destination_info;
constexpr std::array metrics{
    metric{"connections", "gauge", "Open connections.", connections},
    metric{"journal_entries_total", "counter", "What passed, on all legs.",
           [](const parts& of, samples& out) { out.add(of.log.last()); }},
    metric{"journal_kept", "gauge", "Entries that the journal has.",
           [](const parts& of, samples& out) { out.add(of.log.entries().size()); }},
    metric{"journal_lost", "gauge", "Entries that the journal let go since it was emptied.",
           [](const parts& of, samples& out) { out.add(of.log.lost()); }},
    metric{"breaches", "gauge", "Entries of the journal that broke a rule.", breaches},
    metric{"fault_matches_total", "counter", "Units that an armed fault looked for.",
           of_faults<&fault_engine::armed::seen>},
    metric{"fault_fired_total", "counter", "Times that an armed fault acted.",
           of_faults<&fault_engine::armed::fired>},
    metric{"destination_depth", "gauge", "Messages that wait or are held.",
           of_destinations<&info::pending>},
    metric{"destination_in_flight", "gauge", "Messages that consumers hold.",
           of_destinations<&info::unsettled>},
    metric{"destination_consumers", "gauge", "Subscriptions of a destination.",
           of_destinations<&info::consumers>},
    metric{"destination_enqueued_total", "counter", "Messages that came.",
           of_destinations<&info::enqueued>},
    metric{"destination_dequeued_total", "counter", "Messages that went.",
           of_destinations<&info::dequeued>},
    metric{"subscriptions", "gauge", "Subscriptions, durable ones included.", subscriptions},
};

}  // namespace

std::string metrics_of(const parts& of) {
  std::string out;
  for (const auto& m : metrics) {
    const std::string name = "pumphouse_mock_" + std::string(m.name);
    out += "# HELP " + name + ' ' + std::string(m.help) + '\n';
    out += "# TYPE " + name + ' ' + std::string(m.type) + '\n';
    samples all(out, name);
    m.collect(of, all);
  }
  return out;
}

}  // namespace mockbroker
