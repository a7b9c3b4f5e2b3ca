// The stdio of one process, container or exec: from its pipes or its terminal to the log and to the clients,
// and back.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/shim/client.h"
#include "runtime/shim/event_loop.h"
#include "runtime/shim/input.h"
#include "runtime/shim/log_writer.h"

namespace rundlet::runtime {

class ProcessIo {
 public:
  struct Options {
    bool terminal = false;
    bool open_stdin = false;  // stays open without a client
    bool stdin_once = false;  // ends with the first client that had it
  };
  // log: null for none; borrowed.
  ProcessIo(EventLoop& loop, Options options, LogWriter* log);
  ~ProcessIo();
  ProcessIo(const ProcessIo&) = delete;
  ProcessIo& operator=(const ProcessIo&) = delete;

  // Without a terminal: the child's ends. stdin is /dev/null when it is not open and no client has it.
  std::array<Fd, 3> make_pipes();
  void set_terminal(Fd master);
  void attach(AttachSpec spec, Fd socket);
  // Remembered until there is a terminal. Throws failed_precondition when there will be none.
  void resize(uint32_t height, uint32_t width);
  // The process has ended: takes what is still in the pipes, ends the log, lets the clients go when they have
  // it all.
  void finish();
  // Clients that still have something to be sent.
  bool delivering() const { return !clients_.empty(); }
  void drop_clients();
  // For a process that never ran: the daemon tells its clients why on the same connections.
  void give_clients_back();
  // Called when the last of them has gone after finish().
  std::function<void()> on_delivered;

 private:
  struct Output {
    Fd source;
    Stream stream = Stream::out;
    bool watched = false;
  };
  void open_output(Output& output, Fd source, Stream stream);
  // False when there is nothing more for now, or ever.
  bool read_output(Output& output);
  void close_output(Output& output);
  void watch_output(Output& output);
  void hold_outputs();
  void resume_outputs();
  bool congested() const;
  void input_ended(Client& client);
  void pause_clients(bool paused);
  void remove_client(Client& client);

  EventLoop& loop_;
  Options options_;
  LogWriter* log_;
  Input input_;
  Output outputs_[2];
  Fd terminal_;
  uint32_t height_ = 0, width_ = 0;
  bool had_stdin_client_ = false, finished_ = false;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace rundlet::runtime
