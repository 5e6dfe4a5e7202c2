// <webServer>: files of a folder (facts/membrane.md 2.10, with caching and HEAD as in RFC 9110).
#pragma once

#include "gateway/core/descriptor.hpp"

namespace gateway {

const element_descriptor& web_server_element();

}  // namespace gateway
