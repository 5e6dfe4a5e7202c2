#include "mockbroker/profiles/profile.hpp"

namespace mockbroker {

std::optional<profile> find_profile(std::string_view name) {
  if (name == "strict") return strict_profile();
  if (name == "activemq") return activemq_profile();
  return std::nullopt;
}

std::string profile_names() { return "activemq, strict"; }

}  // namespace mockbroker
