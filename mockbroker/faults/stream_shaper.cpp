#include "mockbroker/faults/stream_shaper.hpp"

#include <algorithm>

namespace mockbroker {

void stream_shaper::note(const fault& f) {
  if (!noted_.try_emplace(f.name, true).second) return;
  engine_.acted(f);
}

net::duration stream_shaper::jittered(const fault& f) {
  const auto jitter = f.duration("jitter").count();
  auto wait = f.duration("latency").count();
  if (jitter > 0) {
    wait += std::int64_t(engine_.random() % std::uint64_t(2 * jitter + 1)) - jitter;
  }
  return net::duration(std::max<std::int64_t>(wait, 0));
}

std::vector<stream_shaper::piece> stream_shaper::pass(std::string octets, net::time_point now,
                                                      net::duration delay) {
  std::vector<piece> out;
  if (silent_) return out;
  net::time_point due = std::max(now + delay, last_due_);
  std::vector<std::string> slices;
  net::duration between{};
  std::uint64_t rate = 0;
  ending end;
  for (const fault* f : engine_.streams(connection_, direction_, now)) {
    if (passed_ + octets.size() < f->on.offset) continue;
    const std::string_view what = f->action->name;
    if (what == "slow_close") continue;
    note(*f);
    if (what == "latency") {
      due = std::max(due, now + delay + jittered(*f));
    } else if (what == "bandwidth") {
      rate = f->number("rate");
    } else if (what == "slicer") {
      const std::uint64_t average = std::max<std::uint64_t>(f->number("average_size"), 1);
      const std::uint64_t varies = std::min(f->number("size_variation"), average - 1);
      between = net::duration(std::int64_t(f->number("delay")) * 1000);
      for (std::size_t at = 0; at < octets.size();) {
        const std::uint64_t size =
            average - varies + (varies == 0 ? 0 : engine_.random() % (2 * varies + 1));
        slices.push_back(octets.substr(at, std::size_t(size)));
        at += std::size_t(size);
      }
    } else if (what == "limit_data") {
      const std::uint64_t most = f->number("bytes");
      if (passed_ + octets.size() < most) continue;
      octets.resize(std::size_t(most - std::min(most, passed_)));
      slices.clear();
      end.what = ending::kind::fin;
      silent_ = true;
    } else if (what == "timeout" || what == "reset_peer") {
      const auto wait = f->duration("timeout");
      const bool resets = what == "reset_peer";
      silent_ = true;
      if (!resets) octets.clear();
      slices.clear();
      if (resets || wait.count() > 0) {
        end.what = resets ? ending::kind::rst : ending::kind::fin;
        due = std::max(due, now + wait);
      }
    }
  }
  passed_ += octets.size();
  if (slices.empty()) slices.push_back(std::move(octets));
  for (auto& slice : slices) {
    if (rate > 0) due += net::duration(std::int64_t(slice.size() * 1000000 / rate));
    if (&slice != &slices.front()) due += between;
    out.push_back({std::move(slice), due, {}});
  }
  last_due_ = due;
  out.back().end = end;
  return out;
}

net::time_point stream_shaper::pass_end(net::time_point now) {
  net::time_point due = std::max(now, last_due_);
  for (const fault* f : engine_.streams(connection_, direction_, now)) {
    if (f->action->name != "slow_close") continue;
    note(*f);
    due = std::max(due, now + f->duration("delay"));
  }
  return due;
}

}  // namespace mockbroker
