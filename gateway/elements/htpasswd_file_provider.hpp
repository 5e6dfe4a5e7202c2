// What <htpasswdFileProvider> and its old name have in common.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

element_descriptor htpasswd_provider(std::string_view name);

}  // namespace gateway
