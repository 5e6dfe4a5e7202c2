// The reference of all elements, made of their descriptors: Markdown for people, XSD for editors.
// Pure; the same registries give the same octets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/descriptor.hpp"

namespace gateway {

// Everything a file may hold.
struct known_elements {
  element_registry structure;  // structure_elements()
  element_registry elements;   // builtin_elements()

  // Both lists, in their order.
  std::vector<const element_descriptor*> all() const;
};

// docs/configuration.md: each element with its sentence, example, attributes (type, range, unit,
// default, choices, other names) and children.
std::string reference_markdown(const known_elements& known);

// XML Schema 1.0 of Membrane's namespace. It imports spring_beans_xsd() as "spring-beans.xsd". It
// is never stricter than the loader; looser where XSD has no words (expressions, URLs, one of two
// attributes).
std::string proxies_xsd(const known_elements& known);

// XML Schema 1.0 of the envelope, <spring:beans>, as far as it is read here.
std::string_view spring_beans_xsd() noexcept;

}  // namespace gateway
