#include "mockbroker/faults/malformations_parts.hpp"

#include <utility>

#include "stomp/serializer.hpp"
#include "ws/utf8.hpp"

namespace mockbroker {

namespace {

malformed parts_of(malformed::part::kind what, std::vector<std::string> octets) {
  malformed out;
  for (std::string& o : octets) out.parts.push_back({what, std::move(o)});
  return out;
}

}  // namespace

draft::draft(const stomp::frame& f, const malform_context& how) : command(f.command), body(f.body) {
  stomp::serialize_options rules;
  rules.v = stomp::is_connect_family(f.command) ? stomp::version::v1_0 : how.v;
  stomp::serialize_options raw = rules;
  raw.headers = stomp::header_policy::raw_values;
  for (const stomp::header& h : f.headers) {
    std::string& line = lines.emplace_back();
    // A header that the version cannot express came from a peer that did not mind.
    if (!stomp::write_header(h.name, h.value, rules, line)) {
      stomp::write_header(h.name, h.value, raw, line);
    }
    line.pop_back();
  }
  // Only what is asked for is broken.
  if (body.find('\0') != body.npos && !f.has("content-length")) {
    set_length(std::to_string(body.size()));
  }
}

draft& draft::drop_length() {
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("content-length:"); });
  return *this;
}

draft& draft::set_length(std::string_view value) {
  drop_length().lines.push_back("content-length:" + std::string(value));
  return *this;
}

std::string draft::head() const {
  std::string out = command + "\n";
  for (const std::string& line : lines) out += line + "\n";
  return out + "\n";
}

std::string draft::octets() const { return head() + body + '\0'; }

std::string octets_of(const stomp::frame& f, const malform_context& how) {
  return draft(f, how).octets();
}

std::string_view first_half(std::string_view text) { return ws::cut_utf8(text, text.size() / 2); }

malformed stomp_part(std::string octets) { return stomp_parts({std::move(octets)}); }
malformed wire_part(std::string octets) { return wire_parts({std::move(octets)}); }
malformed stomp_parts(std::vector<std::string> octets) {
  return parts_of(malformed::part::kind::stomp, std::move(octets));
}
malformed wire_parts(std::vector<std::string> octets) {
  return parts_of(malformed::part::kind::wire, std::move(octets));
}

std::string ws_frame(const malform_context& how, ws::opcode op, std::string_view payload,
                     ws::write_options options) {
  if (how.to_broker) options.mask = how.mask;
  std::string out;
  ws::write_frame(out, op, payload, options);
  return out;
}

}  // namespace mockbroker
