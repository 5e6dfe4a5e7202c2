// `mockbroker ctl`: the control API of a running broker, by short words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mockbroker {

struct ctl_options {
  std::uint16_t port = 0;
  std::vector<std::string> words;  // verb and its arguments
};

// "fault SPEC, faults, ...".
std::string ctl_verbs();
// Prints the answer. 0; 1: the API refused; 2: no such verb; 3: cannot connect; 4: no answer.
int run_ctl(const ctl_options& options);

}  // namespace mockbroker
