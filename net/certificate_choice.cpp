#include "net/certificate_choice.hpp"

#include <algorithm>

#include "net/http_types.hpp"

namespace net {

bool covers(std::string_view pattern, std::string_view name) noexcept {
  if (!pattern.starts_with("*.")) return !pattern.empty() && iequals(pattern, name);
  const std::size_t dot = name.find('.');
  return dot != name.npos && dot > 0 && pattern.size() > 2 &&
         iequals(pattern.substr(1), name.substr(dot));
}

std::optional<std::size_t> choose_certificate(
    std::span<const std::vector<std::string>> certificates, std::string_view name) {
  using names = std::vector<std::string>;
  if (name.empty() || certificates.size() == 1) return 0;
  const auto first = [&](auto fits) -> std::optional<std::size_t> {
    const auto found = std::find_if(certificates.begin(), certificates.end(), fits);
    if (found == certificates.end()) return std::nullopt;
    return static_cast<std::size_t>(found - certificates.begin());
  };
  if (const auto exact = first([&](const names& all) {
        return std::any_of(all.begin(), all.end(),
                           [&](const std::string& n) { return iequals(n, name); });
      }))
    return exact;
  if (const auto wildcard = first([&](const names& all) {
        return std::any_of(all.begin(), all.end(),
                           [&](const std::string& n) { return covers(n, name); });
      }))
    return wildcard;
  return first([](const names& all) { return all.empty(); });
}

}  // namespace net
