#include "gateway/core/element.hpp"

#include <stdexcept>

namespace gateway {

outcome element::request_now(exchange& /*ex*/) const {
  throw std::logic_error("request_now() of an element that waits");
}

outcome element::response_now(exchange& /*ex*/) const {
  throw std::logic_error("response_now() of an element that waits");
}

}  // namespace gateway
