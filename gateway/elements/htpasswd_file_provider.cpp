// <htpasswdFileProvider>: the users of <basicAuthentication>, in a file.
#include "gateway/elements/htpasswd_file_provider.hpp"

namespace gateway {

element_descriptor htpasswd_provider(std::string_view name) {
  return {
      .name = name,
      .doc =
          "Users of a file as htpasswd writes it: user:hash, one a line. bcrypt, SHA-256 and "
          "SHA-512 crypt, MD5 (apr1 and crypt), yescrypt and plain text. Read again when it "
          "changes.",
      .role = element_role::structure,
      .attributes = {{.name = "location",
                      .type = attribute_type::path,
                      .doc = "The file.",
                      .required = true}},
  };
}

const element_descriptor& htpasswd_file_provider_element() {
  static const element_descriptor d = htpasswd_provider("htpasswdFileProvider");
  return d;
}

}  // namespace gateway
