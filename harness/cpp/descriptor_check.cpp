#include "harness/cpp/descriptor_check.hpp"

#include <atomic>

#include "net/real_runtime.hpp"

namespace harness {

namespace {

std::atomic<std::uint64_t> checks_made{0};
std::atomic<std::uint64_t> checks_alive{0};

}  // namespace

descriptor_check::descriptor_check() : before_(net::named_descriptors()) {
  const auto number = ++checks_made;
  number_ = checks_alive++ == 0 ? number : 0;
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
