// A page as data: what it shows, before it becomes HTML (or, for the live updates, JSON).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mockbroker/broker/broker.hpp"
#include "mockbroker/console/html.hpp"
#include "mockbroker/console/parameters.hpp"
#include "net/runtime.hpp"

namespace mockbroker::web {

// What pages, actions and feeds work with. Lives as long as one request.
struct visit {
  net::runtime& rt;
  broker& shown;
  net::time_point started;  // the console's
  const parameters& given;
  std::string secret;  // links to actions and forms carry it
  std::string suffix;  // ";jsessionid=..." for links while the browser has no cookie yet

  // `path`?query as a link of this session.
  std::string to(std::string_view path, std::initializer_list<attribute> query = {}) const;
  // <input type="hidden" name="secret" ...>
  markup secret_field() const;
  // The destination of that bare name ("a" of "/queue/a").
  destination_name queue(std::string_view bare) const {
    return named(destination_kind::queue, bare);
  }
  destination_name topic(std::string_view bare) const {
    return named(destination_kind::topic, bare);
  }
  destination_name named(destination_kind kind, std::string_view bare) const;
  // And back.
  std::string bare(const destination_name& d) const;
  // What lasts of that kind, by name.
  std::vector<destination_info> all(destination_kind kind) const;
};

// Names a client in pages: its client id, or else its session.
std::string connection_name(const connection_info& c);
// "queue://a" of what clients write: "/queue/a".
std::string uri_of(const broker& b, std::string_view wire_text);
// "36.262 seconds", "2 minutes", "1 hour 5 minutes".
std::string printed_duration(net::duration d);

// A table that live updates follow row by row.
struct table {
  struct row {
    std::string key;  // what stays the same of it while its cells change
    markup cells;     // whole <td> elements
  };
  std::string id;  // empty: none
  markup head;     // whole <th> elements
  std::vector<row> rows{};

  void add(std::string key, const markup& cells) { rows.push_back({std::move(key), cells}); }
};
markup headings(std::initializer_list<std::string_view> texts);

struct content {
  std::string title{};
  std::vector<std::variant<markup, table>> blocks{};
  int status = 200;

  void add(const markup& m) { blocks.emplace_back(m); }
  void add(table t) { blocks.emplace_back(std::move(t)); }
};
// Parameters that make no sense: the static page of an error, as ActiveMQ answers them.
content bad_request();

// The whole document. `tab` is the path of the tab that the page belongs to.
std::string render(const content& page, std::string_view tab, const visit& v);
// A document without a session: errors, and the page in front of the console.
std::string render_static(std::string_view title, const markup& body);

}  // namespace mockbroker::web
