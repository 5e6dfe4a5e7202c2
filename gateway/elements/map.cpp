// <map>: a rule of <rewriter>, which judges it.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& map_element() {
  static const element_descriptor d{
      .name = "map",
      .doc = "A rule of <rewriter>.",
      .role = element_role::structure,
      .attributes =
          {{.name = "from",
            .type = attribute_type::regex,
            .doc = "What of path and query is replaced, wherever it stands; ^ is the beginning.",
            .required = true},
           {.name = "to",
            .doc = "What takes its place; $1 to $9 are groups of the pattern. With http:// or "
                   "https:// at its beginning it is always a redirect.",
            .required = true},
           {.name = "do",
            .type = attribute_type::choice,
            .doc = "Change the request, or answer with a redirect: 307, or 301 when permanent.",
            .default_value = "rewrite",
            .choices = {"rewrite", "redirect", "redirect-temporary", "redirect-permanent",
                        "redirect_temporary", "redirect_permanent"}}},
  };
  return d;
}

}  // namespace gateway
