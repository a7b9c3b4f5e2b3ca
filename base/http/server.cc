#include "base/http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/http/head.h"
#include "base/http/server_connection.h"
#include "base/http/tls.h"
#include "base/log.h"

namespace rundlet::http {

namespace {

// Waited before accept is tried again when the process is out of descriptors or memory.
constexpr int kAcceptRetryMs = 100;

bool is_tcp(int socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

// Answers must not wait to be merged, and a peer whose machine vanished must be found out in the end.
void tune_tcp(int socket) {
  int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

// The acceptor must not wait for anybody: what does not fit into the socket buffer is lost.
void turn_away(const Fd& socket) {
  static const std::string kBody = plain_error_body("too many connections");
  Headers headers;
  headers.set("Content-Type", "application/json");
  headers.set("Content-Length", std::to_string(kBody.size()));
  headers.set("Connection", "close");
  std::string answer = format_response_head(503, false, headers) + kBody;
  ::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket.get(), SHUT_WR);
  char scratch[4096];  // an unread request would turn the close into a reset
  while (::recv(socket.get(), scratch, sizeof scratch, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

struct Server::State {
  Handler handler;
  ServerLimits limits;
  ErrorResponse error_response;
  std::atomic<bool> stopping{false};
  Fd stop_event = make_eventfd();

  std::mutex mutex;
  std::condition_variable changed;
  size_t running = 0;      // connection threads
  std::set<int> sockets;   // of connections that are the server's
  std::thread last_ended;  // joined by the next thread that ends
  std::vector<std::thread> acceptors;

  void accept_loop(const Fd& listener, const std::shared_ptr<const TlsContext>& tls);
  void accept_one(const Fd& listener, const std::shared_ptr<const TlsContext>& tls);
  void begin(Fd socket, const std::shared_ptr<const TlsContext>& tls);
  void spawn(Fd socket, const std::shared_ptr<const TlsContext>& tls);
  void run(Fd socket, const TlsContext* tls);
  bool admit(int socket);
  void forget(int socket);
  void retire(std::thread& self);
  void pause() const;
};

Server::Server(Handler handler, ServerLimits limits, ErrorResponse error_response)
    : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->limits = limits;
  state_->error_response = std::move(error_response);
}

Server::~Server() {
  stop();
}

void Server::serve(Fd listener, std::optional<TlsConfig> tls) {
  std::shared_ptr<const TlsContext> context = tls ? TlsContext::for_server(*tls) : nullptr;
  set_nonblocking(listener.get(), true);
  std::lock_guard lock(state_->mutex);
  if (state_->stopping) throw_error(ErrorCode::failed_precondition, "HTTP server is stopped");
  state_->acceptors.emplace_back([state = state_.get(), listener = std::move(listener), context] {
    state->accept_loop(listener, context);
  });
}

void Server::stop() {
  if (state_->stopping.exchange(true)) return;
  ::eventfd_write(state_->stop_event.get(), 1);
  for (std::thread& acceptor : state_->acceptors) acceptor.join();
  std::unique_lock lock(state_->mutex);
  // Handlers that poll client_fd() wake up; what they still write is sent.
  for (int socket : state_->sockets) ::shutdown(socket, SHUT_RD);
  state_->changed.wait(lock, [&] { return state_->running == 0; });
  if (state_->last_ended.joinable()) state_->last_ended.join();
}

void Server::State::accept_loop(const Fd& listener, const std::shared_ptr<const TlsContext>& tls) {
  for (;;) {
    pollfd entries[2] = {{listener.get(), POLLIN, 0}, {stop_event.get(), POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0 && errno != EINTR) log::error("HTTP server: poll: errno {}", errno);
    if (stopping.load()) return;
    if (entries[0].revents != 0) accept_one(listener, tls);
  }
}

void Server::State::accept_one(const Fd& listener, const std::shared_ptr<const TlsContext>& tls) {
  Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (socket) return begin(std::move(socket), tls);
  bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
  if (!exhausted) return;  // the client gave up before it was accepted
  log::warn("HTTP server: cannot accept: errno {}", errno);
  pause();
}

void Server::State::pause() const {
  pollfd entry{stop_event.get(), POLLIN, 0};
  ::poll(&entry, 1, kAcceptRetryMs);
}

void Server::State::begin(Fd socket, const std::shared_ptr<const TlsContext>& tls) {
  if (is_tcp(socket.get())) tune_tcp(socket.get());
  if (!admit(socket.get())) {
    log::warn("HTTP server: too many connections ({})", limits.max_connections);
    if (!tls) turn_away(socket);
    return;
  }
  spawn(std::move(socket), tls);
}

bool Server::State::admit(int socket) {
  std::lock_guard lock(mutex);
  if (running >= limits.max_connections) return false;
  ++running;
  sockets.insert(socket);
  return true;
}

void Server::State::spawn(Fd socket, const std::shared_ptr<const TlsContext>& tls) {
  // The thread needs its own handle to hand it on when it ends; `ready` keeps it from looking too early.
  struct Start {
    Fd socket;
    std::mutex ready;
    std::thread self;
  };
  auto start = std::make_shared<Start>();
  start->socket = std::move(socket);
  std::lock_guard lock(start->ready);
  try {
    start->self = std::thread([this, start, tls] {
      run(std::move(start->socket), tls.get());
      std::unique_lock wait_for_handle(start->ready);
      retire(start->self);
    });
  } catch (const std::system_error& error) {
    log::error("HTTP server: cannot start a thread: {}", error.what());
    forget(start->socket.get());
    std::lock_guard counted(mutex);
    --running;
  }
}

void Server::State::run(Fd socket, const TlsContext* tls) {
  int number = socket.get();
  bool taken = false;
  auto on_hijack = [&] {
    forget(number);
    taken = true;
  };
  ServerConnection connection(std::move(socket),
                              {handler, limits, error_response, stopping, stop_event.get(), tls, on_hijack});
  connection.run();
  // Before the descriptor is closed and its number used again by another connection.
  if (!taken) forget(number);
}

void Server::State::forget(int socket) {
  std::lock_guard lock(mutex);
  sockets.erase(socket);
}

// A thread cannot join itself: each one that ends joins the one before, and stop() the last.
void Server::State::retire(std::thread& self) {
  std::thread previous;
  std::lock_guard lock(mutex);
  std::swap(previous, last_ended);
  last_ended = std::move(self);
  if (previous.joinable()) previous.join();
  --running;
  changed.notify_all();
}

}  // namespace rundlet::http
