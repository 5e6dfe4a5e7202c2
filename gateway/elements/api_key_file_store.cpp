// <apiKeyFileStore>: the keys of <apiKey>, in a file.
#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& api_key_file_store_element() {
  static const element_descriptor d{
      .name = "apiKeyFileStore",
      .doc =
          "Keys of a file: key or key:scope,scope, one a line; what follows a # is a comment. Read "
          "again when it changes.",
      .role = element_role::structure,
      .attributes = {{.name = "location",
                      .type = attribute_type::path,
                      .doc = "The file.",
                      .required = true}},
  };
  return d;
}

}  // namespace gateway
