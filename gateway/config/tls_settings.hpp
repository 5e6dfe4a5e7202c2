// <ssl> and everything below it: descriptors, and from validated nodes to settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.hpp"

namespace gateway {

// A listener must show a certificate; a target may.
enum class tls_side { listener, target };

// The settings of an <ssl>. `text` is the configuration file, for the places of later findings.
// Errors go to `context`.
tls_settings load_tls(const element_node& ssl, tls_side side, std::string_view text,
                      build_context& context);

// The files that hold certificates or keys of `tls`, and of these the ones to trust; absolute.
std::vector<std::string> files_of(const tls_settings& tls);
std::vector<std::string> trust_files_of(const tls_settings& tls);

// Whether two proxies of one port ask the same of their clients: versions, ciphers, certificates.
bool same_handshake(const tls_settings& a, const tls_settings& b);

// ssl and what may stand in it, for structure_elements().
element_registry tls_structure_elements();

}  // namespace gateway
