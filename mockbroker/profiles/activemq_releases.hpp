// What changed between the releases of ActiveMQ Classic (facts: ActiveMQ, "Version switches").
#pragma once

#include <optional>
#include <string_view>

#include "mockbroker/profiles/profile.hpp"

namespace mockbroker {

// "5.18.7"; nothing when it is no release of 5.17.0 or later.
std::optional<release> parse_release(std::string_view text);
// Makes a profile of 5.18 into one of that release.
void set_release(profile& p, const release& as_of);

}  // namespace mockbroker
