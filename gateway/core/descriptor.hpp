// Descriptors: the one place that says which elements exist, which attributes and children they
// take, and how they are made. Parsing, validation, suggestions, the reference and the XSD come
// from here and are never typed twice.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/balancer.hpp"
#include "gateway/core/destination.hpp"
#include "gateway/core/flow.hpp"
#include "gateway/core/frames.hpp"
#include "gateway/core/secret_names.hpp"
#include "gateway/core/text_template.hpp"

namespace gateway {

enum class attribute_type {
  text,
  integer,        // decimal, between min and max
  boolean,        // true false yes no 1 0, as in Membrane
  choice,         // one of `choices`, compared without case
  url,            // absolute http://, https:// or internal:// URL (parse_destination)
  text_template,  // with ${expressions} (gateway/core/text_template.hpp)
  url_template,   // a url, or a text_template that becomes one per request
  path,           // of a file or folder, relative to the configuration file
  expression,     // gateway/core/expression.hpp
  regex,
};
std::string_view to_string(attribute_type type) noexcept;

struct attribute_descriptor {
  std::string_view name;
  attribute_type type = attribute_type::text;
  std::string_view doc;
  std::string_view default_value{};  // as it would be written; empty: none
  std::string_view unit{};           // "ms", "octets"; empty: none
  bool required = false;
  bool secret = false;  // never quoted in an error, a log or the console
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> choices{};
  std::vector<std::string_view> aliases{};  // other accepted names
};

// `language`, of every element with expressions.
attribute_descriptor language_attribute();

// What `text` means as such a language; automatic for others.
expression_language parse_language(std::string_view text);

// Children come in groups, in this order; within a group any order.
struct child_group {
  std::vector<std::string_view> names{};  // XML names; empty: every flow element
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();
};

enum class element_role {
  structure,  // serviceProxy, ssl, ... or a part of an element (user)
  flow,       // may stand in a proxy's flow
  frame,      // stands in a <webSocket>
  top,        // router, and what stands beside it
};

struct element_node;
class build_context;
using element_factory = std::unique_ptr<const element> (*)(const element_node&, build_context&);
using frame_factory = std::unique_ptr<const frame_element> (*)(const element_node&, build_context&);

struct element_descriptor {
  std::string_view name;  // XML name
  std::string_view doc;
  // As it stands in a file, for the reference: elements of a flow, or one of role frame. Tests load
  // it. Lines end with LF.
  std::string_view example{};
  element_role role = element_role::flow;
  std::vector<attribute_descriptor> attributes{};
  std::vector<child_group> children{};
  bool text_content = false;  // takes text (trimmed)
  // Takes text or has it in the file that its attribute `location` names: just one of them.
  bool text_or_location = false;
  bool any_attribute = false;  // also takes attributes it does not list (Membrane's <user>)
  // Attributes of Membrane that are refused with a sentence of their own.
  std::vector<std::string_view> foreign_attributes{};
  // Makes the element of a validated node; null after context.error(). Only for role flow.
  element_factory make = nullptr;
  frame_factory make_frame = nullptr;  // the same for role frame
  // May stand in <wsStompReassembler>: works on any message and waits for nothing but its body.
  bool on_stomp_frames = false;
  // Cannot stand in a <stompProxy>: means something to HTTP only, or leads elsewhere than to a
  // broker.
  bool http_only = false;
};

// Whether `child` may stand in a group of children.
bool accepts(const child_group& group, const element_descriptor& child);

// The list of all known elements: gateway/elements' rows plus the structure of gateway/config.
using element_registry = std::span<const element_descriptor* const>;

// A place in the configuration file. 1-based; columns count characters. {0, 0}: unknown.
struct source_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const source_position&, const source_position&) = default;
};

struct attribute_value {
  const attribute_descriptor* descriptor = nullptr;  // null: a free attribute
  std::string name;                                  // as written
  std::string text;                                  // decoded; the default when not written
  bool written = false;
  std::size_t name_offset = 0;   // octets into the file
  std::size_t value_offset = 0;  // first octet behind the quote
};

// Where a part of an element's text stands in the file.
struct text_piece {
  std::size_t start = 0;    // in the text
  std::size_t offset = 0;   // in the file
  bool as_written = false;  // CDATA: without references
};

