// Notices that files were changed by looking at them now and then: works for editors that write in
// place and for those that rename, on every file system.
#pragma once

#include <string>
#include <vector>

namespace gateway {

class file_watch {
 public:
  // Watches `paths` from their state of now on.
  void watch(std::vector<std::string> paths);
  // The first path that changed, once after a change that has come to rest: the state differs from
  // the one that was reported or set last, and is the same as at the call before, so that nobody
  // reads half a file. Else empty.
  std::string changed();

 private:
  std::vector<std::string> look() const;

  std::vector<std::string> paths_;
  std::vector<std::string> known_;  // the state of each path
  std::vector<std::string> last_;
};

}  // namespace gateway
