#include "mockbroker/console/parameters.hpp"

#include <iterator>

namespace mockbroker::web {

parameters::parameters(std::string_view query, std::string_view form)
    : all_(net::parse_form(query)) {
  auto more = net::parse_form(form);
  all_.insert(all_.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

bool parameters::has(std::string_view name) const noexcept {
  for (const auto& p : all_) {
    if (p.name == name) return true;
  }
  return false;
}

std::string_view parameters::first(std::string_view name) const noexcept {
  for (const auto& p : all_) {
    if (p.name == name) return p.value;
  }
  return {};
}

std::string parameters::joined(std::string_view name) const {
  std::string out;
  bool is_first = true;
  for (const auto& p : all_) {
    if (p.name != name) continue;
    if (!std::exchange(is_first, false)) out += ',';
    out += p.value;
  }
  return out;
}

}  // namespace mockbroker::web
