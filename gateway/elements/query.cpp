// <query>: the old name of <queryParamExtractor>.
#include "gateway/elements/api_key_parts.hpp"

namespace gateway {

const element_descriptor& query_element() {
  static const element_descriptor d = key_parameter("query");
  return d;
}

}  // namespace gateway
