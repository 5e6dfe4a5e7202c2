// The octets of one frame, spoiled.
#include <array>

#include "mockbroker/faults/malformations_parts.hpp"

namespace mockbroker {

namespace {

using std::string;
using std::string_view;
using stomp::frame;
using context = const malform_context&;

malformed with_command(string_view command, const frame& f, context how) {
  draft d(f, how);
  d.command = command;
  return stomp_part(d.octets());
}

// With one more header line behind the others.
malformed with_line(string line, const frame& f, context how) {
  draft d(f, how);
  d.lines.push_back(std::move(line));
  return stomp_part(d.octets());
}

malformed with_length(string_view length, const frame& f, context how) {
  return stomp_part(draft(f, how).set_length(length).octets());
}

malformed no_nul(const frame& f, context how) {
  const draft d(f, how);
  return stomp_part(d.head() + d.body);
}

malformed nul_twice(const frame& f, context how) { return stomp_part(octets_of(f, how) + '\0'); }

malformed nul_in_header(const frame& f, context how) {
  return with_line(string("broken:a\0b", 10), f, how);
}

malformed cr_only_eol(const frame& f, context how) {
  const draft d(f, how);
  string head = d.head();
  for (char& c : head) c = c == '\n' ? '\r' : c;
  return stomp_part(head + d.body + '\0');
}

// CR LF and LF take turns; the empty line has CR LF.
malformed crlf_mixed(const frame& f, context how) {
  const draft d(f, how);
  string out = d.command + "\r\n";
  for (std::size_t i = 0; i < d.lines.size(); ++i) out += d.lines[i] + (i % 2 == 0 ? "\n" : "\r\n");
  return stomp_part(out + "\r\n" + d.body + '\0');
}

malformed no_blank_line(const frame& f, context how) {
  const draft d(f, how);
  string head = d.head();
  head.pop_back();
  return stomp_part(head + d.body + '\0');
}

malformed empty_command(const frame& f, context how) { return with_command("", f, how); }

malformed lower_case_command(const frame& f, context how) {
  string lower = f.command;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return with_command(lower, f, how);
}

malformed unknown_command(const frame& f, context how) { return with_command("BROKEN", f, how); }

malformed leading_bom(const frame& f, context how) {
  return with_command("\xEF\xBB\xBF" + f.command, f, how);
}

malformed header_without_colon(const frame& f, context how) { return with_line("broken", f, how); }
malformed header_empty_name(const frame& f, context how) { return with_line(":broken", f, how); }
malformed bad_escape(const frame& f, context how) { return with_line("broken:a\\tb", f, how); }
malformed escape_at_end(const frame& f, context how) { return with_line("broken:a\\", f, how); }
malformed unescaped_colon(const frame& f, context how) { return with_line("broken:a:b", f, how); }

malformed repeated_header(const frame& f, context how) {
  draft d(f, how);
  string name = "broken";
  for (const string& line : d.lines) {
    // A second content-length would be another fault.
    if (line.starts_with("content-length:")) continue;
    name = line.substr(0, line.find(':'));
    break;
  }
  if (name == "broken") d.lines.push_back("broken:first");
  d.lines.push_back(name + ":second");
  return stomp_part(d.octets());
}

malformed header_64k(const frame& f, context how) {
  return with_line("broken:" + string(std::size_t{64} * 1024, 'x'), f, how);
}

malformed headers_10k(const frame& f, context how) {
  draft d(f, how);
  for (int i = 0; i < 10'000; ++i) d.lines.push_back("broken-" + std::to_string(i) + ":x");
  return stomp_part(d.octets());
}

malformed content_length_short(const frame& f, context how) {
  draft d(f, how);
  if (d.body.empty()) d.body = "b";
  return stomp_part(d.set_length(std::to_string(d.body.size() - 1)).octets());
}

malformed content_length_long(const frame& f, context how) {
  return with_length(std::to_string(f.body.size() + 1), f, how);
}

malformed content_length_negative(const frame& f, context how) { return with_length("-1", f, how); }
malformed content_length_text(const frame& f, context how) { return with_length("many", f, how); }

// A reader that counts modulo 2^64 finds the right length.
malformed content_length_overflow(const frame& f, context how) {
  string number = "18446744073709551616";
  std::size_t carry = f.body.size();
  for (auto digit = number.rbegin(); carry != 0 && digit != number.rend(); ++digit) {
    carry += std::size_t(*digit - '0');
    *digit = char('0' + carry % 10);
    carry /= 10;
  }
  return with_length(number, f, how);
}

malformed body_with_nul(const frame& f, context how) {
  draft d(f, how);
  d.drop_length();
  if (d.body.empty()) d.body = "broken";
  d.body.insert(d.body.size() / 2, 1, '\0');
  return stomp_part(d.octets());
}

malformed body_on_subscribe(const frame& f, context how) {
  draft own(f, how);
  own.body = "broken";
  if (f.command == "SUBSCRIBE") return stomp_part(own.octets());
  draft other(stomp::make_frame("SUBSCRIBE", {{"id", "broken"}, {"destination", "/queue/broken"}}),
              how);
  other.body = own.body;
  return stomp_parts({other.octets(), octets_of(f, how)});
}

malformed truncated_frame(const frame& f, context how) {
  malformed out = stomp_part(string(first_half(octets_of(f, how))));
  out.end = malformed::ending::fin;
  return out;
}

constexpr bool both = false;  // over TCP and WebSocket

constexpr std::array table{
    malformation{"no_nul", "The NUL at the end is missing.", both, no_nul},
    malformation{"nul_twice", "A second NUL behind the frame.", both, nul_twice},
    malformation{"nul_in_header", "A header 'broken' with a NUL in its value.", both,
                 nul_in_header},
    malformation{"cr_only_eol", "Lines end with CR.", both, cr_only_eol},
    malformation{"crlf_mixed", "Lines end with CR LF and LF in turns; right in STOMP 1.2 only.",
                 both, crlf_mixed},
    malformation{"no_blank_line", "No empty line between headers and body.", both, no_blank_line},
    malformation{"empty_command", "The command line is empty.", both, empty_command},
    malformation{"lower_case_command", "The command in lower case.", both, lower_case_command},
    malformation{"unknown_command", "The command is BROKEN.", both, unknown_command},
    malformation{"leading_bom", "The byte order mark of UTF-8 in front.", both, leading_bom},
    malformation{"header_without_colon", "A header line 'broken'.", both, header_without_colon},
    malformation{"header_empty_name", "A header line ':broken'.", both, header_empty_name},
    malformation{"bad_escape_\\t", "A header with the escape \\t, which no version has.", both,
                 bad_escape},
    malformation{"escape_at_end", "A header that ends with a single backslash.", both,
                 escape_at_end},
    malformation{"unescaped_colon_1.2",
                 "A header with ':' in its value, which 1.1 and 1.2 write as \\c.", both,
                 unescaped_colon},
    malformation{"repeated_header_first_wins",
                 "The first header once more, with the value 'second'; right, the first counts.",
                 both, repeated_header},
    malformation{"header_64k", "A header 'broken' with a value of 64 KiB.", both, header_64k},
    malformation{"headers_10k", "10,000 more headers.", both, headers_10k},
    malformation{"content_length_short", "content-length is one less than the body.", both,
                 content_length_short},
    malformation{"content_length_long",
                 "content-length is one more than the body: it takes the NUL.", both,
                 content_length_long},
    malformation{"content_length_negative", "content-length is -1.", both, content_length_negative},
    malformation{"content_length_text", "content-length is 'many'.", both, content_length_text},
    malformation{"content_length_overflow", "content-length is 2^64 more than the body.", both,
                 content_length_overflow},
    malformation{"body_with_nul_no_length",
                 "A NUL in the middle of the body, and no content-length.", both, body_with_nul},
    malformation{"body_on_SUBSCRIBE",
                 "A body on SUBSCRIBE; in front of any other frame a SUBSCRIBE with one.", both,
                 body_on_subscribe},
    malformation{"truncated_frame_then_fin", "The first half of the frame, then FIN.", both,
                 truncated_frame},
};

}  // namespace

std::span<const malformation> frame_malformations() { return table; }

}  // namespace mockbroker
