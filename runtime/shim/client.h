// One client attached to a process's stdio: a socket that was a hijacked HTTP connection, or a pipe of the
// builder's.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/client/shim_client.h"
#include "runtime/shim/detach_keys.h"
#include "runtime/shim/event_loop.h"
#include "runtime/shim/log_writer.h"

namespace rundlet::runtime {

class Client {
 public:
  struct Events {
    std::function<void(Client&, std::string_view)> input;
    std::function<void(Client&)> input_ended;  // half closed, or gone; once
    std::function<void(Client&)> relaxed;      // no longer congested
    std::function<void(Client&)> gone;  // to be destroyed, by a caller that is not this client's own handler
  };
  Client(EventLoop& loop, AttachSpec spec, Fd socket, Events events);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const AttachSpec& spec() const { return spec_; }
  bool wants(Stream stream) const;
  // Sent at once as far as the socket takes it, the rest is queued.
  void deliver(Stream stream, std::string_view data);
  // The queue is over its bound: the process has to wait.
  bool congested() const;
  void pause_input(bool paused);
  // The process has ended: closes when the queue is empty.
  void finish();
  void close();
  // Lets go of the connection without ending it: the one who handed it over still has something to say there.
  void give_back();
  bool closed() const { return !socket_; }

 private:
  void ready(uint32_t events);
  void receive();
  void send_queue();
  bool send_some(std::string_view& data);
  void update_watch();
  void end_input();

  EventLoop& loop_;
  AttachSpec spec_;
  Fd socket_;
  Events events_;
  DetachKeys keys_;
  std::string queue_;
  size_t sent_ = 0;  // of the queue's beginning
  bool reading_ = true, paused_ = false, finishing_ = false, input_open_ = true, watched_ = false;
  uint32_t watched_events_ = 0;
};

}  // namespace rundlet::runtime
