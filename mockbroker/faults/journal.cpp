#include "mockbroker/faults/journal.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mockbroker {

namespace {

std::size_t octets_of(const journal_entry& e) {
  return e.unit.raw.size() + e.unit.frame.body.size();
}

}  // namespace

std::string_view to_string(journal_entry::fate f) noexcept {
  constexpr std::array<std::string_view, 4> names{"passed", "dropped", "altered", "injected"};
  return names[std::size_t(f)];
}

std::string line_of(const journal_entry& e) {
  std::string text = "c" + std::to_string(e.connection) + ' ';
  if (e.what == journal_entry::event::opened) {
    text += "opened";
    return text;
  }
  if (e.what == journal_entry::event::closed) {
    return text + "closed by the " + (e.direction == way::to_broker ? "client" : "broker") +
           (e.unit.text.empty() ? "" : ": " + e.unit.text);
  }
  text += e.direction == way::to_broker ? "> " : "< ";
  text += summary_of(e.unit);
  if (e.became != journal_entry::fate::passed) {
    text += " [" + std::string(to_string(e.became));
    for (const auto& name : e.faults) text += (&name == &e.faults.front() ? " by " : ", ") + name;
    text += ']';
  }
  for (const auto& rule : e.breaches) text += " !! " + rule;
  return text;
}

const journal_entry& journal::add(journal_entry entry) {
  entry.number = ++last_;
  octets_ += octets_of(entry);
  entries_.push_back(std::move(entry));
  while (entries_.size() > 1 && (entries_.size() > most_.entries || octets_ > most_.octets)) {
    octets_ -= octets_of(entries_.front());
    entries_.pop_front();
    ++lost_;
  }
  for (const auto& [id, tell] : listeners_) tell(entries_.back());
  return entries_.back();
}

void journal::clear() {
  entries_.clear();
  octets_ = 0;
  lost_ = 0;
}

std::uint64_t journal::listen(std::function<void(const journal_entry&)> f) {
  listeners_.emplace_back(++last_listener_, std::move(f));
  return last_listener_;
}

void journal::unlisten(std::uint64_t listener) {
  std::erase_if(listeners_, [&](const auto& each) { return each.first == listener; });
}

}  // namespace mockbroker
