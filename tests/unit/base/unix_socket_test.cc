#include "base/unix_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/fs/atomic_file.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet {
namespace {

using test::TempDir;
using test::thrown_code;

TEST(UnixSocket, ListensWithModeAndConnects) {
  TempDir dir;
  Fd listener = listen_unix(dir / "s", SOCK_STREAM, 0660);
  struct stat found;
  ASSERT_EQ(::stat((dir / "s").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
  Fd client = connect_unix(dir / "s", SOCK_STREAM);
  EXPECT_EQ(::fcntl(client.get(), F_GETFD), FD_CLOEXEC);
}

TEST(UnixSocket, ReplacesAStaleSocketButNoLiveOneAndNoFile) {
  TempDir dir;
  listen_unix(dir / "s", SOCK_SEQPACKET);  // closed at once: its file stays
  Fd listener = listen_unix(dir / "s", SOCK_SEQPACKET);
  EXPECT_EQ(thrown_code([&] { listen_unix(dir / "s", SOCK_SEQPACKET); }), "failed_precondition");
  EXPECT_EQ(thrown_code([&] { listen_unix(dir / "s", SOCK_STREAM); }), "failed_precondition");
  write_file(dir / "file", "precious");
  EXPECT_EQ(thrown_code([&] { listen_unix(dir / "file", SOCK_STREAM); }), "failed_precondition");
  EXPECT_EQ(read_file(dir / "file"), "precious");
}

TEST(UnixSocket, NobodyListeningIsUnavailable) {
  TempDir dir;
  EXPECT_EQ(thrown_code([&] { connect_unix(dir / "none", SOCK_STREAM); }), "unavailable");
  listen_unix(dir / "stale", SOCK_STREAM);
  EXPECT_EQ(thrown_code([&] { connect_unix(dir / "stale", SOCK_STREAM); }), "unavailable");
}

TEST(UnixSocket, LongPathsWork) {
  TempDir dir;
  std::string deep = dir / std::string(100, 'a') + "/" + std::string(100, 'b');
  fs::make_directories(deep);
  Fd listener = listen_unix(deep + "/socket", SOCK_SEQPACKET, 0666);
  Fd client = connect_unix(deep + "/socket", SOCK_SEQPACKET);
  EXPECT_EQ(thrown_code([&] { listen_unix(deep + "/" + std::string(200, 'c'), SOCK_STREAM); }),
            "invalid_argument");
}

TEST(UnixSocket, CarriesDataAndDescriptors) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  Pipe pipe = make_pipe();
  send_message(left.get(), "hello", {pipe.write.get()});
  send_message(left.get(), "");
  auto message = receive_message(right.get());
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->data, "hello");
  ASSERT_EQ(message->fds.size(), 1u);
  EXPECT_EQ(::fcntl(message->fds[0].get(), F_GETFD), FD_CLOEXEC);
  write_all(message->fds[0].get(), "through");
  message->fds.clear();
  pipe.write.reset();
  EXPECT_EQ(read_all(pipe.read.get()), "through");
  message = receive_message(right.get());
  ASSERT_TRUE(message.has_value()) << "an empty message is not the end of file";
  EXPECT_EQ(message->data, "");
}

TEST(UnixSocket, CarriesUpToOneMebibyteAndEightDescriptors) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  std::vector<int> eight(8, STDERR_FILENO);
  for (size_t size : {size_t{65535}, size_t{65536}, size_t{65537}, size_t{1} << 20}) {
    std::string data(size, '\0');
    for (size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 7);
    send_message(left.get(), data, eight);
    auto message = receive_message(right.get());
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->data, data) << size;
    EXPECT_EQ(message->fds.size(), 8u);
  }
  EXPECT_EQ(thrown_code([&] { send_message(left.get(), std::string((1 << 20) + 1, 'x')); }),
            "invalid_argument");
  EXPECT_EQ(thrown_code([&] { send_message(left.get(), "x", std::vector<int>(9, 2)); }), "invalid_argument");
}

TEST(UnixSocket, TellsEndOfFileFromNothingThere) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  set_nonblocking(right.get(), true);
  EXPECT_FALSE(receive_message(right.get()).has_value());
  EXPECT_EQ(errno, EAGAIN);
  left.reset();
  EXPECT_FALSE(receive_message(right.get()).has_value());
  EXPECT_EQ(errno, 0);
}

TEST(UnixSocket, SendingToNobodyThrowsInsteadOfKilling) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  right.reset();
  EXPECT_EQ(thrown_code([&, &l = left] { send_message(l.get(), "x"); }), "internal");
}

TEST(UnixSocket, RefusesForeignPackets) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  auto received = [&, &r = right] { return thrown_code([&] { receive_message(r.get()); }); };
  ASSERT_EQ(::send(left.get(), "\x07x", 2, 0), 2);
  EXPECT_EQ(received(), "invalid_argument");
  ASSERT_EQ(::send(left.get(), "\x01", 1, 0), 1);
  EXPECT_EQ(received(), "invalid_argument") << "promises a memfd that is not there";
  std::string too_long(100000, '\0');
  ASSERT_EQ(::send(left.get(), too_long.data(), too_long.size(), 0), 100000);
  EXPECT_EQ(received(), "invalid_argument");
}

TEST(UnixSocket, ManyMessagesBlockInsteadOfFailing) {
  auto [left, right] = make_socket_pair(SOCK_SEQPACKET);
  std::jthread sender([&l = left] {
    for (int i = 0; i < 500; ++i) send_message(l.get(), std::string(60000, static_cast<char>(i)));
    l.reset();
  });
  int received = 0;
  while (auto message = receive_message(right.get())) {
    EXPECT_EQ(message->data[59999], static_cast<char>(received));
    ++received;
  }
  EXPECT_EQ(received, 500);
}

}  // namespace
}  // namespace rundlet
