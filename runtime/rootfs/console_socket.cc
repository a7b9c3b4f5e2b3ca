#include "runtime/rootfs/console_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "base/unix_socket.h"

namespace rundlet::runtime {
namespace {

constexpr char kConsoleName[] = "/dev/console";

union Control {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

}  // namespace

void hand_over_console(const std::string& socket, const Fd& master) {
  Fd connection = connect_unix(socket, SOCK_STREAM);
  iovec name = {const_cast<char*>(kConsoleName), sizeof kConsoleName - 1};
  Control control = {};
  msghdr message = {};
  message.msg_iov = &name;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  int fd = master.get();
  std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  if (::sendmsg(connection.get(), &message, MSG_NOSIGNAL) < 0) throw_errno("send the terminal to " + socket);
}

ConsoleReceiver::ConsoleReceiver(const std::string& directory)
    : path_(directory + "/console-" + random_hex(4) + ".sock"), listener_(listen_unix(path_, SOCK_STREAM)) {}

ConsoleReceiver::~ConsoleReceiver() {
  ::unlink(path_.c_str());
}

Fd ConsoleReceiver::receive() const {
  Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection) throw_errno("accept the terminal");
  char name[256];
  iovec part = {name, sizeof name};
  Control control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  if (::recvmsg(connection.get(), &message, MSG_CMSG_CLOEXEC) < 0) throw_errno("receive the terminal");
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
    throw_error(ErrorCode::internal, "no terminal was sent");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return Fd(fd);
}

}  // namespace rundlet::runtime
