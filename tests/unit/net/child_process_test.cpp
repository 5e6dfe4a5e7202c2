#include "net/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "net/files.hpp"

namespace net {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class ChildProcess : public ::testing::Test {
 protected:
  std::unique_ptr<child_process> shell(const std::string& script) {
    auto started = child_process::start({"/bin/sh", {"-c", script}, output_});
    if (!started) throw std::runtime_error(started.error().message());
    return std::move(*started);
  }
  std::string written() const { return *read_file(output_, 100000); }

  temporary_folder place_;
  std::string output_ = place_.path() + "/output";
};

TEST_F(ChildProcess, TellsItsExitCode) {
  EXPECT_EQ(shell("exit 7")->wait(seconds(20)), 7);
  EXPECT_EQ(shell("kill -9 $$")->wait(seconds(20)), 128 + SIGKILL);
}

TEST_F(ChildProcess, WritesBothOutputsToTheFile) {
  shell("echo out; echo err >&2")->wait(seconds(20));
  EXPECT_EQ(written(), "out\nerr\n");
}

TEST_F(ChildProcess, InheritsNoDescriptor) {
  const int open = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  ASSERT_GE(open, 0);
  shell("ls -l /proc/self/fd | grep -c null")->wait(seconds(20));
  ::close(open);
  EXPECT_EQ(written(), "1\n");  // standard input
}

TEST_F(ChildProcess, APromisedFileIsSeenWhenItIsMovedInPlace) {
  const std::string file = place_.path() + "/ready";
  const auto child = shell("echo yes > " + file + ".tmp; mv " + file + ".tmp " + file +
                           "; exec cat /dev/zero > /dev/null");
  EXPECT_EQ(child->wait_for_file(file, seconds(20)), child_process::waited::done);
  EXPECT_EQ(*read_file(file, 100), "yes\n");
  child->terminate();
  EXPECT_EQ(child->wait(seconds(20)), 128 + SIGTERM);
}

TEST_F(ChildProcess, AnEarlyEndEndsTheWaitForItsFile) {
  EXPECT_EQ(shell("exit 1")->wait_for_file(place_.path() + "/never", seconds(20)),
            child_process::waited::ended);
}

TEST_F(ChildProcess, AWaitEndsAtItsLimit) {
  const auto child = shell("exec cat /dev/zero > /dev/null");
  EXPECT_EQ(child->wait(std::chrono::milliseconds(1)), std::nullopt);
  EXPECT_EQ(child->wait_for_file(place_.path() + "/never", std::chrono::milliseconds(1)),
            child_process::waited::timed_out);
}

TEST_F(ChildProcess, DiesWithItsObject) {
  const int pid = shell("exec cat /dev/zero > /dev/null")->pid();
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(ChildProcess, AProgramThatIsMissingIsNamedSo) {
  const auto started = child_process::start({place_.path() + "/none", {}, {}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), errc::not_found);
  EXPECT_EQ(child_process::start({place_.path(), {}, {}}).error(), errc::permission_denied);
}

TEST(TemporaryFolder, GoesWithEverythingInIt) {
  std::string path;
  {
    const temporary_folder made;
    path = made.path();
    ASSERT_FALSE(write_file_atomic(path + "/a", "x"));
    const auto copy = made.mirror("copy", path);
    ASSERT_TRUE(copy);
    EXPECT_EQ(*read_file(*copy + "/a", 10), "x");
  }
  EXPECT_FALSE(stat_file(path));
}

}  // namespace
}  // namespace net
