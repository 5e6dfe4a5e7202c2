// XML Schema from descriptors. Membrane's namespace and Spring's envelope are two documents, as XSD
// wants it. Elements that may stand beside <router> are global, parts of others local, so that a
// part at the wrong place is refused.
#include <cctype>
#include <limits>

#include "gateway/config/reference.hpp"
#include "net/http_types.hpp"

namespace gateway {

namespace {

constexpr std::string_view head = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by `gateway reference` from the descriptors of the elements. Do not edit. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns="http://membrane-soa.org/proxies/1/"
    targetNamespace="http://membrane-soa.org/proxies/1/" elementFormDefault="qualified">
  <xs:import namespace="http://www.springframework.org/schema/beans" schemaLocation="spring-beans.xsd"/>
  <!-- What is replaced when the file is loaded, or evaluated for each message. -->
  <xs:simpleType name="placeholder">
    <xs:restriction base="xs:string"><xs:pattern value=".*[#$]\{.*\}.*"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="some-text">
    <xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="some-words">
    <xs:restriction base="xs:token"><xs:minLength value="1"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="url">
    <xs:union memberTypes="placeholder">
      <xs:simpleType>
        <xs:restriction base="xs:string">
          <xs:pattern value="[hH][tT][tT][pP][sS]?://[^/].*"/>
          <xs:pattern value="[iI][nN][tT][eE][rR][nN][aA][lL]://.+"/>
          <xs:pattern value="[sS][eE][rR][vV][iI][cC][eE]:.+"/>
        </xs:restriction>
      </xs:simpleType>
    </xs:union>
  </xs:simpleType>
)";

constexpr std::string_view envelope = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Made by `gateway reference`: what is read of Spring's envelope. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    targetNamespace="http://www.springframework.org/schema/beans" elementFormDefault="qualified">
  <xs:element name="beans">
    <xs:annotation>
      <xs:documentation>Holds one &lt;router&gt; and, beside it, elements with an id and values.</xs:documentation>
    </xs:annotation>
    <xs:complexType>
      <xs:choice minOccurs="0" maxOccurs="unbounded">
        <xs:any namespace="http://membrane-soa.org/proxies/1/" processContents="strict"/>
        <xs:any namespace="http://www.springframework.org/schema/util http://www.springframework.org/schema/context" processContents="lax"/>
      </xs:choice>
      <xs:anyAttribute namespace="##any" processContents="lax"/>
    </xs:complexType>
  </xs:element>
</xs:schema>
)";

std::string escaped(std::string_view text) { return net::html_escape(text); }

std::string documentation(std::string_view text) {
  return "<xs:annotation><xs:documentation>" + escaped(text) +
         "</xs:documentation></xs:annotation>";
}

// The pattern of a word in upper and lower case.
std::string any_case(std::string_view word) {
  std::string out;
  for (const char c : word) {
    const auto letter = static_cast<unsigned char>(c);
    const char upper = static_cast<char>(std::toupper(letter));
    const char lower = static_cast<char>(std::tolower(letter));
    if (upper != lower)
      out += {'[', upper, lower, ']'};
    else
      out += std::string_view(".*+?()[]{}|\\").find(c) == std::string_view::npos
                 ? std::string(1, c)
                 : std::string{'\\', c};
  }
  return out;
}

// The words come first, for completion; then the same in any case.
std::string words_type(const std::vector<std::string_view>& shown,
                       const std::vector<std::string_view>& taken) {
  std::string out = "<xs:simpleType><xs:union memberTypes=\"placeholder\">";
  out += "<xs:simpleType><xs:restriction base=\"xs:string\">";
  for (const auto word : shown) out += "<xs:enumeration value=\"" + escaped(word) + "\"/>";
  out += "</xs:restriction></xs:simpleType>";
  out += "<xs:simpleType><xs:restriction base=\"xs:string\">";
  for (const auto word : taken) out += "<xs:pattern value=\"" + escaped(any_case(word)) + "\"/>";
  return out + "</xs:restriction></xs:simpleType></xs:union></xs:simpleType>";
}

std::string integer_type(const attribute_descriptor& a) {
  std::string out =
      "<xs:simpleType><xs:union memberTypes=\"placeholder\"><xs:simpleType>"
      "<xs:restriction base=\"xs:long\"><xs:pattern value=\"-?[0-9]+\"/>";
  if (a.min != std::numeric_limits<std::int64_t>::min())
    out += "<xs:minInclusive value=\"" + std::to_string(a.min) + "\"/>";
  if (a.max != std::numeric_limits<std::int64_t>::max())
    out += "<xs:maxInclusive value=\"" + std::to_string(a.max) + "\"/>";
  return out + "</xs:restriction></xs:simpleType></xs:union></xs:simpleType>";
}

// A simple type of its own, or nothing when named_type() has one.
std::string own_type(const attribute_descriptor& a) {
  if (a.type == attribute_type::integer) return integer_type(a);
  if (a.type == attribute_type::boolean)
    return words_type({"true", "false"}, {"true", "yes", "1", "false", "no", "0"});
  if (a.type == attribute_type::choice) return words_type(a.choices, a.choices);
  return {};
}

