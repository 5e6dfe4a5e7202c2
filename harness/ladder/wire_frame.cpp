#include "harness/ladder/wire_frame.hpp"

#include <charconv>

namespace harness::ladder {
namespace {

constexpr std::string_view end_of_headers = "\n\n";

void read_head(std::string_view head, wire_frame& into) {
  for (bool first = true; !head.empty(); first = false) {
    const auto end = head.find('\n');
    const auto line = head.substr(0, end);
    head.remove_prefix(end == head.npos ? head.size() : end + 1);
    if (first) {
      into.command = line;
      continue;
    }
    const auto colon = line.find(':');
    into.headers.emplace_back(line.substr(0, colon),
                              colon == line.npos ? std::string_view() : line.substr(colon + 1));
  }
}

// Where the body that begins at `start` ends; npos while that is not known.
std::size_t end_of_body(std::string_view octets, std::size_t start, const wire_frame& head) {
  const auto length = head.get("content-length");
  std::size_t size = 0;
  if (length && (head.command == "MESSAGE" || head.command == "ERROR")) {
    const auto [end, error] =
        std::from_chars(length->data(), length->data() + length->size(), size);
    if (error == std::errc{} && end == length->data() + length->size() && size < (1U << 30U)) {
      if (octets.size() <= start + size) return octets.npos;
      if (octets[start + size] == '\0') return start + size;
    }
  }
  return octets.find('\0', start);
}

}  // namespace

std::optional<std::string_view> wire_frame::get(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

wire_frame read_message(std::string_view text) {
  wire_frame f;
  f.octets = text;
  const auto blank = text.find(end_of_headers);
  read_head(text.substr(0, blank), f);
  if (blank == text.npos) return f;
  f.body = text.substr(blank + end_of_headers.size());
  if (f.body.ends_with('\0')) f.body.pop_back();
  return f;
}

std::optional<frame_reader::item> frame_reader::next() {
  if (buffer_.empty()) return std::nullopt;
  if (buffer_.front() == '\n') {
    buffer_.erase(0, 1);
    const bool belongs = after_nul_ && newline_follows_;
    after_nul_ = false;
    if (belongs) return next();
    return item{true, {}};
  }
  const auto blank = buffer_.find(end_of_headers);
  const auto nul = buffer_.find('\0');
  wire_frame f;
  std::size_t end = nul;
  if (blank != buffer_.npos && (nul == buffer_.npos || blank < nul)) {
    read_head(std::string_view(buffer_).substr(0, blank), f);
    const std::size_t start = blank + end_of_headers.size();
    end = end_of_body(buffer_, start, f);
    if (end == buffer_.npos) return std::nullopt;
    f.body = buffer_.substr(start, end - start);
  } else if (nul == buffer_.npos) {
    return std::nullopt;
  } else {
    read_head(std::string_view(buffer_).substr(0, nul), f);
  }
  f.octets = buffer_.substr(0, end + 1);
  buffer_.erase(0, end + 1);
  after_nul_ = true;
  return item{false, std::move(f)};
}

std::string unescape(std::string_view value, std::string_view version) {
  if (version != "1.1" && version != "1.2") return std::string(value);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char next = i + 1 < value.size() ? value[i + 1] : '\0';
    const char* known = version == "1.2" ? "n\nc:\\\\r\r" : "n\nc:\\\\";
    const char* found = nullptr;
    for (const char* k = known; value[i] == '\\' && next != '\0' && *k; k += 2) {
      if (*k == next) found = k;
    }
    if (found) {
      out += found[1];
      ++i;
    } else {
      out += value[i];
    }
  }
  return out;
}

std::string printable(std::string_view text, std::size_t longest) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\0') {
      out += "\\0";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7f) {
      out += "\\x";
      out += digits[code >> 4U];
      out += digits[code & 15U];
    } else {
      out += c;
    }
  }
  out += '"';
  if (text.size() > longest) out += "... (" + std::to_string(text.size()) + " octets)";
  return out;
}

std::string to_text(const wire_frame& f) {
  std::string text = f.command;
  for (const auto& [name, value] : f.headers) {
    const bool plain = value.find_first_of(" \t\n\r\"\\") == value.npos && !value.empty();
    text += ' ' + name + '=' + (plain ? value.substr(0, 200) : printable(value));
  }
  if (!f.body.empty()) {
    const bool trace = f.command == "ERROR";
    text += " body=" + printable(trace ? f.body.substr(0, f.body.find('\n')) : f.body);
  }
  return text;
}

}  // namespace harness::ladder
