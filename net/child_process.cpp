#include "net/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "net/files.hpp"

namespace net {

namespace {

std::error_code problem(int number) {
  if (number == ENOENT) return make_error_code(errc::not_found);
  if (number == EACCES) return make_error_code(errc::permission_denied);
  return make_error_code(errc::other);
}

// Only what may be called between fork() and exec().
[[noreturn]] void become(char* const* arguments, int output, int parent, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (::getppid() == parent && nothing >= 0) {
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output < 0 ? nothing : output, STDOUT_FILENO);
    ::dup2(output < 0 ? nothing : output, STDERR_FILENO);
    // A socket that lived on in the child would not be closed when this process closes it.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv(arguments[0], arguments);
  }
  const int why = errno;
  [[maybe_unused]] const auto told = ::write(report, &why, sizeof why);
  ::_exit(127);
}

// Not by <sys/pidfd.h>, whose declarations glibc 2.36 makes without C linkage.
int open_pidfd(int pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// Milliseconds until `end`, rounded up; -1 would wait for ever and does not come.
int remaining(std::chrono::steady_clock::time_point end) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
}

}  // namespace

result<std::unique_ptr<child_process>> child_process::start(const options& how) {
  std::vector<char*> arguments;
  arguments.push_back(const_cast<char*>(how.program.c_str()));
  for (const auto& each : how.arguments) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  int output = -1;
  if (!how.output.empty()) {
    output = ::open(how.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (output < 0) return problem(errno);
  }
  std::array<int, 2> report{};  // closed without a word when exec() went well
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    const int why = errno;
    if (output >= 0) ::close(output);
    return problem(why);
  }
  const int parent = ::getpid();
  const int pid = ::fork();
  if (pid == 0) become(arguments.data(), output, parent, report[1]);
  int why = pid < 0 ? errno : 0;
  ::close(report[1]);
  if (output >= 0) ::close(output);
  if (pid > 0) [[maybe_unused]]
    const auto got = ::read(report[0], &why, sizeof why);
  ::close(report[0]);
  const int descriptor = pid > 0 ? open_pidfd(pid) : -1;
  if (pid > 0 && why == 0 && descriptor < 0) why = errno;
  if (why == 0) return std::unique_ptr<child_process>(new child_process(pid, descriptor));
  if (pid > 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  if (descriptor >= 0) ::close(descriptor);
  return problem(why);
}

child_process::~child_process() {
  kill();
  ::close(descriptor_);
}

child_process::waited child_process::wait_for_file(const std::string& path, duration limit) const {
  const auto end = std::chrono::steady_clock::now() + limit;
  const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  ::inotify_add_watch(watch, parent_folder(path).c_str(), IN_MOVED_TO);
  auto how = waited::timed_out;
  // It is looked for behind the begin of the watch, so none is missed.
  for (bool is_over = false; !is_over;) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) {
      how = waited::done;
      break;
    }
    std::array<pollfd, 2> both{pollfd{watch, POLLIN, 0}, pollfd{descriptor_, POLLIN, 0}};
    const int ready = ::poll(both.data(), both.size(), remaining(end));
    if (ready > 0 && both[1].revents != 0) how = waited::ended;
    is_over = ready == 0 || how == waited::ended;
    std::array<char, 4096> news{};
    while (::read(watch, news.data(), news.size()) > 0) {
    }
  }
  ::close(watch);
  return how;
}

std::optional<int> child_process::wait(duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!code_) {
    pollfd one{descriptor_, POLLIN, 0};
    const int ready = ::poll(&one, 1, remaining(end));
    if (ready == 0) return std::nullopt;
    if (ready < 0) continue;  // a signal
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) return std::nullopt;
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return code_;
}

void child_process::terminate() noexcept {
  if (!code_) ::kill(pid_, SIGTERM);
}

void child_process::kill() noexcept {
  if (code_) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  code_ = 128 + SIGKILL;
}

}  // namespace net
