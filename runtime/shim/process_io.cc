#include "runtime/shim/process_io.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "runtime/rootfs/console.h"

namespace rundlet::runtime {
namespace {

constexpr size_t kReadSize = 32 * 1024;
// More than any pipe holds: a process that outlives its parent could write for ever.
constexpr int kMaxLastReads = 64;

}  // namespace

ProcessIo::ProcessIo(EventLoop& loop, Options options, LogWriter* log)
    : loop_(loop), options_(options), log_(log), input_(loop, [this] { pause_clients(false); }) {}

ProcessIo::~ProcessIo() {
  for (Output& output : outputs_) close_output(output);
}

std::array<Fd, 3> ProcessIo::make_pipes() {
  std::array<Fd, 3> child;
  if (options_.open_stdin || had_stdin_client_) {
    Pipe in = make_pipe();
    child[0] = std::move(in.read);
    input_.open(std::move(in.write), false);
  } else {
    child[0] = open_file("/dev/null", O_RDONLY);
  }
  Pipe out = make_pipe(), err = make_pipe();
  child[1] = std::move(out.write);
  child[2] = std::move(err.write);
  open_output(outputs_[0], std::move(out.read), Stream::out);
  open_output(outputs_[1], std::move(err.read), Stream::err);
  return child;
}

void ProcessIo::set_terminal(Fd master) {
  terminal_ = std::move(master);
  if (height_ != 0 || width_ != 0) set_console_size(terminal_.get(), height_, width_);
  input_.open(terminal_.duplicate(), true);
  open_output(outputs_[0], terminal_.duplicate(), Stream::out);
}

void ProcessIo::resize(uint32_t height, uint32_t width) {
  if (!options_.terminal) throw_error(ErrorCode::failed_precondition, "the process has no terminal");
  height_ = height;
  width_ = width;
  if (terminal_) set_console_size(terminal_.get(), height, width);
}

void ProcessIo::open_output(Output& output, Fd source, Stream stream) {
  set_nonblocking(source.get(), true);
  output.source = std::move(source);
  output.stream = stream;
  watch_output(output);
}

void ProcessIo::watch_output(Output& output) {
  if (!output.source || output.watched) return;
  loop_.watch(output.source.get(), EPOLLIN, [this, &output](uint32_t) { read_output(output); });
  output.watched = true;
}

void ProcessIo::close_output(Output& output) {
  if (!output.source) return;
  if (output.watched) loop_.forget(output.source.get());
  output.watched = false;
  output.source.reset();
}

bool ProcessIo::read_output(Output& output) {
  char buffer[kReadSize];
  ssize_t size = ::read(output.source.get(), buffer, sizeof buffer);
  if (size < 0 && errno == EINTR) return true;
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {  // a terminal says EIO when its last user has gone
    close_output(output);
    return false;
  }
  std::string_view data(buffer, static_cast<size_t>(size));
  if (log_ != nullptr) log_->write(output.stream, data);
  for (const auto& client : clients_) client->deliver(output.stream, data);
  std::erase_if(clients_, [](const auto& client) { return client->closed(); });
  if (congested() && !finished_) hold_outputs();
  return true;
}

bool ProcessIo::congested() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client->congested(); });
}

// Both streams: their order as a reader sees it should not depend on which of them is held.
void ProcessIo::hold_outputs() {
  for (Output& output : outputs_) {
    if (output.watched) loop_.forget(output.source.get());
    output.watched = false;
  }
}

void ProcessIo::resume_outputs() {
  if (congested() || finished_) return;
  for (Output& output : outputs_) watch_output(output);
}

void ProcessIo::attach(AttachSpec spec, Fd socket) {
  Client::Events events;
  events.input = [this](Client&, std::string_view data) {
    input_.write(data);
    if (input_.full()) pause_clients(true);
  };
  events.input_ended = [this](Client& client) { input_ended(client); };
  events.relaxed = [this](Client&) { resume_outputs(); };
  events.gone = [this](Client& client) { remove_client(client); };
  had_stdin_client_ |= spec.stdin_;
  std::string unread = std::exchange(spec.unread, "");
  bool has_stdin = spec.stdin_;
  clients_.push_back(std::make_unique<Client>(loop_, std::move(spec), std::move(socket), std::move(events)));
  if (has_stdin && !unread.empty()) input_.write(unread);
  if (input_.full()) pause_clients(true);
}

// docker: with stdin open and not "once", it outlives its clients.
void ProcessIo::input_ended(Client& client) {
  if (!client.spec().stdin_) return;
  if (!options_.open_stdin || options_.stdin_once) input_.end();
}

void ProcessIo::pause_clients(bool paused) {
  for (const auto& client : clients_) client->pause_input(paused);
}

void ProcessIo::remove_client(Client& client) {
  std::erase_if(clients_, [&](const auto& one) { return one.get() == &client; });
  resume_outputs();
  if (finished_ && clients_.empty() && on_delivered) on_delivered();
}

void ProcessIo::finish() {
  if (std::exchange(finished_, true)) return;
  for (Output& output : outputs_) {
    for (int i = 0; i < kMaxLastReads && output.source && read_output(output); ++i) continue;
    close_output(output);
    if (log_ != nullptr) log_->finish(&output == &outputs_[0] ? Stream::out : Stream::err);
  }
  input_.close();
  terminal_.reset();
  for (const auto& client : clients_) client->finish();
  std::erase_if(clients_, [](const auto& client) { return client->closed(); });
}

void ProcessIo::drop_clients() {
  clients_.clear();
}

void ProcessIo::give_clients_back() {
  for (const auto& client : clients_) client->give_back();
  clients_.clear();
}

}  // namespace rundlet::runtime
