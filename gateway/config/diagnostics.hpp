// Collects the errors of one configuration file and renders them with line and caret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/descriptor.hpp"

namespace gateway {

// 1-based line and column (in characters) of octet `offset`, which may equal the size.
source_position position_of(std::string_view text, std::size_t offset);

// "file:line:column: message", the line cut to about 120 characters around the caret, and the
// caret. Values that look like secrets (password="...", user info of URLs, PEM blocks, <private>,
// <secret value>) show as ***.
std::string render_message(std::string_view file_name, std::string_view text, source_position where,
                           std::string_view message);

class diagnostics {
 public:
  // Both must outlive this object.
  diagnostics(std::string_view file_name, std::string_view text)
      : file_name_(file_name), text_(text) {}

  void add(std::size_t offset, std::string message);
  std::size_t size() const noexcept { return errors_.size(); }
  bool empty() const noexcept { return errors_.empty(); }
  // Complete messages in the file's order, without duplicates; at most 100, then one line that says
  // how many more there are.
  std::vector<std::string> rendered() const;
  std::string_view text() const noexcept { return text_; }
  // As position_of(), cheap when called with rising offsets.
  source_position position(std::size_t offset);

 private:
  std::size_t last_offset_ = 0;
  source_position last_position_{1, 1};
  std::string_view file_name_;
  std::string_view text_;
  std::vector<std::pair<std::size_t, std::string>> errors_;
};

}  // namespace gateway
