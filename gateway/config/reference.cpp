#include "gateway/config/reference.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

namespace gateway {

namespace {

using descriptors = std::vector<const element_descriptor*>;

constexpr std::string_view introduction = R"(# Configuration

<!-- Made by `gateway reference --markdown` from the descriptors of the elements. Do not edit. -->

Every element of `proxies.xml` with its attributes. [docs/expressions.md](expressions.md) has the language of
conditions and `${...}`, [docs/membrane-compatibility.md](membrane-compatibility.md) says what differs from Membrane.

- [The file](#the-file) · [Values](#values) · [Editors](#editors)
- [Around flows](#around-flows) · [In flows](#in-flows) · [In a webSocket](#in-a-websocket)

## The file

```xml
<spring:beans xmlns:spring="http://www.springframework.org/schema/beans"
    xmlns="http://membrane-soa.org/proxies/1/">
  <router>
    <serviceProxy name="shop" port="8080">
      <path>/shop</path>
      <log body="false"/>
      <target host="localhost" port="8081"/>
    </serviceProxy>
  </router>
</spring:beans>
```

A request goes to the first proxy, in the order of the file, whose port, address, host, method and path
fit. It passes the elements of its flow from the first to the last, then goes to the target; the response
passes the same elements from the last to the first. `gateway -t proxies.xml` checks a file and exits: each
error names line and column, what was expected and the nearest name.

Each element may have an `id`. One that stands beside `<router>` with an `id` is put into flows by
`<interceptor refid="...">`.

## Values

| type | what may be written |
|---|---|
| text | any text; where it is required, at least one character |
| text with `${...}` | text in which `${...}` holds expressions, evaluated for each message |
| number | decimal digits, within the range and in the unit given |
| true or false | `true`, `yes`, `1`, `false`, `no`, `0`, in upper or lower case |
| one of a list | upper and lower case count as the same |
| URL | `http://`, `https://` or `internal://` (an `<internal>` of this file) |
| file | path of a file or folder; relative ones start at the folder of the configuration |
| expression | a condition on the message |
| pattern | a regular expression (ECMAScript, without back-references), at most 512 characters |

`#{systemEnvironment['NAME'] ?: 'default'}` in any attribute is replaced when the file is loaded.

## Editors

`docs/schema/proxies-1.xsd` is the same reference as an XML Schema (`gateway reference --xsd`). Editors complete
names and values from it and show the sentences below. For VS Code with the XML extension:

```json
"xml.fileAssociations": [{ "pattern": "**/proxies.xml", "systemId": "docs/schema/proxies-1.xsd" }]
```

In a shell: `xmllint --noout --schema docs/schema/proxies-1.xsd proxies.xml`. The schema knows less than
`gateway -t`: expressions and files are not judged.
)";

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// Where `text` has something to be set as code at its beginning, its length: <element> or ${...}.
std::size_t code_length(std::string_view text) {
  const bool element =
      text.size() > 1 && text[0] == '<' && std::isalpha(static_cast<unsigned char>(text[1])) != 0;
  if (!element && !text.starts_with("${")) return 0;
  const auto end = text.find(element ? '>' : '}');
  return end == text.npos ? 0 : end + 1;
}

// A sentence of a descriptor as Markdown, also within a table.
std::string prose(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t used = code_length(text);
    if (used > 0) {
      out += code(text.substr(0, used));
    } else {
      used = 1;
      if (std::string_view("*_|<\\").find(text[0]) != std::string_view::npos) out += '\\';
      out += text[0];
    }
    text.remove_prefix(used);
  }
  return out;
}

// All that there is to say of it is its sentence: the table at the beginning of its chapter has it.
bool has_section(const element_descriptor& d) {
  return d.role != element_role::structure || !d.attributes.empty() || !d.children.empty() ||
         d.text_content || d.text_or_location;
}

// GitHub's anchors.
std::string link(const element_descriptor& d) {
  if (!has_section(d)) return code(d.name);
  std::string anchor(d.name);
  for (char& c : anchor) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return "[" + code(d.name) + "](#" + anchor + ")";
}

// "a, b and c".
std::string listed(const std::vector<std::string>& parts, std::string_view last = " and ") {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? std::string(last) : std::string(", ");
    out += parts[i];
  }
  return out;
}

std::string range(const attribute_descriptor& a) {
  std::string out = "number";
  const bool lower = a.min != std::numeric_limits<std::int64_t>::min();
  const bool upper = a.max != std::numeric_limits<std::int64_t>::max();
  if (lower && upper) out += ", " + std::to_string(a.min) + " to " + std::to_string(a.max);
  if (lower && !upper) out += ", at least " + std::to_string(a.min);
  if (!lower && upper) out += ", at most " + std::to_string(a.max);
  return out;
}

std::string type_name(const attribute_descriptor& a) {
  switch (a.type) {
    case attribute_type::integer:
      return range(a);
    case attribute_type::boolean:
      return "true or false";
    case attribute_type::choice: {
      std::vector<std::string> all;
      for (const std::string_view choice : a.choices) all.push_back(code(choice));
      return listed(all, " or ");
    }
    case attribute_type::text_template:
      return "text with `${...}`";
    case attribute_type::url:
      return "URL";
    case attribute_type::url_template:
      return "URL with `${...}`";
    case attribute_type::path:
      return "file";
    case attribute_type::regex:
      return "pattern";
    case attribute_type::text:
    case attribute_type::expression:
      break;
  }
  return std::string(to_string(a.type));
}

std::string type_text(const attribute_descriptor& a) {
  return type_name(a) + (a.unit.empty() ? "" : ", in " + std::string(a.unit));
}

std::string default_text(const attribute_descriptor& a) {
  if (a.required) return "**required**";
  return a.default_value.empty() ? std::string() : code(a.default_value);
}

std::string meaning(const attribute_descriptor& a) {
  std::string out = prose(a.doc);
  std::vector<std::string> names;
  for (const std::string_view alias : a.aliases) names.push_back(code(alias));
  if (!names.empty()) out += " Also written " + listed(names, " or ") + ".";
  if (a.secret) out += " Never shown in logs and errors.";
  return out;
}

std::string attribute_table(const element_descriptor& d) {
  if (d.attributes.empty()) return {};
  std::string out = "\n| attribute | type | default | meaning |\n|---|---|---|---|\n";
  for (const attribute_descriptor& a : d.attributes)
    out += "| " + code(a.name) + " | " + type_text(a) + " | " + default_text(a) + " | " +
           meaning(a) + " |\n";
  return out;
}

std::string child_text(const child_group& group, bool stomp, const descriptors& all) {
  std::vector<std::string> names;
  for (const std::string_view name : group.names)
    for (const element_descriptor* d : all)
      if (d->name == name) names.push_back(link(*d));
  const std::string what =
      names.empty() ? "[elements of flows](#in-flows)" + std::string(stomp ? " that say so" : "")
                    : listed(names, " or ");
  if (group.max == 1) return (group.min == 1 ? "one " : "at most one ") + what;
  return (group.min > 0 ? "one or more " : names.empty() ? "" : "any number of ") + what;
}

std::string children_text(const element_descriptor& d, const descriptors& all) {
  std::vector<std::string> parts;
  for (const child_group& group : d.children)
    parts.push_back(child_text(group, d.role == element_role::frame, all));
  if (parts.empty()) return {};
  return std::string("\nInside") + (parts.size() > 1 ? ", in this order: " : ": ") +
         listed(parts, ", then ") + ".\n";
}

std::string text_rule(const element_descriptor& d) {
  if (d.text_or_location) return "\nThe text stands between the tags or in the file `location`.\n";
  if (d.text_content) return "\nThe text stands between the tags.\n";
  return {};
}

std::string place_text(const element_descriptor& d, const descriptors& all) {
  if (d.role == element_role::flow) {
    return d.on_stomp_frames ? "\nAlso in [`wsStompReassembler`](#wsstompreassembler).\n" : "";
  }
  std::vector<std::string> parents;
  for (const element_descriptor* parent : all)
    if (std::any_of(parent->children.begin(), parent->children.end(),
                    [&d](const child_group& g) { return accepts(g, d); }))
      parents.push_back(link(*parent));
  return parents.empty() ? std::string() : "\nStands in " + listed(parents) + ".\n";
}

std::string section(const element_descriptor& d, const descriptors& all) {
  std::string out = "\n### " + std::string(d.name) + "\n\n" + prose(d.doc) + "\n";
  if (!d.example.empty()) out += "\n```xml\n" + std::string(d.example) + "\n```\n";
  out += attribute_table(d);
  if (d.any_attribute) out += "\nAttributes of other names are taken, too, and have no effect.\n";
  return out + text_rule(d) + children_text(d, all) + place_text(d, all);
}

std::string overview(const descriptors& list) {
  std::string out = "\n| element | |\n|---|---|\n";
  for (const element_descriptor* d : list) out += "| " + link(*d) + " | " + prose(d->doc) + " |\n";
  return out;
}

std::string chapter(std::string_view title, std::string_view words, const descriptors& list,
                    const descriptors& all) {
  std::string out = "\n## " + std::string(title) + "\n\n" + std::string(words) + "\n";
  out += overview(list);
  for (const element_descriptor* d : list)
    if (has_section(*d)) out += section(*d, all);
  return out;
}

// Appends the parts of `d` that are nobody else's: <user> behind <basicAuthentication>.
void add_parts(descriptors& out, const element_descriptor& d, const descriptors& parts) {
  for (const element_descriptor* part : parts) {
    const bool inside = std::any_of(d.children.begin(), d.children.end(),
                                    [&](const child_group& g) { return accepts(g, *part); });
    if (!inside || std::find(out.begin(), out.end(), part) != out.end()) continue;
    out.push_back(part);
    add_parts(out, *part, parts);
  }
}

}  // namespace

