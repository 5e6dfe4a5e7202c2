// What the console's pages are put together from. Texts of peers pass escape().
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "net/http_types.hpp"

namespace mockbroker {

// `text` so that it is text and nothing else in HTML and XML.
std::string escape(std::string_view text);
// A page, with the headers that guard it; 302 to `to`; 500 with the reason, as ActiveMQ answers a
// form that it does not like.
net::http_response html(int status, std::string text);
net::http_response redirect(std::string_view to);
net::http_response failed(std::string_view why);
// The name without the prefix of the wire: "a" of "/queue/a".
std::string_view bare(std::string_view name);
// The name in a table's cell: long ones are cut at 50, with the whole one as tooltip.
std::string name_cell(std::string_view name);
// A table; `rows` are whole <tr> elements.
std::string table(std::string_view id, std::initializer_list<std::string_view> headers,
                  const std::string& rows);
// A parameter of a request, or empty.
std::string value(const std::map<std::string, std::string>& given, const std::string& name);

}  // namespace mockbroker
