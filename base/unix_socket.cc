#include "base/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace rundlet {
namespace {

constexpr size_t kMaxFds = 8;
constexpr size_t kMaxMessage = 1 << 20;
// Longer messages travel in a memfd: a packet needs send buffer (212,992 bytes by default) and memory in one
// piece.
constexpr size_t kMaxInline = 65536;
// First byte of every packet.
constexpr char kInline = 0;
constexpr char kInMemfd = 1;  // the packet's last descriptor holds the data

struct Address {
  sockaddr_un value{};
  socklen_t size = 0;
  Fd directory;  // keeps a path by /proc/self/fd valid
};

Address address_of(const std::string& path) {
  Address address;
  address.value.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof address.value.sun_path) {
    size_t slash = path.rfind('/');
    if (slash == path.npos) throw_invalid("socket name is too long: " + path);
    address.directory = open_file(path.substr(0, slash + 1), O_PATH | O_DIRECTORY);
    name = "/proc/self/fd/" + std::to_string(address.directory.get()) + path.substr(slash);
  }
  if (name.size() >= sizeof address.value.sun_path) throw_invalid("socket name is too long: " + path);
  if (name.empty() || name.find('\0') != name.npos)
    throw_invalid("not the name of a socket: \"" + path + "\"");
  std::memcpy(address.value.sun_path, name.c_str(), name.size() + 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + 1);
  return address;
}

Fd make_socket(int type) {
  int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) throw_errno("socket");
  return Fd(fd);
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.value);
}

// 0 or errno.
int try_connect(int socket, const Address& address) {
  while (::connect(socket, generic(address), address.size) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

// Removes a socket file at which nobody listens; anything else that has the name is left alone.
void remove_stale(const std::string& path, const Address& address, int type) {
  struct stat found;
  if (::lstat(address.value.sun_path, &found) < 0) {
    if (errno == ENOENT) return;
    throw_errno("lstat " + path);
  }
  if (!S_ISSOCK(found.st_mode))
    throw_error(ErrorCode::failed_precondition, path + " is there and is not a socket");
  int error = try_connect(make_socket(type | SOCK_NONBLOCK).get(), address);
  if (error != ECONNREFUSED && error != ENOENT)
    throw_error(ErrorCode::failed_precondition, "somebody else listens on " + path);
  if (::unlink(address.value.sun_path) < 0 && errno != ENOENT) throw_errno("remove " + path);
}

union ControlBuffer {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int) * (kMaxFds + 1))];
};

void attach(msghdr& header, ControlBuffer& control, const std::vector<int>& fds) {
  if (fds.empty()) return;
  size_t bytes = fds.size() * sizeof(int);
  header.msg_control = control.bytes;
  header.msg_controllen = CMSG_SPACE(bytes);
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(part), fds.data(), bytes);
}

void send_packet(int socket, char form, std::string_view data, const std::vector<int>& fds) {
  iovec parts[] = {{&form, 1}, {const_cast<char*>(data.data()), data.size()}};
  ControlBuffer control{};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  attach(header, control, fds);
  while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) throw_errno("send message");
}

std::vector<Fd> take_fds(msghdr& header) {
  std::vector<Fd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

std::string read_memfd(const Fd& file) {
  struct stat found;
  if (::fstat(file.get(), &found) < 0) throw_errno("receive message");
  if (!S_ISREG(found.st_mode) || found.st_size > static_cast<off_t>(kMaxMessage))
    throw_invalid("malformed message");
  std::string data(static_cast<size_t>(found.st_size), '\0');
  size_t done = 0;
  while (done < data.size()) {
    ssize_t size = ::pread(file.get(), data.data() + done, data.size() - done, static_cast<off_t>(done));
    if (size < 0 && errno != EINTR) throw_errno("receive message");
    if (size == 0) throw_invalid("malformed message");
    if (size > 0) done += static_cast<size_t>(size);
  }
  return data;
}

std::optional<Message> no_message(int reason) {
  errno = reason;
  return std::nullopt;
}

Message unpack(char form, std::string data, std::vector<Fd> fds) {
  if (form == kInline) return {std::move(data), std::move(fds)};
  if (form != kInMemfd || !data.empty() || fds.empty()) throw_invalid("malformed message");
  Fd content = std::move(fds.back());
  fds.pop_back();
  return {read_memfd(content), std::move(fds)};
}

}  // namespace

Fd listen_unix(const std::string& path, int type, unsigned mode) {
  Address address = address_of(path);
  remove_stale(path, address, type);
  Fd socket = make_socket(type);
  if (::bind(socket.get(), generic(address), address.size) < 0) throw_errno("bind " + path);
  // Nobody can connect before listen, so the mode of the moment in between does not matter.
  if (::chmod(address.value.sun_path, mode) < 0) throw_errno("chmod " + path);
  if (::listen(socket.get(), SOMAXCONN) < 0) throw_errno("listen on " + path);
  return socket;
}

Fd connect_unix(const std::string& path, int type) {
  Address address = address_of(path);
  Fd socket = make_socket(type);
  int error = try_connect(socket.get(), address);
  if (error == ECONNREFUSED || error == ENOENT)
    throw Error(ErrorCode::unavailable, "connect to " + path + ": " + std::strerror(error), error);
  if (error != 0) throw_errno("connect to " + path, error);
  return socket;
}

void send_message(int socket, std::string_view data, const std::vector<int>& fds) {
  if (data.size() > kMaxMessage)
    throw_invalid("message of " + std::to_string(data.size()) + " bytes is too long");
  if (fds.size() > kMaxFds)
    throw_invalid("more than " + std::to_string(kMaxFds) + " descriptors in a message");
  if (data.size() <= kMaxInline) return send_packet(socket, kInline, data, fds);
  Fd file = make_memfd("message");
  write_all(file.get(), data);
  std::vector<int> with_data = fds;
  with_data.push_back(file.get());
  send_packet(socket, kInMemfd, "", with_data);
}

std::optional<Message> receive_message(int socket) {
  char form = 0;
  std::string data(kMaxInline, '\0');
  ControlBuffer control{};
  iovec parts[] = {{&form, 1}, {data.data(), data.size()}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  ssize_t size;
  // The kernel tells of a reset (the other side went without reading what we sent) before it gives what that side had
  // sent: the error is told once, then come the messages and the end of file.
  do {
    size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return no_message(EAGAIN);
  if (size < 0) throw_errno("receive message");
  std::vector<Fd> fds = take_fds(header);
  if (size == 0) return no_message(0);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) throw_invalid("message was cut off");
  data.resize(static_cast<size_t>(size) - 1);
  return unpack(form, std::move(data), std::move(fds));
}

}  // namespace rundlet