std::vector<const element_descriptor*> known_elements::all() const {
  descriptors out(structure.begin(), structure.end());
  out.insert(out.end(), elements.begin(), elements.end());
  return out;
}

std::string reference_markdown(const known_elements& known) {
  const descriptors all = known.all();
  const descriptors around(known.structure.begin(), known.structure.end());
  descriptors flows;
  descriptors frames;
  descriptors parts;
  for (const element_descriptor* d : known.elements) {
    auto& list = d->role == element_role::flow    ? flows
                 : d->role == element_role::frame ? frames
                                                  : parts;
    list.push_back(d);
  }
  std::sort(flows.begin(), flows.end(), [](const auto* a, const auto* b) {
    return std::lexicographical_compare(
        a->name.begin(), a->name.end(), b->name.begin(), b->name.end(),
        [](unsigned char x, unsigned char y) { return std::tolower(x) < std::tolower(y); });
  });
  descriptors in_flows;
  for (const element_descriptor* d : flows) {
    in_flows.push_back(d);
    add_parts(in_flows, *d, parts);
  }
  return std::string(introduction) +
         chapter("Around flows",
                 "Proxies, where they listen, where they lead, and the gateway's settings.", around,
                 all) +
         chapter(
             "In flows",
             "What a proxy does with messages, in the order in which it is written. Parts of an "
             "element follow it.",
             in_flows, all) +
         chapter("In a webSocket", "What looks at the frames of a WebSocket.", frames, all);
}

}  // namespace gateway
