#include "net/stderr_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <boost/json.hpp>
#include <cstdio>

namespace net {

namespace {

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Peers must not be able to forge lines or to talk to the terminal. Line ends of our own
// multi-line messages (configuration errors) stay.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7f) {
      out += c;
    } else if (c == '\n') {
      out += "\n    ";
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", octet);
      out += escaped;
    }
  }
  return out;
}

class stderr_log final : public log_sink {
 public:
  stderr_log(log_level lowest, log_format format)
      : format_(format), logger_("", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_level(to_spdlog(lowest));
    logger_.flush_on(spdlog::level::debug);
    logger_.set_pattern(format == log_format::text ? "%Y-%m-%dT%H:%M:%S.%e %-7l %v" : "%v");
  }
  void write(log_level level, std::string_view component, std::string_view message) override {
    if (!enabled(level)) return;
    if (format_ == log_format::text) {
      logger_.log(to_spdlog(level), "{}: {}", component, printable(message));
      return;
    }
    const auto name = spdlog::level::to_string_view(to_spdlog(level));
    const boost::json::object line{
        {"time", std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count()},
        {"level", boost::json::string_view(name.data(), name.size())},
        {"component", boost::json::string_view(component.data(), component.size())},
        {"message", boost::json::string_view(message.data(), message.size())}};
    logger_.log(to_spdlog(level), "{}", boost::json::serialize(line));
  }
  bool enabled(log_level level) const override { return logger_.should_log(to_spdlog(level)); }

 private:
  log_format format_;
  spdlog::logger logger_;
};

class silent final : public log_sink {
 public:
  void write(log_level, std::string_view, std::string_view) override {}
  bool enabled(log_level) const override { return false; }
};

}  // namespace

std::unique_ptr<log_sink> make_stderr_log(log_level lowest, log_format format) {
  return std::make_unique<stderr_log>(lowest, format);
}

log_sink& null_log() {
  static silent instance;
  return instance;
}

}  // namespace net
