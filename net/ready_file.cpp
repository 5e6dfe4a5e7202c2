#include "net/ready_file.hpp"

#include <unistd.h>

#include <boost/json.hpp>

#include "net/files.hpp"

namespace net {

ready_file::~ready_file() {
  if (!path_.empty()) remove_file(path_);
}

std::error_code ready_file::write(const std::string& path, const std::vector<entry>& listeners) {
  if (path.empty()) return {};
  boost::json::array all;
  for (const entry& e : listeners) {
    boost::json::array proxies(e.proxies.begin(), e.proxies.end());
    boost::json::object row{{"name", e.name}};
    if (!e.proxies.empty()) row["proxies"] = std::move(proxies);
    row["bind"] = e.bound.address;
    row["port"] = e.bound.port;
    row["url"] = e.url;
    all.push_back(std::move(row));
  }
  const boost::json::object root{{"pid", ::getpid()}, {"listeners", std::move(all)}};
  const auto error = write_file_atomic(path, boost::json::serialize(root) + "\n");
  if (!error) path_ = path;
  return error;
}

}  // namespace net
