// Lists for programs: /admin/xml/*.jsp and /admin/queueBrowse/<queue> (facts: ActiveMQ 5.4).
#pragma once

#include <string>
#include <string_view>

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

struct feed_entry {
  std::string_view path;  // below /admin/
  markup (*make)(const visit& v);
};
// xml_lists.cpp. Null: there is no such list.
const feed_entry* find_xml_list(std::string_view path) noexcept;

// A status other than 200 comes with no document.
struct feed {
  int status = 200;
  markup document{};
};
// queue_browse.cpp. `queue` is the bare name.
feed browse_queue(const visit& v, const std::string& queue);

}  // namespace mockbroker::web
