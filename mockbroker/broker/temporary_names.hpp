// The temporary destinations of one connection: what it calls them, and what they are.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "mockbroker/broker/destination_name.hpp"

namespace mockbroker {

class temporary_names {
 public:
  // Both return null when there is none.
  const destination_name* find(std::string_view text) const {
    const auto found = by_text_.find(text);
    return found == by_text_.end() ? nullptr : &found->second;
  }
  const std::string* text_of(const destination_name& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }
  void add(const std::string& text, const destination_name& name) {
    by_text_.emplace(text, name);
    by_name_.emplace(name, text);
  }
  std::size_t size() const noexcept { return by_text_.size(); }

 private:
  std::map<std::string, destination_name, std::less<>> by_text_;
  std::map<destination_name, std::string> by_name_;
};

}  // namespace mockbroker
