// <setProperty>: notes a text for the elements behind it.
#include "gateway/elements/attributes.hpp"
#include "gateway/elements/message_element.hpp"

namespace gateway {

namespace {

class set_property final : public message_element {
 public:
  set_property(std::string name, text_template value, bool if_absent)
      : name_(std::move(name)), value_(std::move(value)), if_absent_(if_absent) {}

 private:
  void change(const current_message& m) const override {
    if (if_absent_ && m.ex.properties.count(name_) > 0) return;
    const auto wrong = put_property(m.ex, name_, value_.render(m.ex, m.where));
    if (!wrong.empty())
      throw std::runtime_error("<setProperty name=\"" + name_ + "\">: " + std::string(wrong));
  }

  std::string name_;
  text_template value_;
  bool if_absent_;
};

std::unique_ptr<const element> make(const element_node& node, build_context&) {
  return std::make_unique<set_property>(node.value("name"), node.templated("value"),
                                        node.boolean("ifAbsent"));
}

}  // namespace

const element_descriptor& set_property_element() {
  static const element_descriptor d{
      .name = "setProperty",
      .doc =
          "Notes a text under a name, on both ways: ${properties.NAME} has it in what stands "
          "behind. An exchange keeps at most 100, each at most 64 KiB.",
      .example = R"(<setProperty name="shop" value="${params.shop}"/>
<log message="shop ${properties.shop}"/>)",
      .attributes = {{.name = "name", .doc = "Name of the property.", .required = true},
                     {.name = "value",
                      .type = attribute_type::text_template,
                      .doc = "Its value.",
                      .required = true},
                     {.name = "ifAbsent",
                      .type = attribute_type::boolean,
                      .doc = "Only when there is no such property.",
                      .default_value = "false"},
                     fail_on_error_attribute(),
                     language_attribute()},
      .make = make,
      .on_stomp_frames = true,
  };
  return d;
}

}  // namespace gateway
