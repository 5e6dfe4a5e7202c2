#include "gateway/app/file_watch.hpp"

#include "net/files.hpp"

namespace gateway {

void file_watch::watch(std::vector<std::string> paths) {
  paths_ = std::move(paths);
  known_ = last_ = look();
}

bool file_watch::changed() {
  const std::string now = look();
  const bool at_rest = now == last_;
  last_ = now;
  if (!at_rest || now == known_) return false;
  known_ = now;
  return true;
}

std::string file_watch::look() const {
  std::string all;
  for (const auto& path : paths_) {
    const auto info = net::stat_file(path);
    all += info ? std::to_string(info->modified.time_since_epoch().count()) + "/" +
                      std::to_string(info->size) + info->canonical_path
                : info.error().message();
    all += '\n';
  }
  return all;
}

}  // namespace gateway
