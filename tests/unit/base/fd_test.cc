#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "tests/unit/base/temp_dir.h"

namespace rundlet {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwnsAndOnlyThat) {
  Pipe pipe = make_pipe();
  int raw = pipe.read.get();
  Fd moved = std::move(pipe.read);
  EXPECT_FALSE(pipe.read);
  EXPECT_TRUE(is_open(raw));
  Fd copy = moved.duplicate();
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD), FD_CLOEXEC);
  moved = Fd();
  EXPECT_FALSE(is_open(raw));
  EXPECT_TRUE(is_open(copy.get()));
  int released = copy.release();
  copy.reset();
  EXPECT_TRUE(is_open(released));
  ::close(released);
}

TEST(Fd, EverythingMadeIsCloexec) {
  Pipe pipe = make_pipe();
  auto pair = make_socket_pair(SOCK_STREAM);
  Fd event = make_eventfd(), memory = make_memfd("x"), file = open_file("/dev/null", O_RDONLY);
  for (const Fd* fd : {&pipe.read, &pipe.write, &pair.first, &pair.second, &event, &memory, &file})
    EXPECT_EQ(::fcntl(fd->get(), F_GETFD), FD_CLOEXEC);
}

TEST(Fd, WriteAllWaitsForANonblockingReader) {
  Pipe pipe = make_pipe(O_NONBLOCK);
  set_nonblocking(pipe.read.get(), false);
  std::string data(1 << 20, 'x'), read;
  std::jthread reader([&] { read = read_all(pipe.read.get()); });
  write_all(pipe.write.get(), data);
  pipe.write.reset();
  reader.join();
  EXPECT_EQ(read, data);
}

TEST(Fd, FilesAreNamedInErrors) {
  TempDir dir;
  EXPECT_EQ(thrown_message([&] { read_file(dir / "none"); }),
            "open " + (dir / "none") + ": No such file or directory");
  EXPECT_EQ(thrown_code([&] { read_file(dir / "none"); }), "not_found");
  EXPECT_NE(thrown_message([&] { read_file(dir.path()); }).find(dir.path()), std::string::npos);
  write_file(dir / "file", "longer");
  write_file(dir / "file", "short");
  EXPECT_EQ(read_file(dir / "file"), "short");
}

}  // namespace
}  // namespace rundlet