// An element that passed its descriptor's checks: every required attribute is there, defaults are
// filled in, every text has its type.
struct element_node {
  const element_descriptor* descriptor = nullptr;
  std::vector<attribute_value> attributes;  // written ones and defaults; not those without either
  std::vector<element_node> children;
  std::string text;
  std::size_t offset = 0;  // of '<' in the file
  std::size_t text_offset = 0;
  std::vector<text_piece> text_pieces;
  source_position position;

  // The attribute called `name` (its descriptor's name), or null.
  const attribute_value* find(std::string_view name) const;
  // Its text, or empty.
  const std::string& value(std::string_view name) const;
  bool boolean(std::string_view name) const;          // false when absent
  std::int64_t integer(std::string_view name) const;  // 0 when absent
  const element_node* child(std::string_view name) const;
  // What the attribute `language` says; automatic when it is not written.
  expression_language language() const;
  // A text_template or url_template attribute, compiled; empty when absent.
  text_template templated(std::string_view name) const;
  // An expression attribute, compiled; nothing when absent.
  std::optional<expression> tested(std::string_view name) const;
};

// Reads a boolean as Membrane does: true yes 1, false no 0, without case.
std::optional<bool> parse_boolean(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text);

enum class file_purpose { key_store, trust_store, folder, text };
// A file or folder that the configuration names; the application checks and watches it.
struct file_use {
  file_purpose purpose = file_purpose::folder;
  std::string path;  // absolute
  source_position position;
};

// What a factory may ask of the loader. Errors are collected; a factory that reported one may
// return null.
class build_context {
 public:
  virtual ~build_context() = default;
  // At the element's '<'.
  virtual void error(const element_node& node, std::string message) = 0;
  // In an attribute's value, `offset` decoded octets from its start.
  virtual void error(const element_node& node, const attribute_value& a, std::size_t offset,
                     std::string message) = 0;
  // In the element's text, `offset` octets from its start.
  virtual void error_in_text(const element_node& node, std::size_t offset, std::string message) = 0;
  // The text of an element with text_or_location: its own, or that of the file (UTF-8, at most
  // 1 MiB) that the attribute `location` names. Nothing after an error.
  virtual std::optional<std::string> text_of(const element_node& node) = 0;
  // The same place, for messages at run time.
  virtual source_position position_in_text(const element_node& node, std::size_t offset) = 0;
  virtual const std::string& file_name() = 0;
  // --map-port: how ports of loopback hosts are rewritten.
  virtual const port_map& ports() = 0;
  // Makes the flow elements among `node`'s children.
  virtual flow make_flow(const element_node& node) = 0;
  // Makes the element with the id that attribute `refid` names (Membrane: a bean); null after an
  // error: nobody has that id, or it holds the reference itself.
  virtual std::unique_ptr<const element> make_reference(const element_node& node,
                                                        const attribute_value& refid) = 0;
  // Absolute path; relative ones start at the configuration file's folder. '\' counts as '/'.
  virtual std::string resolve_path(std::string_view path) = 0;
  virtual void uses_file(file_use use) = 0;
  // Of the whole configuration: complete only when it is loaded, so keep it and ask later.
  virtual std::shared_ptr<secret_names> secrets() = 0;
  // The settings of an <ssl> towards a server, as broker_settings::tls names them.
  virtual std::size_t client_tls(const element_node& ssl) = 0;
  // A checked url attribute with --map-port applied.
  virtual destination resolve_url(const element_node& node, const attribute_value& url) = 0;
  // A url_template attribute that holds ${expressions}; null when it holds none.
  virtual std::unique_ptr<const destination_template> url_template(const element_node& node,
                                                                   std::string_view name) = 0;
  // The balancer of `node`: the one that was made of it before (an element of <global> is made for
  // each proxy), else a new one. Null after an error: the name is taken.
  virtual std::shared_ptr<balancer> make_balancer(const element_node& node,
                                                  balancer_settings settings) = 0;
  // All balancers of the file, complete once it is loaded.
  virtual std::shared_ptr<const balancer_list> balancers() = 0;
};

}  // namespace gateway
