// Where log lines go. Library code gets a log_sink& and never prints; a runtime stamps the time.
#pragma once

#include <string_view>

namespace net {

enum class log_level { debug, info, warning, error };

class log_sink {
 public:
  virtual ~log_sink() = default;
  // One line. `component` is a short word ("tls", "proxy"); secrets must not be in `message`.
  // Control characters of `message` are escaped by the sink, so peers cannot forge lines.
  virtual void write(log_level level, std::string_view component, std::string_view message) = 0;
  virtual bool enabled(log_level level) const = 0;
};

}  // namespace net
