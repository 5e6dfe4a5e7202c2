// The console's pages: one row each, in one table (facts: ActiveMQ 5.2).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mockbroker/console/html.hpp"
#include "mockbroker/console/view.hpp"

namespace mockbroker {

// What a page shows.
struct page_content {
  std::string title{};  // when it is not the row's
  markup forms{};       // above: stays as it is while the page is open
  markup live{};        // kept current without a reload
  int status = 200;
};

struct page_entry {
  std::string_view path;  // behind /admin/
  std::string_view title;
  std::string_view tab;  // of the pages it belongs to; its own path: it is in the menu
  page_content (*make)(const view& v);
};

std::span<const page_entry> pages();
// Null when there is none.
const page_entry* find_page(std::string_view path);
// The whole document. `live_url`: where its script asks for changes; empty: nowhere.
std::string document(const view& v, const page_entry& entry, const page_content& content,
                     std::string_view live_url);
// The console's own page of an error.
std::string error_document(const view& v, std::string_view title, std::string_view why);

// queue_pages.cpp
page_content home_page(const view& v);
page_content queues_page(const view& v);
page_content topics_page(const view& v);
page_content queue_consumers_page(const view& v);
page_content topic_subscribers_page(const view& v);
page_content producers_page(const view& v);
// message_pages.cpp
page_content browse_page(const view& v);
page_content message_page(const view& v);
page_content send_page(const view& v);
// connection_pages.cpp
page_content subscribers_page(const view& v);
page_content connections_page(const view& v);
page_content connection_page(const view& v);
page_content network_page(const view& v);
page_content scheduled_page(const view& v);
page_content logout_page(const view& v);

}  // namespace mockbroker
