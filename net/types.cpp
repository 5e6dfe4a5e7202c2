#include "net/types.hpp"

namespace net {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "net"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::would_block:
        return "nothing to do now";
      case errc::end_of_stream:
        return "the peer closed the connection";
      case errc::connection_lost:
        return "the connection was lost";
      case errc::connection_refused:
        return "connection refused";
      case errc::name_not_found:
        return "host name not found";
      case errc::unreachable:
        return "network or host unreachable";
      case errc::timed_out:
        return "timed out";
      case errc::address_in_use:
        return "address already in use";
      case errc::permission_denied:
        return "permission denied";
      case errc::cancelled:
        return "cancelled";
      case errc::no_descriptors:
        return "too many open files";
      case errc::not_found:
        return "no such file or directory";
      case errc::tls_failure:
        return "TLS failure";
      case errc::bad_message:
        return "malformed message";
      case errc::too_large:
        return "larger than the limit";
      case errc::body_failed:
        return "the body to send was cut off or malformed";
      case errc::body_timed_out:
        return "the body to send made no progress";
      case errc::other:
        break;
    }
    return "input/output error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

std::string to_string(const endpoint& e) {
  const bool v6 = e.address.find(':') != std::string::npos;
  return (v6 ? "[" + e.address + "]" : e.address) + ":" + std::to_string(e.port);
}

}  // namespace net
