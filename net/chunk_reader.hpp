// Reads a body in the chunked transfer coding (RFC 9112 7.1): sizes, data, extensions, trailer.
// Strict where readers differ: sizes are plain hex digits, every line ends with CR LF. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_fields.hpp"
#include "net/http_types.hpp"

namespace net {

class chunk_reader {
 public:
  // Octets that may be spent on what is no content, in one message.
  static constexpr std::size_t longest_line = 8 * 1024;      // without its CR LF
  static constexpr std::size_t most_extensions = 16 * 1024;  // of all chunks together
  static constexpr std::size_t most_trailer = 16 * 1024;     // of all trailer fields together
  static constexpr std::size_t most_trailer_fields = 100;

  // Takes octets from the front of `input` and appends content to `out` until that holds `most`
  // octets or the coding ends; answers how many were taken. Stops for good on an error.
  std::size_t consume(std::string_view input, std::string& out, std::size_t most);

  // The last line was read: what follows belongs to the next message.
  bool done() const noexcept { return part_ == part::end; }
  // 400, or 431 for a trailer above the limits.
  const http_error& error() const noexcept { return error_; }
  // The fields behind the content, complete once done().
  header_list& trailer() noexcept { return trailer_; }

 private:
  enum class part { size, data, data_end, trailer, end };

  std::size_t take_line(std::string_view input);
  void on_line();
  void on_size(std::string_view line);
  void on_trailer(std::string_view line);
  void fail(int status, std::string detail) { error_ = {status, std::move(detail)}; }

  part part_ = part::size;
  std::uint64_t left_ = 0;  // of the chunk's data
  std::string line_;        // what came of the line so far
  std::size_t extensions_ = 0;
  std::size_t trailer_size_ = 0;
  header_list trailer_;
  http_error error_;
};

}  // namespace net
