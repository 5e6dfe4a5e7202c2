#include "gateway/app/file_watch.hpp"

#include <algorithm>

#include "net/files.hpp"

namespace gateway {

void file_watch::watch(std::vector<std::string> paths) {
  paths_ = std::move(paths);
  known_ = last_ = look();
}

std::string file_watch::changed() {
  const auto now = look();
  const bool at_rest = now == last_;
  last_ = now;
  if (!at_rest || now == known_) return {};
  const auto differs = std::mismatch(now.begin(), now.end(), known_.begin()).first - now.begin();
  known_ = now;
  return paths_[static_cast<std::size_t>(differs)];
}

std::vector<std::string> file_watch::look() const {
  std::vector<std::string> all;
  for (const auto& path : paths_) {
    const auto info = net::stat_file(path);
    all.push_back(info ? std::to_string(info->modified.time_since_epoch().count()) + "/" +
                             std::to_string(info->size) + info->canonical_path
                       : info.error().message());
  }
  return all;
}

}  // namespace gateway
