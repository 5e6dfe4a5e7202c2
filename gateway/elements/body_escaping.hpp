// How values are inserted into bodies.
#pragma once

#include <string_view>

#include "gateway/core/text_template.hpp"

namespace gateway {

// For bodies of that type: JSON (the inside of a text in quotes), XML and HTML (& < > " '); null
// for others: as it is.
text_template::escaping escaping_for(std::string_view content_type) noexcept;

}  // namespace gateway
