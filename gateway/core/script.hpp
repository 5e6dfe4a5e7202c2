// Scripts of <groovy>: the part of Groovy that files for Membrane use. docs/expressions.md has the
// whole list. No loops, no classes, no Java; what is not known is refused when it is loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/core/exchange.hpp"
#include "gateway/core/expression.hpp"

namespace gateway {

// What one run may use; beyond: script_failure.
struct script_limits {
  static constexpr std::size_t texts = 8 * 1024 * 1024;  // octets of all texts that it makes
  static constexpr std::size_t properties = 100;         // of an exchange
  static constexpr std::size_t property = 64 * 1024;     // octets of one, with its name
  static constexpr std::size_t matched = 16 * 1024;      // octets matched against a pattern
  static constexpr std::size_t body = 1024 * 1024;       // octets of a body that it reads
};

// A run that could not go on; `offset` into the text of the script.
class script_failure : public std::runtime_error {
 public:
  script_failure(std::size_t offset, const std::string& message)
      : std::runtime_error(message), offset_(offset) {}
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

// Immutable once compiled; shared by all workers.
class script {
 public:
  // Compiles `text`, which need not outlive the call.
  static std::variant<script, expression_error> compile(std::string_view text);

  // Whether it has to wait for bodies: then only run() may be called.
  bool reads_bodies() const noexcept;
  // Runs it on the message of the direction `where`. Bodies that it uses are read first (at most
  // script_limits::body) and put back. `ports` rewrites the ports of loopback destinations. The
  // answer is what the script says (CONTINUE, RETURN, ABORT; a response that it gives is RETURN),
  // else proceed. Throws script_failure.
  net::task<outcome> run(exchange& ex, flow_direction where, const port_map& ports) const;
  outcome run_now(exchange& ex, flow_direction where, const port_map& ports) const;

 private:
  outcome apply(exchange& ex, flow_direction where, const port_map& ports, std::string request_text,
                std::string response_text) const;

  std::shared_ptr<const script_code::program> code_;
};

}  // namespace gateway
