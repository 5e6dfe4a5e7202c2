#include "harness/cpp/descriptor_check.hpp"

#include <atomic>

#include "net/real_runtime.hpp"

namespace harness {

namespace {

std::atomic<std::uint64_t> checks_made{0};
std::atomic<std::uint64_t> checks_alive{0};

}  // namespace

descriptor_check::descriptor_check() {
  const auto number = ++checks_made;
  if (checks_alive++ > 0) return;
  number_ = number;
  before_ = net::named_descriptors();
}
descriptor_check::~descriptor_check() { --checks_alive; }

std::vector<std::string> descriptor_check::left() const {
  std::vector<std::string> out;
  if (checks_made != number_) return out;
  for (const auto& [number, name] : net::named_descriptors()) {
    const auto known = before_.find(number);
    if (known != before_.end() && known->second == name) continue;
    out.push_back("descriptor " + std::to_string(number) + " (" + name + ")");
  }
  return out;
}

}  // namespace harness
