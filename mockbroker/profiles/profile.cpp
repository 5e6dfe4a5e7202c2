#include "mockbroker/profiles/profile.hpp"

#include "mockbroker/profiles/activemq_releases.hpp"

namespace mockbroker {

std::optional<profile> find_profile(std::string_view name) {
  if (name == "strict") return strict_profile();
  if (name == "activemq") return activemq_profile();
  constexpr std::string_view of_a_release = "activemq-";
  if (name.starts_with(of_a_release)) {
    const auto as_of = parse_release(name.substr(of_a_release.size()));
    if (as_of) return activemq_profile(*as_of);
  }
  return std::nullopt;
}

std::string profile_names() { return "activemq, activemq-VERSION (5.17.0 or later), strict"; }

}  // namespace mockbroker
