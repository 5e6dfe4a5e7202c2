// The console's pages. A page is a function here and a row in the table of pages.cpp.
#pragma once

#include <string_view>

#include "mockbroker/console/page.hpp"

namespace mockbroker::web {

struct page_entry {
  std::string_view path;  // below /admin/
  std::string_view tab;   // the path of the tab it belongs to; empty: none
  content (*make)(const visit& v);
};
// Null: there is no such page.
const page_entry* find_page(std::string_view path) noexcept;

// broker_pages.cpp
content index_page(const visit& v);
content network_page(const visit& v);
content scheduled_page(const visit& v);
content slave_page(const visit& v);
content logout_page(const visit& v);
// queue_pages.cpp
content queues_page(const visit& v);
content queue_graph_page(const visit& v);
content queue_consumers_page(const visit& v);
content queue_producers_page(const visit& v);
// topic_pages.cpp
content topics_page(const visit& v);
content topic_subscribers_page(const visit& v);
content topic_producers_page(const visit& v);
content subscribers_page(const visit& v);
// connection_pages.cpp
content connections_page(const visit& v);
content connection_page(const visit& v);
// message_pages.cpp
content browse_page(const visit& v);
content message_page(const visit& v);
// send_page.cpp
content send_page(const visit& v);

}  // namespace mockbroker::web
