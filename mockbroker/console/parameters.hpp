// What a request says in its query and its form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"

namespace mockbroker::web {

// In their order, those of the query before those of the form, as servlets have it.
class parameters {
 public:
  static constexpr std::size_t most = 1000;  // as Jetty

  parameters(std::string_view query, std::string_view form);

  bool has(std::string_view name) const noexcept;
  // The first of that name, or empty.
  std::string_view first(std::string_view name) const noexcept;
  // All of that name with commas between them, as ActiveMQ's console binds its parameters.
  std::string joined(std::string_view name) const;
  const std::vector<net::header_field>& all() const noexcept { return all_; }
  bool are_too_many() const noexcept { return all_.size() > most; }

 private:
  std::vector<net::header_field> all_;
};

}  // namespace mockbroker::web
