// The part of the machine that changes an exchange or a message under construction; for scripts.
// What goes into a message is checked, so that nothing a peer sent gets a line of its own.
#include <algorithm>

#include "gateway/core/script.hpp"
#include "gateway/core/script_machine.hpp"
#include "gateway/core/text.hpp"
#include "net/http_fields.hpp"

namespace gateway::script_code {

namespace {

using built_pointer = std::shared_ptr<built_message>;

bool has_line_end(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

}  // namespace

std::string machine::method_name(std::uint16_t index, const node& at) {
  std::string given = to_text(eval(index));
  if (!net::is_token(given)) fail(at, "'" + printable(given, 40) + "' is not a method");
  return given;
}

std::string machine::request_target(std::uint16_t index, const node& at) {
  std::string given = to_text(eval(index));
  const bool blank =
      std::any_of(given.begin(), given.end(), [](char c) { return c <= ' ' && c >= 0; });
  if (given.empty() || blank || given.find('\x7f') != given.npos)
    fail(at, "'" + printable(given, 40) + "' cannot stand in a request line");
  if (given[0] != '/' && !given.starts_with("http://") && !given.starts_with("https://"))
    fail(at, "a uri begins with '/'");
  return given;
}

int machine::final_status(std::uint16_t index, const node& at) {
  const double status = number(index, at);
  if (!(status >= 200 && status <= 599)) fail(at, "a status is a number from 200 to 599");
  return static_cast<int>(status);
}

// Name b and value c of a field that may be sent.
net::header_field machine::field(const node& n) {
  net::header_field f{name(n.b), to_text(eval(n.c))};
  if (!net::is_token(f.name))
    fail(n, "'" + printable(f.name, 40) + "' is not the name of a header");
  if (has_line_end(f.value)) fail(n, "the value of header '" + f.name + "' has a line end");
  charge(f.value.size(), n);
  return f;
}

value machine::eval_build(const node& n) {
  if (n.code == op::new_request || n.code == op::new_response) {
    auto message = std::make_shared<built_message>();
    message->response = n.code == op::new_response;
    return message;
  }
  const auto message = built(n.a);
  if (!message) fail(n, "there is no builder");
  switch (n.code) {
    case op::build_method:
      message->method = method_name(n.b, n);
      break;
    case op::build_uri:
      message->target = request_target(n.b, n);
      break;
    case op::build_status:
      message->status = final_status(n.b, n);
      break;
    case op::build_body:
      message->body = to_text(eval(n.b));
      charge(message->body.size(), n);
      break;
    case op::build_header: {
      const net::header_field f = field(n);
      message->headers.add(f.name, f.value);
      break;
    }
    default: {
      built_pointer keep;
      if (const net::header_list* from = headers_of(n.from, n.b, keep)) message->headers = *from;
      break;
    }
  }
  return message;
}

net::header_list& machine::headers_to_change(const node& n, built_pointer& keep) {
  if (n.of == subject::built) {
    keep = built(n.a);
    if (!keep) fail(n, "there is no such message");
    return keep->headers;
  }
  if (!is_response(n.of)) return write_->request.headers;
  if (!write_->response) fail(n, "there is no response yet");
  return write_->response->headers;
}

void machine::change(const node& n) {
  switch (n.code) {
    case op::set_header:
    case op::add_header: {
      built_pointer keep;
      net::header_list& headers = headers_to_change(n, keep);
      const bool nothing = std::holds_alternative<std::monostate>(eval(n.c));
      if (nothing && n.code == op::set_header) return headers.remove(name(n.b));
      const net::header_field f = field(n);
      if (n.code == op::add_header)
        headers.add(f.name, f.value);
      else
        headers.set(f.name, f.value);
      return;
    }
    case op::remove_header: {
      built_pointer keep;
      headers_to_change(n, keep).remove(name(n.b));
      return;
    }
    case op::set_property: {
      const std::string key = name(n.b);
      const value given = eval(n.c);
      property_value kept;
      if (const std::string* text = std::get_if<std::string>(&given)) {
        charge(text->size(), n);
        kept = *text;
      } else if (const bool* b = std::get_if<bool>(&given)) {
        kept = *b;
      } else if (const double* d = std::get_if<double>(&given)) {
        kept = *d;
      }
      const std::string_view wrong = put_property(*write_, key, std::move(kept));
      if (!wrong.empty()) fail(n, std::string(wrong));
      return;
    }
    default:
      return change_message(n);
  }
}

void machine::change_message(const node& n) {
  switch (n.code) {
    case op::set_method:
    case op::set_uri:
    case op::set_status:
    case op::set_reason:
      return n.of == subject::built ? change_built_line(n) : change_start_line(n);
    case op::set_body:
      return set_body(n, to_text(eval(n.b)));
    case op::set_destination: {
      const std::string url = to_text(eval(n.c));
      const auto parsed = parse_destination(url);
      const auto* to = std::get_if<destination>(&parsed);
      if (!to) fail(n, "the destination " + std::get<std::string>(parsed));
      const bool adjust = !write_->to || write_->to->adjust_host;
      write_->to = *to;
      write_->to->adjust_host = adjust;
      // The whole URL counts, also a bare "/".
      if (!write_->to->path && url.ends_with('/')) write_->to->path = "/";
      return;
    }
    case op::clear_destinations:
      write_->to.reset();
      return;
    default:
      break;
  }
  const auto message = built(n.b);
  if (!message) fail(n, "there is no message");
  if (is_response(n.of) != message->response)
    fail(n, message->response ? "a request is expected here" : "a response is expected here");
  replace(*message);
}

void machine::replace(const built_message& by) {
  if (by.response) {
    if (!write_->response) write_->response.emplace();
    write_->response->status = by.status;
    write_->response->reason.clear();
    write_->response->headers = by.headers;
  } else {
    write_->request.method = by.method;
    write_->request.headers = by.headers;
    // A builder that names no uri means the one of the request it replaces.
    if (!by.target.empty()) write_->request.target = by.target;
  }
  put(by.response, by.body);
}

void machine::change_start_line(const node& n) {
  if (n.code == op::set_method) {
    write_->request.method = method_name(n.b, n);
    return;
  }
  if (n.code == op::set_uri) {
    write_->request.target = request_target(n.b, n);
    return;
  }
  if (!write_->response) fail(n, "there is no response yet");
  if (n.code == op::set_reason) {
    write_->response->reason = printable(to_text(eval(n.b)), 100);
    return;
  }
  if (write_->response->status == 101) fail(n, "the status of a WebSocket cannot be changed");
  write_->response->status = final_status(n.b, n);
  write_->response->reason.clear();
}

void machine::change_built_line(const node& n) {
  const auto message = built(n.a);
  if (!message) fail(n, "there is no such message");
  if (n.code == op::set_method) message->method = method_name(n.b, n);
  if (n.code == op::set_uri) message->target = request_target(n.b, n);
  if (n.code == op::set_status) message->status = final_status(n.b, n);
}

void machine::set_body(const node& n, std::string text) {
  if (n.of == subject::built) {
    const auto message = built(n.a);
    if (!message) fail(n, "there is no such message");
    message->body = std::move(text);
    return;
  }
  const bool response = is_response(n.of);
  if (response && !write_->response) fail(n, "there is no response yet");
  charge(text.size(), n);
  put(response, std::move(text));
}

void machine::put(bool response, std::string text) {
  *(response ? held_->response : held_->request) = std::move(text);
  (response ? held_->response_changed : held_->request_changed) = true;
}

}  // namespace gateway::script_code
