#include "gateway/config/xml_tree.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>

#include "gateway/core/text.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";
using prefix_map = std::map<std::string, std::string>;

bool is_blank(char c) { return blanks.find(c) != blanks.npos; }

// Octets of the entity or character reference that starts `text` (with '&'); 0 when unknown.
std::size_t reference_size(std::string_view text) {
  for (const std::string_view known : {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"})
    if (text.starts_with(known)) return known.size();
  const std::size_t end = text.substr(0, 12).find(';');
  if (!text.starts_with("&#") || end == text.npos || end < 3) return 0;
  const bool hex = text[2] == 'x';
  const std::string_view digits = text.substr(hex ? 3 : 2, end - (hex ? 3 : 2));
  const auto bad = digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789");
  return digits.empty() || bad != digits.npos ? 0 : end + 1;
}

// Passages that may hold any '<' and '>': where they begin and end.
constexpr std::array<std::array<std::string_view, 2>, 3> passages = {
    {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}};

// What must be settled before pugixml sees the text. False after a fatal error.
class gatekeeper {
 public:
  gatekeeper(diagnostics& errors, const xml_limits& limits)
      : errors_(errors), text_(errors.text()), limits_(limits) {}

  bool admit() {
    if (text_.size() > limits_.octets)
      return refuse(0, "the file is larger than " + std::to_string(limits_.octets) + " octets");
    if (text_.starts_with("\xFE\xFF") || text_.starts_with("\xFF\xFE"))
      return refuse(0, "the file is UTF-16; it must be UTF-8");
    if (text_.find_first_not_of(blanks) == text_.npos) return refuse(0, "the file is empty");
    return is_utf8() && has_utf8_declaration() && has_no_doctype();
  }

 private:
  bool refuse(std::size_t offset, std::string message) {
    errors_.add(offset, std::move(message));
    return false;
  }

  bool is_utf8() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t size = utf8_sequence(text_.substr(at));
      if (size == 0) return refuse(at, "this is not UTF-8");
      const auto c = static_cast<unsigned char>(text_[at]);
      if (c < 0x20 && !is_blank(text_[at]))
        return refuse(at, "a control character is not allowed in XML");
      at += size;
    }
    return true;
  }

  bool has_utf8_declaration() {
    const std::size_t start = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const std::string_view rest = text_.substr(start);
    if (!rest.starts_with("<?xml ")) return true;
    const std::string_view declaration = rest.substr(0, std::min(rest.find("?>"), rest.size()));
    const std::size_t word = declaration.find("encoding");
    if (word == declaration.npos) return true;
    const std::size_t open = declaration.find_first_of("\"'", word);
    if (open == declaration.npos) return true;
    const std::size_t close = declaration.find(declaration[open], open + 1);
    if (close == declaration.npos) return true;
    const std::string_view name = declaration.substr(open + 1, close - open - 1);
    if (net::iequals(name, "utf-8") || net::iequals(name, "us-ascii")) return true;
    return refuse(start + open + 1, "encoding '" + printable(name, 40) +
                                        "' is not supported; save the file as UTF-8");
  }

  // Comments, CDATA and processing instructions may talk about DOCTYPE, nothing else may.
  bool has_no_doctype() {
    for (std::size_t at = text_.find('<'); at != text_.npos; at = text_.find('<', at + 1)) {
      const std::string_view rest = text_.substr(at);
      for (const auto& [begin, end] : passages)
        if (rest.starts_with(begin)) at = text_.find(end, at + begin.size());
      if (at == text_.npos) return true;  // pugixml says what is not closed
      if (rest.starts_with("<!") && rest.size() > 2 && (rest[2] == 'D' || rest[2] == 'd'))
        return refuse(at, "a DOCTYPE is refused, because entities can be used for attacks");
    }
    return true;
  }

  diagnostics& errors_;
  std::string_view text_;
  xml_limits limits_;
};

// Turns pugixml's nodes into xml_elements.
class builder {
 public:
  builder(diagnostics& errors, const xml_limits& limits)
      : errors_(errors), text_(errors.text()), limits_(limits) {}

  std::optional<xml_element> build(const pugi::xml_node& root) {
    return build(root, {{"xml", std::string(xml_uri)}}, 1);
  }
  bool failed() const noexcept { return failed_; }

 private:
  struct raw_attribute {
    std::string_view prefix;
    std::string_view name;
    std::string_view full;
    std::string_view raw;
    std::string value;
    std::size_t name_offset = 0;
    std::size_t value_offset = 0;
  };

  void fail(std::size_t offset, std::string message) {
    failed_ = true;
    errors_.add(offset, std::move(message));
  }

  static std::pair<std::string_view, std::string_view> split(std::string_view full) {
    const auto colon = full.find(':');
    if (colon == full.npos) return {{}, full};
    return {full.substr(0, colon), full.substr(colon + 1)};
  }

