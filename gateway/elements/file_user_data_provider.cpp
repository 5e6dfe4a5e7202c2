// <fileUserDataProvider>: the old name of <htpasswdFileProvider>.
#include "gateway/elements/htpasswd_file_provider.hpp"

namespace gateway {

const element_descriptor& file_user_data_provider_element() {
  static const element_descriptor d = [] {
    element_descriptor old = htpasswd_provider("fileUserDataProvider");
    old.doc = "Old name of htpasswdFileProvider.";
    return old;
  }();
  return d;
}

}  // namespace gateway
