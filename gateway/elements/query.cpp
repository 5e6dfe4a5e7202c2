// <query>: the old name of <queryParamExtractor>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& query_element() {
  static const element_descriptor d = [] {
    element_descriptor old = key_parameter("query");
    old.doc = "Old name of queryParamExtractor.";
    return old;
  }();
  return d;
}

}  // namespace gateway
