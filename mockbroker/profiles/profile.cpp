#include "mockbroker/profiles/profile.hpp"

namespace mockbroker {

profile strict_profile() {
  profile p;
  p.name = "strict";
  p.server = "mockbroker/0.1";
  p.rules = stomp::strict();
  return p;
}

std::optional<profile> find_profile(std::string_view name) {
  if (name == "strict") return strict_profile();
  return std::nullopt;
}

}  // namespace mockbroker
