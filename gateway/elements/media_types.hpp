// Media types by file name.
#pragma once

#include <string_view>

namespace gateway {

// Content-Type with charset for texts (files are taken to be UTF-8); application/octet-stream when
// the suffix is not known.
std::string_view media_type_of(std::string_view file_name) noexcept;

// True for types whose octets people can read: text/*, JSON, XML, JavaScript, forms.
bool is_text_type(std::string_view content_type) noexcept;

}  // namespace gateway
