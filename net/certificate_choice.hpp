// Which of several certificates a server shows, by the name that its client asks for (SNI).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net {

// Whether a certificate's DNS name covers `name`: without regard to case; a leading "*." stands for
// one label, not empty (RFC 6125 6.4.3).
bool covers(std::string_view pattern, std::string_view name) noexcept;

// An index into `certificates`, at least one, each given by its DNS names. The first that has
// `name` itself; else the first with a wildcard for it; else the first without any DNS name. An
// empty `name`, and any where there is only one certificate: the first. Nothing: none fits.
std::optional<std::size_t> choose_certificate(
    std::span<const std::vector<std::string>> certificates, std::string_view name);

}  // namespace net