  std::optional<xml_element> build(const pugi::xml_node& node, prefix_map scope,
                                   std::size_t level) {
    // pugixml points behind the '<'.
    const auto name_offset = static_cast<std::size_t>(node.offset_debug());
    xml_element e;
    e.offset = name_offset - 1;
    if (level > limits_.levels) {
      fail(e.offset, "elements are nested more than " + std::to_string(limits_.levels) + " levels");
      return std::nullopt;
    }
    const auto attributes = scan_attributes(node, name_offset);
    declare_prefixes(attributes, scope);
    const auto [prefix, name] = split(node.name());
    e.name = name;
    e.uri = resolve(prefix, scope, name_offset);
    for (const raw_attribute& a : attributes) add_attribute(e, a, scope);
    add_contents(e, node, scope, level);
    return e;
  }

  // Positions come from the text, values from pugixml, in the same order.
  std::vector<raw_attribute> scan_attributes(const pugi::xml_node& node, std::size_t at) {
    std::vector<raw_attribute> found;
    at += std::string_view(node.name()).size();
    for (const pugi::xml_attribute& a : node.attributes()) {
      if (found.size() == limits_.attributes) {
        fail(at, "an element has more than " + std::to_string(limits_.attributes) + " attributes");
        break;
      }
      raw_attribute r;
      at = std::min(text_.find_first_not_of(blanks, at), text_.size());
      r.name_offset = at;
      const std::size_t size = std::string_view(a.name()).size();
      r.full = text_.substr(at, size);
      std::tie(r.prefix, r.name) = split(r.full);
      const std::size_t open = text_.find_first_of("\"'", at + size);
      if (open == text_.npos) break;
      r.value_offset = open + 1;
      const std::size_t close = std::min(text_.find(text_[open], open + 1), text_.size());
      r.raw = text_.substr(open + 1, close - open - 1);
      r.value = a.value();
      at = std::min(close + 1, text_.size());
      check_references(r.raw, r.value_offset);
      found.push_back(std::move(r));
    }
    return found;
  }

  void check_references(std::string_view raw, std::size_t offset) {
    for (std::size_t at = raw.find('&'); at != raw.npos; at = raw.find('&', at + 1))
      if (reference_size(raw.substr(at)) == 0)
        fail(offset + at,
             "'&' must be written as &amp; (only lt, gt, amp, quot, apos and "
             "character numbers are known)");
  }

  void declare_prefixes(const std::vector<raw_attribute>& attributes, prefix_map& scope) {
    for (const raw_attribute& a : attributes) {
      if (a.full == "xmlns") scope[""] = a.value;
      if (a.prefix == "xmlns") scope[std::string(a.name)] = a.value;
    }
  }

  std::string resolve(std::string_view prefix, const prefix_map& scope, std::size_t offset) {
    const auto found = scope.find(std::string(prefix));
    if (found != scope.end()) return found->second;
    if (!prefix.empty())
      fail(offset, "prefix '" + printable(prefix, 40) + "' is not declared (xmlns:" +
                       printable(prefix, 40) + "=\"...\" is missing)");
    return {};
  }

  void add_attribute(xml_element& e, const raw_attribute& a, const prefix_map& scope) {
    if (a.full == "xmlns" || a.prefix == "xmlns") return;
    xml_attribute x{a.prefix.empty() ? std::string() : resolve(a.prefix, scope, a.name_offset),
                    std::string(a.name), a.value, a.name_offset, a.value_offset};
    for (const xml_attribute& other : e.attributes)
      if (other.name == x.name && other.uri == x.uri)
        fail(a.name_offset, "<" + printable(e.name, 60) + ">: attribute '" + printable(a.full, 60) +
                                "' is written twice");
    e.attributes.push_back(std::move(x));
  }

  void add_contents(xml_element& e, const pugi::xml_node& node, const prefix_map& scope,
                    std::size_t level) {
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() == pugi::node_element) {
        if (auto c = build(child, scope, level + 1)) e.children.push_back(std::move(*c));
      } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        add_text(e, child);
      }
    }
    const auto last = e.text.find_last_not_of(blanks);
    e.text.resize(last == e.text.npos ? 0 : last + 1);
  }

  void add_text(xml_element& e, const pugi::xml_node& node) {
    const auto offset = static_cast<std::size_t>(node.offset_debug());
    std::string_view value = node.value();
    if (node.type() == pugi::node_pcdata)
      check_references(
          text_.substr(offset, std::min(text_.find('<', offset), text_.size()) - offset), offset);
    std::size_t begin = offset;
    if (e.text.empty()) {
      const std::size_t skip = std::min(value.find_first_not_of(blanks), value.size());
      value.remove_prefix(skip);
      e.text_offset = begin = offset + skip;
    }
    const bool as_written = node.type() == pugi::node_cdata;
    if (!value.empty()) e.text_pieces.push_back({e.text.size(), begin, as_written});
    e.text += value;
  }

  diagnostics& errors_;
  std::string_view text_;
  xml_limits limits_;
  bool failed_ = false;
};

