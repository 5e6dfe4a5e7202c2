// <log>: prints requests and responses with secrets masked.
#include <array>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/text.hpp"
#include "gateway/core/text_template.hpp"
#include "gateway/elements/body_peek.hpp"
#include "gateway/elements/masking.hpp"
#include "gateway/elements/media_types.hpp"

namespace gateway {

namespace {

constexpr std::size_t body_limit = 16 * 1024;  // octets of a body that are printed
constexpr std::size_t line_limit = 2000;       // characters of one line

struct log_settings {
  net::log_level level = net::log_level::info;
  std::string category;
  std::string label;
  bool body = true;
  text_template message;
  std::shared_ptr<const secret_names> secrets;
};

bool is_printable_body(const net::header_list& headers, std::string_view start) {
  if (headers.contains("Content-Encoding")) return false;
  if (const auto type = headers.get("Content-Type")) return is_text_type(*type);
  while (!start.empty()) {
    const std::size_t size = utf8_sequence(start);
    // The cut may fall into a character.
    if (size == 0 || start[0] == '\0') return start.size() < 4 && start[0] != '\0';
    start.remove_prefix(size);
  }
  return true;
}

bool is_event_stream(const net::header_list& headers) {
  const auto type = headers.get("Content-Type");
  return type && net::iequals(type->substr(0, type->find(';')), "text/event-stream");
}

class log_printer final : public element {
 public:
  explicit log_printer(log_settings settings) : settings_(std::move(settings)) {}

  // Only bodies have to be waited for.
  bool waits() const noexcept override { return settings_.body && settings_.message.empty(); }

  outcome request_now(exchange& ex) const override {
    if (ex.world.log.enabled(settings_.level)) print_request(ex);
    return outcome::proceed;
  }
  outcome response_now(exchange& ex) const override {
    if (ex.world.log.enabled(settings_.level)) print_response(ex, "RESPONSE");
    return outcome::proceed;
  }
  net::task<outcome> on_request(exchange& ex) const override {
    if (!ex.world.log.enabled(settings_.level)) co_return outcome::proceed;
    print_request(ex);
    auto printing = print_body(ex, ex.request.headers, ex.request.body);
    co_await printing;
    co_return outcome::proceed;
  }
  net::task<outcome> on_response(exchange& ex) const override {
    if (!ex.world.log.enabled(settings_.level) || !ex.response) co_return outcome::proceed;
    print_response(ex, "RESPONSE");
    auto printing = print_body(ex, ex.response->headers, ex.response->body);
    co_await printing;
    co_return outcome::proceed;
  }
  void abort_now(exchange& ex) const override {
    if (ex.world.log.enabled(settings_.level)) print_response(ex, "Response(Exchange aborted)");
  }

 private:
  // Each line by itself: a sink escapes line ends, so that peers cannot forge lines.
  void line(const exchange& ex, std::string_view text) const {
    ex.world.log.write(settings_.level, settings_.category, text);
  }

  void title(const exchange& ex, std::string_view what) const {
    std::string text = "==== " + std::string(what);
    if (!settings_.label.empty()) text += " " + settings_.label;
    line(ex, text + " ===");
  }

  bool print_message(const exchange& ex, flow_direction where) const {
    if (settings_.message.empty()) return false;
    line(ex, printable(settings_.message.render(ex, where), line_limit));
    return true;
  }

  void print_headers(const exchange& ex, const net::header_list& headers) const {
    line(ex, "Headers:");
    for (const net::header_field& f : headers.fields())
      line(ex, printable(f.name) + ": " +
                   (is_secret_header(f.name, *settings_.secrets)
                        ? std::string("****")
                        : printable(mask_value(f), line_limit)));
  }

  std::string masked(std::string_view text) const {
    return mask_parameters(text, *settings_.secrets);
  }

  // URLs in fields carry tokens, too.
  std::string mask_value(const net::header_field& f) const {
    for (const std::string_view name :
         {"Location", "Referer", "Content-Location", "Destination", "Link"})
      if (net::iequals(f.name, name)) return masked(f.value);
    return f.value;
  }

