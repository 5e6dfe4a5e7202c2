// The log of the binaries: one line an event on standard error, as text or JSON.
#pragma once

#include <memory>

#include "net/log.hpp"

namespace net {

enum class log_format { text, json };
std::unique_ptr<log_sink> make_stderr_log(log_level lowest, log_format format);

// Drops everything; for tests and quiet tools.
log_sink& null_log();

}  // namespace net
