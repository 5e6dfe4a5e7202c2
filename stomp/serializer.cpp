#include "stomp/serializer.hpp"

#include <algorithm>

#include "stomp/error.hpp"
#include "stomp/escape.hpp"

namespace stomp {
namespace {

constexpr std::string_view forbidden_in_command{"\r\n\0", 3};

std::error_code check_body(const frame& f, length_policy policy, bool& add_length) {
  add_length = false;
  if (!f.body.empty() && !may_have_body(f.command)) return errc::body_not_allowed;
  const std::string length = std::to_string(f.body.size());
  bool present = false;
  for (const header& h : f.headers) {
    if (h.name != "content-length") continue;
    if (h.value != length) return errc::content_length_mismatch;
    present = true;
  }
  if (present || f.body.empty()) return {};
  const bool has_nul = f.body.find('\0') != std::string::npos;
  if (policy == length_policy::as_is && has_nul) return errc::nul_needs_content_length;
  add_length = policy == length_policy::with_body || has_nul;
  return {};
}

}  // namespace

bool write_header(std::string_view name, std::string_view value, const serialize_options& options,
                  std::string& out) {
  const std::size_t before = out.size();
  if (options.headers == header_policy::raw_values) {
    out.append(name) += ':';
    escape_known(value, options.v, out);
    out += '\n';
    return true;
  }
  // Without escapes a ':' in a name would move the border between name and value.
  const bool raw_colon = options.v == version::v1_0 && name.find(':') != std::string_view::npos;
  bool good = !name.empty() && !raw_colon && escape(name, options.v, out);
  if (good) {
    out += ':';
    good = escape(value, options.v, out);
  }
  if (good) {
    out += '\n';
  } else {
    out.resize(before);
  }
  return good;
}

std::error_code serialize(const frame& f, const serialize_options& options, std::string& out) {
  if (f.command.empty() || f.command.find_first_of(forbidden_in_command) != std::string::npos) {
    return errc::bad_command;
  }
  bool add_length = false;
  if (auto error = check_body(f, options.length, add_length)) return error;
  serialize_options own = options;
  if (is_connect_family(f.command)) own.v = version::v1_0;
  const std::size_t before = out.size();
  out += f.command;
  out += '\n';
  for (const header& h : f.headers) {
    if (write_header(h.name, h.value, own, out)) continue;
    out.resize(before);
    return errc::header_not_expressible;
  }
  if (add_length) out.append("content-length:").append(std::to_string(f.body.size())) += '\n';
  out += '\n';
  out += f.body;
  out += '\0';
  return {};
}

}  // namespace stomp