  void print_request(const exchange& ex) const {
    if (print_message(ex, flow_direction::request)) return;
    title(ex, "REQUEST");
    line(ex, printable(ex.request.method, 40) + " " +
                 printable(masked(ex.request.target), line_limit) +
                 (ex.request.version == 10 ? " HTTP/1.0" : " HTTP/1.1"));
    print_headers(ex, ex.request.headers);
  }

  void print_response(const exchange& ex, std::string_view what) const {
    if (print_message(ex, flow_direction::response)) return;
    title(ex, what);
    if (!ex.response) return line(ex, "(no response)");
    const net::http_response& r = *ex.response;
    line(ex,
         (r.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ") + std::to_string(r.status) + " " +
             (r.reason.empty() ? std::string(net::reason_phrase(r.status)) : printable(r.reason)));
    print_headers(ex, r.headers);
  }

  net::task<void> print_body(const exchange& ex, const net::header_list& headers,
                             std::unique_ptr<net::body_source>& body) const {
    if (!body) co_return;
    // Reading an endless stream would hold it up for ever.
    if (is_event_stream(headers)) co_return line(ex, "[Event stream]");
    const auto type = headers.get("Content-Type");
    if (headers.contains("Content-Encoding") || (type && !is_text_type(*type)))
      co_return line(ex, "[Binary]");
    auto reading = peek(body, body_limit);
    const peeked_body seen = co_await reading;
    if (!is_printable_body(headers, seen.start)) co_return line(ex, "[Binary]");
    const bool form = type && type->find("x-www-form-urlencoded") != type->npos;
    print_text(ex, form ? masked(seen.start) : seen.start);
    if (!seen.complete) line(ex, "[...]");
  }

  void print_text(const exchange& ex, std::string_view text) const {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      std::string_view one = text.substr(0, end);
      if (one.ends_with('\r')) one.remove_suffix(1);
      line(ex, printable(one, line_limit));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  log_settings settings_;
};

net::log_level level_of(std::string_view name) {
  if (net::iequals(name, "TRACE") || net::iequals(name, "DEBUG")) return net::log_level::debug;
  if (net::iequals(name, "WARN")) return net::log_level::warning;
  if (net::iequals(name, "ERROR") || net::iequals(name, "FATAL")) return net::log_level::error;
  return net::log_level::info;
}

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  log_settings s;
  s.level = level_of(node.value("level"));
  s.category = node.value("category");
  s.label = node.value("label");
  s.body = node.boolean("body");
  const attribute_value* old = node.find("headerOnly");
  if (old && node.find("body")->written)
    context.error(node, *old, 0, "is the old form of 'body'; write one of them");
  if (old) s.body = !node.boolean("headerOnly");
  if (const attribute_value* masks = node.find("maskSensitive"); !node.boolean("maskSensitive"))
    context.error(node, *masks, 0, "must be 'true': secrets are always masked here");
  s.message = node.templated("message");
  s.secrets = context.secrets();
  return std::make_unique<log_printer>(std::move(s));
}

}  // namespace

const element_descriptor& log_element() {
  static const element_descriptor d{
      .name = "log",
      .doc = "Prints start line, headers and body of requests and responses. Secrets are masked.",
      .example = R"(<log label="shop" body="false"/>
<log message="${method} ${uri} ${statusCode}"/>)",
      .attributes = {{.name = "level",
                      .type = attribute_type::choice,
                      .doc = "Level of the lines.",
                      .default_value = "INFO",
                      .choices = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}},
                     {.name = "category", .doc = "Component of the lines.", .default_value = "log"},
                     {.name = "label", .doc = "Word in the title, to tell several <log/> apart."},
                     {.name = "body",
                      .type = attribute_type::boolean,
                      .doc =
                          "Print bodies, too: texts up to 16 KiB; they are read before going on.",
                      .default_value = "true"},
                     {.name = "headerOnly",
                      .type = attribute_type::boolean,
                      .doc = "Old form of body, with the opposite meaning."},
                     {.name = "maskSensitive",
                      .type = attribute_type::boolean,
                      .doc = "Always true here.",
                      .default_value = "true"},
                     {.name = "message",
                      .type = attribute_type::text_template,
                      .doc = "Print only this text; ${...} holds expressions as in <if test>."},
                     language_attribute()},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
