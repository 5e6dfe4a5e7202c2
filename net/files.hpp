// Files, the same for every runtime. All calls block briefly; big reads go through offload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/types.hpp"

namespace net {

enum class file_kind { regular, directory, other };

struct file_info {
  file_kind kind = file_kind::other;
  std::uint64_t size = 0;
  wall_time modified;
  std::string canonical_path;  // absolute, links resolved
};

// errc::not_found, errc::permission_denied, errc::other.
result<file_info> stat_file(const std::string& path);
// Whole file; errc::too_large above `limit` octets.
result<std::string> read_file(const std::string& path, std::size_t limit);
// Up to `size` octets from `offset`; fewer at the end of the file.
result<std::string> read_file_part(const std::string& path, std::uint64_t offset, std::size_t size);
// Writes a temporary file beside `path` and renames it, so readers never see half of it.
std::error_code write_file_atomic(const std::string& path, std::string_view text);
// The same for what only its owner may read: keys.
std::error_code write_private_file(const std::string& path, std::string_view text);
void remove_file(const std::string& path) noexcept;

// A folder of its own under the system's temporary one; it goes with everything in it.
class temporary_folder {
 public:
  // std::runtime_error when none can be made.
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();
  const std::string& path() const noexcept { return path_; }
  // A folder `name` in it whose entries are links to those of `folder`: a place to change one file
  // of many. Answers its path.
  result<std::string> mirror(const std::string& name, const std::string& folder) const;

 private:
  std::string path_;
};

// Absolute form of `path`, taken relative to folder `base`; "." and ".." are resolved as text.
std::string join_path(const std::string& base, const std::string& path);
std::string parent_folder(const std::string& path);
std::string current_folder();

// Value of an environment variable, or nothing. Not while another thread sets one.
std::optional<std::string> environment_variable(std::string_view name);

}  // namespace net
