// Where a part of an element's text is, for errors at load and at run time.
#pragma once

#include <string>
#include <vector>

#include "gateway/core/descriptor.hpp"

namespace gateway {

class text_places {
 public:
  // `text` is that of `node`, or of the file that its attribute `location` names.
  text_places(const element_node& node, build_context& context, const std::string& text);
  // "proxies.xml:12:7"; `offset` into the text.
  std::string of(std::size_t offset) const;
  // An error there. `what` is the text, for people: "script".
  void report(const element_node& node, build_context& context, std::string_view what,
              const expression_error& wrong) const;

 private:
  struct line {
    std::size_t start;
    source_position at;
  };
  std::string file_;
  std::vector<line> lines_;
};

}  // namespace gateway
