#include "gateway/elements/registry.hpp"

#include <array>

#include "gateway/elements/admin_console.hpp"
#include "gateway/elements/basic_authentication.hpp"
#include "gateway/elements/if.hpp"
#include "gateway/elements/log.hpp"
#include "gateway/elements/user.hpp"
#include "gateway/elements/web_server.hpp"
#include "gateway/elements/web_socket.hpp"

namespace gateway {

element_registry builtin_elements() {
  static const std::array rows = {
#define ELEMENT(name) &name##_element(),
#include "gateway/elements/elements.def"
#undef ELEMENT
  };
  return rows;
}

}  // namespace gateway
