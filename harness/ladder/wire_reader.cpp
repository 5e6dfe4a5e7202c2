#include "harness/ladder/wire_reader.hpp"

#include <algorithm>
#include <charconv>

namespace harness::ladder {

const std::string* wire_frame::find(std::string_view name) const {
  for (const auto& [key, text] : headers) {
    if (key == name) return &text;
  }
  return nullptr;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    constexpr std::string_view letters = "nrc\\";
    constexpr std::string_view meant = "\n\r:\\";
    const auto found = letters.find(text[i + 1]);
    if (found == letters.npos) {
      out += text[i];
    } else {
      out += meant[found];
      ++i;
    }
  }
  return out;
}

std::string escaped(std::string_view text, std::string_view version) {
  if (version != "1.1" && version != "1.2") return std::string(text);
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == ':') {
      out += "\\c";
    } else if (c == '\r' && version == "1.2") {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

// The head is all there: reads it from held_.
bool wire_reader::read_head() {
  const auto end = held_.find("\n\n", searched_ > 0 ? searched_ - 1 : 0);
  searched_ = held_.size();
  if (end == std::string::npos) return false;
  std::string_view head(held_.data(), end);
  bool first = true;
  while (true) {
    const auto line = head.substr(0, head.find('\n'));
    if (first) {
      frame_.command = std::string(line);
    } else {
      const auto colon = line.find(':');
      frame_.headers.emplace_back(line.substr(0, colon),
                                  colon == line.npos ? std::string_view() : line.substr(colon + 1));
    }
    first = false;
    if (line.size() == head.size()) break;
    head.remove_prefix(line.size() + 1);
  }
  held_.erase(0, end + 2);
  searched_ = 0;
  length_.reset();
  const auto& command = frame_.command;
  const bool may_have_body =
      !is_client_ || command == "SEND" || command == "MESSAGE" || command == "ERROR";
  const auto* text = frame_.find("content-length");
  if (may_have_body && text) {
    std::size_t number = 0;
    const auto [last, bad] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (bad == std::errc{}) length_ = number;
  }
  in_body_ = true;
  return true;
}

wire_reader::event wire_reader::next(std::string_view& input) {
  while (true) {
    if (!in_body_) {
      if (held_.empty()) {
        if (input.empty()) return event::none;
        if (is_client_ && input.front() == '\0') {
          input.remove_prefix(1);
          continue;
        }
        if (input.front() == '\n' || input.front() == '\r') {
          const bool lf = input.front() == '\n';
          input.remove_prefix(1);
          if (lf) return event::eol;
          continue;
        }
      }
      // Up to the next LF, so that the head's end is found without eating the body twice.
      const auto size = std::min(input.find('\n'), input.size() - 1);
      if (input.empty()) return event::none;
      held_.append(input.substr(0, size + 1));
      input.remove_prefix(size + 1);
      if (is_client_ && held_.ends_with("\r\n")) {
        held_.erase(held_.size() - 2, 1);
        searched_ = std::min(searched_, held_.size() - 1);
      }
      read_head();
      continue;
    }
    if (input.empty()) return event::none;
    if (length_ && held_.size() < *length_) {
      const auto size = std::min(input.size(), *length_ - held_.size());
      held_.append(input.substr(0, size));
      input.remove_prefix(size);
      continue;
    }
    const auto nul = input.find('\0');
    held_.append(input.substr(0, nul));
    input.remove_prefix(nul == input.npos ? input.size() : nul + 1);
    if (nul == std::string_view::npos) return event::none;
    frame_.body = std::exchange(held_, {});
    in_body_ = false;
    searched_ = 0;
    return event::frame;
  }
}

}  // namespace harness::ladder
