// What a configuration says to be secret, for logs. Filled while the file is loaded, then immutable
// and shared by all workers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

class secret_names {
 public:
  // Of header fields; compared without case.
  void add_field(std::string name);
  // Of parameters of queries and forms, decoded; compared as they are.
  void add_parameter(std::string name);
  bool has_field(std::string_view name) const noexcept;
  bool has_parameter(std::string_view name) const noexcept;

 private:
  std::vector<std::string> fields_;
  std::vector<std::string> parameters_;
};

}  // namespace gateway