std::string_view named_type(const attribute_descriptor& a) {
  switch (a.type) {
    case attribute_type::url:
    case attribute_type::url_template:
      return "url";
    case attribute_type::path:
    case attribute_type::expression:
      return "some-text";
    default:
      return a.required && a.type == attribute_type::text ? "some-text" : "xs:string";
  }
}

std::string attribute(const attribute_descriptor& a, std::string_view name) {
  std::string out = "    <xs:attribute name=\"" + std::string(name) + "\"";
  const std::string own = own_type(a);
  if (own.empty()) out += " type=\"" + std::string(named_type(a)) + "\"";
  // Which of two names is written, XSD cannot ask for.
  if (a.required && a.aliases.empty()) out += " use=\"required\"";
  if (!a.default_value.empty() && name == a.name)
    out += " default=\"" + escaped(a.default_value) + "\"";
  const std::string words = std::string(a.doc) + (a.unit.empty() ? "" : " In ") +
                            std::string(a.unit) + (a.unit.empty() ? "" : ".");
  return out + ">" + documentation(words) + own + "</xs:attribute>\n";
}

std::string attributes(const element_descriptor& d) {
  std::string out;
  bool has_id = false;
  for (const attribute_descriptor& a : d.attributes) {
    out += attribute(a, a.name);
    for (const std::string_view alias : a.aliases) out += attribute(a, alias);
    has_id = has_id || a.name == "id";
  }
  if (!has_id) out += "    <xs:attribute name=\"id\" type=\"xs:string\"/>\n";
  return out + "    <xs:anyAttribute namespace=\"" + (d.any_attribute ? "##any" : "##other") +
         "\" processContents=\"lax\"/>\n";
}

std::string occurs(const child_group& g) {
  const bool any = g.max == std::numeric_limits<std::size_t>::max();
  return " minOccurs=\"" + std::to_string(g.min) + "\" maxOccurs=\"" +
         (any ? std::string("unbounded") : std::to_string(g.max)) + "\"";
}

std::string particle(const element_descriptor& d) {
  return d.role == element_role::flow ? "<xs:element ref=\"" + std::string(d.name) + "\"/>"
                                      : "<xs:element name=\"" + std::string(d.name) + "\" type=\"" +
                                            std::string(d.name) + "\"/>";
}

std::string group_of(const child_group& g, const element_descriptor& parent,
                     const std::vector<const element_descriptor*>& all) {
  if (g.names.empty())
    return std::string("      <xs:group ref=\"") +
           (parent.name == "wsStompReassembler" ? "stomp-flow" : "flow") + "\"" + occurs(g) +
           "/>\n";
  std::string out = "      <xs:choice" + occurs(g) + ">";
  for (const element_descriptor* d : all)
    if (accepts(g, *d)) out += particle(*d);
  return out + "</xs:choice>\n";
}

std::string type_of(const element_descriptor& d,
                    const std::vector<const element_descriptor*>& all) {
  const bool text = d.text_content || d.text_or_location;
  std::string out = "  <xs:complexType name=\"" + std::string(d.name) + "\"";
  if (text && !d.children.empty()) out += " mixed=\"true\"";
  out += ">" + documentation(d.doc) + "\n";
  if (text && d.children.empty()) {
    const std::string_view base = d.text_or_location ? "xs:string" : "some-words";
    return out + "    <xs:simpleContent><xs:extension base=\"" + std::string(base) + "\">\n" +
           attributes(d) + "    </xs:extension></xs:simpleContent>\n  </xs:complexType>\n";
  }
  if (!d.children.empty()) {
    out += "    <xs:sequence>\n";
    for (const child_group& g : d.children) out += group_of(g, d, all);
    out += "    </xs:sequence>\n";
  }
  return out + attributes(d) + "  </xs:complexType>\n";
}

std::string flow_group(std::string_view name, bool stomp,
                       const std::vector<const element_descriptor*>& all) {
  std::string out = "  <xs:group name=\"" + std::string(name) + "\">\n    <xs:choice>\n";
  for (const element_descriptor* d : all)
    if (d->role == element_role::flow && (!stomp || d->on_stomp_frames))
      out += "      " + particle(*d) + "\n";
  return out + "    </xs:choice>\n  </xs:group>\n";
}

}  // namespace

std::string proxies_xsd(const known_elements& known) {
  const auto all = known.all();
  std::string out(head);
  for (const element_descriptor* d : all)
    if (d->role == element_role::flow || d->role == element_role::top)
      out += "  <xs:element name=\"" + std::string(d->name) + "\" type=\"" + std::string(d->name) +
             "\">" + documentation(d->doc) + "</xs:element>\n";
  out += flow_group("flow", false, all) + flow_group("stomp-flow", true, all);
  for (const element_descriptor* d : all) out += type_of(*d, all);
  return out + "</xs:schema>\n";
}

std::string_view spring_beans_xsd() noexcept { return envelope; }

}  // namespace gateway
