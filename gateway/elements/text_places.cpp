#include "gateway/elements/text_places.hpp"

namespace gateway {

text_places::text_places(const element_node& node, build_context& context, const std::string& text)
    : file_(context.file_name()) {
  const attribute_value* location = node.find("location");
  if (location) file_ = location->text;
  std::size_t start = 0;
  while (true) {
    const auto number = static_cast<std::uint32_t>(lines_.size() + 1);
    lines_.push_back(
        {start, location ? source_position{number, 1} : context.position_in_text(node, start)});
    const auto end = text.find('\n', start);
    if (end == std::string::npos) break;
    start = end + 1;
  }
}

std::string text_places::of(std::size_t offset) const {
  std::size_t i = 0;
  while (i + 1 < lines_.size() && lines_[i + 1].start <= offset) ++i;
  const source_position& at = lines_[i].at;
  return file_ + ":" + std::to_string(at.line) + ":" +
         std::to_string(at.column + offset - lines_[i].start);
}

void text_places::report(const element_node& node, build_context& context, std::string_view what,
                         const expression_error& wrong) const {
  if (const attribute_value* location = node.find("location"))
    context.error(node, *location, 0,
                  "names a " + std::string(what) + " that is wrong at " + of(wrong.offset) + ": " +
                      wrong.message);
  else
    context.error_in_text(node, wrong.offset, wrong.message);
}

}  // namespace gateway
