// <cookie>: one cookie of <setCookies>, which judges it.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& cookie_element() {
  static const element_descriptor d{
      .name = "cookie",
      .doc = "A cookie (RFC 6265).",
      .role = element_role::structure,
      .attributes =
          {{.name = "name", .doc = "Its name.", .required = true},
           {.name = "value",
            .type = attribute_type::text_template,
            .doc = "Its value. Characters of ${...} that cookies cannot have are written as %XX.",
            .required = true},
           {.name = "path", .doc = "Below which paths it is sent.", .default_value = "/"},
           {.name = "domain", .doc = "To which domain; only to this host when not written."},
           {.name = "maxAge",
            .type = attribute_type::integer,
            .doc = "How long it lives; 0 deletes it, -1: as long as the browser is open.",
            .default_value = "-1",
            .unit = "s",
            .min = -1,
            .max = 315'360'000},
           {.name = "expires", .doc = "Until when, as Sun, 06 Nov 1994 08:49:37 GMT."},
           {.name = "secure",
            .type = attribute_type::boolean,
            .doc = "Only over TLS.",
            .default_value = "false"},
           {.name = "httpOnly",
            .type = attribute_type::boolean,
            .doc = "Not for scripts of the page.",
            .default_value = "false"},
           {.name = "sameSite",
            .type = attribute_type::choice,
            .doc = "Whether requests that other sites cause have it; NONE needs secure.",
            .default_value = "LAX",
            .choices = {"LAX", "STRICT", "NONE"}},
           language_attribute()},
  };
  return d;
}

}  // namespace gateway