struct misfit {
  std::size_t offset = 0;  // of the end tag
  std::string message;
};

// Behind the '>' of the tag, comment or the like that begins at `at`.
std::size_t end_of_tag(std::string_view text, std::size_t at) {
  for (const auto& [begin, end] : passages) {
    if (!text.substr(at).starts_with(begin)) continue;
    const auto found = text.find(end, at);
    return found == text.npos ? text.size() : found + end.size();
  }
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0)
      quote = c == quote ? char(0) : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '>')
      return at + 1;
  }
  return text.size();
}

// The end tag that does not fit what is open, with the place of that; nothing when there is none.
std::optional<misfit> find_misfit(std::string_view text) {
  struct open_tag {
    std::string_view name;
    std::size_t offset;
  };
  std::vector<open_tag> open;
  std::size_t end = 0;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', end)) {
    end = end_of_tag(text, at);
    const std::string_view tag = text.substr(at, end - at);
    if (tag.size() < 3 || tag[1] == '!' || tag[1] == '?') continue;
    const bool closes = tag[1] == '/';
    std::string_view name = tag.substr(closes ? 2 : 1);
    name = name.substr(0, name.find_first_of(" \t\r\n/>"));
    if (!closes) {
      if (!tag.ends_with("/>")) open.push_back({name, at});
      continue;
    }
    if (open.empty()) return misfit{at, "</" + printable(name, 60) + ">: nothing is open here"};
    if (open.back().name == name) {
      open.pop_back();
      continue;
    }
    return misfit{at, "</" + printable(name, 60) + ">: does not fit <" +
                          printable(open.back().name, 60) + ">, which is open since line " +
                          std::to_string(position_of(text, open.back().offset).line)};
  }
  return std::nullopt;
}

std::string explain(const pugi::xml_parse_result& parsed) {
  switch (parsed.status) {
    case pugi::status_end_element_mismatch:
      return "this end tag does not fit the element that is open here";
    case pugi::status_bad_start_element:
      return "this start tag is not well-formed";
    case pugi::status_bad_end_element:
      return "this end tag is not well-formed";
    case pugi::status_bad_attribute:
      return "this attribute is not well-formed (name=\"value\" is expected)";
    case pugi::status_bad_comment:
      return "this comment is not closed (--> is missing)";
    case pugi::status_bad_cdata:
      return "this CDATA section is not closed (]]> is missing)";
    case pugi::status_bad_pi:
      return "this processing instruction is not well-formed (?> is missing)";
    case pugi::status_no_document_element:
      return "there is no element in the file";
    case pugi::status_unrecognized_tag:
      return "this is not an XML tag ('<' in text is written as &lt;)";
    default:
      return "this is not well-formed XML: " + std::string(parsed.description());
  }
}

}  // namespace

std::size_t raw_offset(std::string_view raw, std::size_t decoded) {
  std::size_t at = 0;
  while (decoded > 0 && at < raw.size()) {
    const std::size_t reference = raw[at] == '&' ? reference_size(raw.substr(at)) : 0;
    if (reference > 0) {
      // Character references above U+007F decode to several octets; the offset is then near.
      at += reference;
      --decoded;
    } else if (raw.substr(at).starts_with("\r\n")) {
      at += 2;
      --decoded;
    } else {
      ++at;
      --decoded;
    }
  }
  return at;
}

std::optional<xml_element> parse_xml(diagnostics& errors, const xml_limits& limits) {
  if (!gatekeeper(errors, limits).admit()) return std::nullopt;
  const std::string_view text = errors.text();
  pugi::xml_document document;
  // Attribute values keep their blanks: positions within them must stay exact.
  const unsigned options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol;
  const auto parsed = document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!parsed) {
    if (const auto found = find_misfit(text);
        found && parsed.status == pugi::status_end_element_mismatch) {
      errors.add(found->offset, found->message);
      return std::nullopt;
    }
    errors.add(static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)),
               explain(parsed));
    return std::nullopt;
  }
  const pugi::xml_node root = document.document_element();
  for (pugi::xml_node next = root.next_sibling(); next; next = next.next_sibling()) {
    if (next.type() != pugi::node_element) continue;
    errors.add(static_cast<std::size_t>(next.offset_debug()) - 1,
               "there must be one root element only");
    return std::nullopt;
  }
  builder b(errors, limits);
  auto tree = b.build(root);
  if (b.failed()) return std::nullopt;
  return tree;
}

}  // namespace gateway
