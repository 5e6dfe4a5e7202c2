// The file that tells a harness which ports a process has bound (design: --ready-file). Written
// when all of them accept, removed when this object ends.
#pragma once

#include <string>
#include <vector>

#include "net/types.hpp"

namespace net {

class ready_file {
 public:
  struct entry {
    std::string name;                  // "0.0.0.0:4443", "ws", "console"
    std::vector<std::string> proxies;  // names of the proxies behind it; may be empty
    endpoint bound;
    std::string url;  // "https://localhost:4443/"
  };

  ready_file() = default;
  ready_file(const ready_file&) = delete;
  ready_file& operator=(const ready_file&) = delete;
  ~ready_file();

  // Writes {"pid":1,"listeners":[...]} by a temporary file and a rename. An empty path: nothing.
  std::error_code write(const std::string& path, const std::vector<entry>& listeners);

 private:
  std::string path_;
};

}  // namespace net
