#include "mockbroker/faults/malformations.hpp"

#include <algorithm>
#include <vector>

#include "mockbroker/faults/malformations_parts.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

std::span<const malformation> malformations() {
  static const std::vector<malformation> all = [] {
    std::vector<malformation> joined;
    for (const auto& group :
         {frame_malformations(), delivery_malformations(), order_malformations()}) {
      joined.insert(joined.end(), group.begin(), group.end());
    }
    return joined;
  }();
  return all;
}

const malformation* find_malformation(std::string_view name) {
  const auto all = malformations();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const malformation& m) { return m.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string suggest_malformation(std::string_view name) {
  std::vector<std::string_view> names;
  for (const malformation& m : malformations()) names.push_back(m.name);
  return stomp::suggestion(name, names);
}

}  // namespace mockbroker
