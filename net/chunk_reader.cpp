#include "net/chunk_reader.hpp"

#include <algorithm>
#include <charconv>

namespace net {

std::size_t chunk_reader::consume(std::string_view input, std::string& out, std::size_t most) {
  std::size_t used = 0;
  while (used < input.size() && !error_ && !done()) {
    const std::string_view rest = input.substr(used);
    if (part_ != part::data) {
      used += take_line(rest);
      continue;
    }
    if (out.size() >= most) break;
    const std::size_t size =
        std::size_t(std::min<std::uint64_t>(left_, std::min(rest.size(), most - out.size())));
    out.append(rest.substr(0, size));
    used += size;
    left_ -= size;
    if (left_ == 0) part_ = part::data_end;
  }
  return used;
}

// Takes octets up to the end of the line, which is then looked at.
std::size_t chunk_reader::take_line(std::string_view input) {
  const auto end = input.find('\n');
  const std::size_t size = end == input.npos ? input.size() : end + 1;
  // One octet more than the limit tells that it is passed; the rest is of no interest.
  const std::size_t limit = part_ == part::data_end ? 2 : longest_line + 2;
  const std::size_t taken = std::min(size, limit + 1 - line_.size());
  line_.append(input.substr(0, taken));
  if (line_.size() > limit) {
    fail(part_ == part::trailer ? 431 : 400, "A line of the chunked coding is too long.");
  } else if (line_.ends_with('\n')) {
    on_line();
    line_.clear();
  }
  return taken;
}

void chunk_reader::on_line() {
  std::string_view line = line_;
  line.remove_suffix(1);
  if (!line.ends_with('\r')) return fail(400, "A line of the chunked coding has no CR LF.");
  line.remove_suffix(1);
  if (!is_field_text(line)) return fail(400, "The chunked coding holds a control character.");
  switch (part_) {
    case part::size:
      return on_size(line);
    case part::data_end:
      if (!line.empty()) return fail(400, "A chunk is longer than its size says.");
      part_ = part::size;
      return;
    case part::trailer:
      return on_trailer(line);
    case part::data:
    case part::end:
      return;
  }
}

void chunk_reader::on_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
  std::string_view extension = line.substr(digits.size());
  // 16 digits fill 64 bits: more could only be zeros, or an overflow.
  if (digits.empty() || digits.size() > 16) return fail(400, "A chunk has no proper size.");
  std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  extensions_ += extension.size();
  if (extensions_ > most_extensions) return fail(400, "The chunk extensions are too long.");
  while (extension.starts_with(' ') || extension.starts_with('\t')) extension.remove_prefix(1);
  if (!extension.empty() && extension[0] != ';') return fail(400, "A chunk has no proper size.");
  part_ = left_ > 0 ? part::data : part::trailer;
}

void chunk_reader::on_trailer(std::string_view line) {
  if (line.empty()) {
    part_ = part::end;
    return;
  }
  trailer_size_ += line.size();
  if (trailer_size_ > most_trailer || trailer_.fields().size() >= most_trailer_fields) {
    return fail(431, "The trailer is longer than the limit.");
  }
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == line.npos || !is_token(name)) return fail(400, "A trailer field is malformed.");
  trailer_.add(name, trimmed(line.substr(colon + 1)));
}

}  // namespace net
