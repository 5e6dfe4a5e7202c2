// Parts of <apiKey> that have two names.
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

// <keys>, once <simple>.
element_descriptor inline_key_store(std::string_view name);
// <headerExtractor>, once <header>.
element_descriptor key_header(std::string_view name);
// <queryParamExtractor>, once <query>.
element_descriptor key_parameter(std::string_view name);

}  // namespace gateway
