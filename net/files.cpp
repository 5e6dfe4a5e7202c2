#include "net/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace net {

namespace {

errc from_errno(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return errc::not_found;
    case EACCES:
    case EPERM:
      return errc::permission_denied;
    case EMFILE:
    case ENFILE:
      return errc::no_descriptors;
    default:
      return errc::other;
  }
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

result<file_info> stat_file(const std::string& path) {
  struct stat facts {};
  if (path.find('\0') != std::string::npos) return errc::not_found;
  if (::stat(path.c_str(), &facts) != 0) return from_errno(errno);
  std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) return from_errno(errno);
  file_info info;
  if (S_ISREG(facts.st_mode)) info.kind = file_kind::regular;
  if (S_ISDIR(facts.st_mode)) info.kind = file_kind::directory;
  info.size = std::uint64_t(facts.st_size);
  info.modified = wall_time(std::chrono::duration_cast<wall_time::duration>(
      std::chrono::seconds(facts.st_mtim.tv_sec) +
      std::chrono::nanoseconds(facts.st_mtim.tv_nsec)));
  info.canonical_path = real.get();
  return info;
}

result<std::string> read_file_part(const std::string& path, std::uint64_t offset,
                                   std::size_t size) {
  descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return from_errno(errno);
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const auto got = ::pread(file.get(), text.data() + have, size - have, off_t(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno(errno);
    if (got == 0) break;
    have += std::size_t(got);
  }
  text.resize(have);
  return text;
}

result<std::string> read_file(const std::string& path, std::size_t limit) {
  auto info = stat_file(path);
  if (!info) return info.error();
  if (info->kind != file_kind::regular) return errc::other;
  if (info->size > limit) return errc::too_large;
  // One octet more than announced, to notice a file that grew.
  auto text = read_file_part(path, 0, std::size_t(info->size) + 1);
  if (text && text->size() > limit) return errc::too_large;
  return text;
}

namespace {

std::error_code write_file(const std::string& path, std::string_view text, ::mode_t mode) {
  const std::string temporary = path + ".tmp" + std::to_string(::getpid());
  {
    descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return from_errno(errno);
    while (!text.empty()) {
      const auto put = ::write(file.get(), text.data(), text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        const int why = errno;
        ::unlink(temporary.c_str());
        return from_errno(why);
      }
      text.remove_prefix(std::size_t(put));
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int why = errno;
    ::unlink(temporary.c_str());
    return from_errno(why);
  }
  return {};
}

}  // namespace

std::error_code write_file_atomic(const std::string& path, std::string_view text) {
  return write_file(path, text, 0644);
}
std::error_code write_private_file(const std::string& path, std::string_view text) {
  return write_file(path, text, 0600);
}

void remove_file(const std::string& path) noexcept { ::unlink(path.c_str()); }

temporary_folder::temporary_folder() {
  std::string made = (std::filesystem::temp_directory_path() / "pumphouse-XXXXXX").string();
  if (::mkdtemp(made.data()) == nullptr) {
    throw std::runtime_error("cannot make " + made + ": " +
                             make_error_code(from_errno(errno)).message());
  }
  path_ = made;
}
temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
result<std::string> temporary_folder::mirror(const std::string& name,
                                             const std::string& folder) const {
  const std::filesystem::path made = std::filesystem::path(path_) / name;
  std::error_code error;
  std::filesystem::create_directory(made, error);
  for (std::filesystem::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    std::filesystem::create_symlink(std::filesystem::absolute(each->path()),
                                    made / each->path().filename(), error);
    if (error) break;
  }
  if (error) return error;
  return made.string();
}

std::string join_path(const std::string& base, const std::string& path) {
  std::string portable = path;
  std::replace(portable.begin(), portable.end(), '\\', '/');
  const std::filesystem::path joined = std::filesystem::path(base) / portable;
  std::string normal = joined.lexically_normal().string();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string parent_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string current_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).string();
}

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value) return std::nullopt;
  return std::string(value);
}

}  // namespace net
