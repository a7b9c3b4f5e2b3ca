// An HTTP/1.1 client over unix and TCP sockets (optionally TLS) with streamed bodies and hijacked
// connections: what a client of the Engine API needs. For the web at large (proxies, redirects) libcurl is
// used instead.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/fd.h"
#include "base/http/message.h"

namespace rundlet::http {

struct Endpoint {
  std::string unix_path;  // set: unix socket
  std::string host;       // else TCP
  int port = 0;
  bool tls = false;
  std::string ca_file, cert_file, key_file;
  bool verify = true;
};
// "unix:///run/rundlet.sock", "tcp://host:2375", "http://…", "https://…" (sets tls). Throws invalid_argument.
Endpoint parse_endpoint(const std::string& url);

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // path with query, already encoded
  Headers headers;
  std::string body;
  // Set: the body is streamed, chunked; returns 0 at the end. Called on a thread of its own, so that an
  // answer may begin before the body has ended. What it throws comes out of exchange().
  std::function<size_t(char*, size_t)> body_source;
  // Set: called when the head of the answer has arrived, before any of its body.
  std::function<void(int status, const Headers& headers)> on_head;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;  // empty when an on_data was given
};

// May be used by several threads at once: each exchange has a connection to itself.
class Client {
 public:
  explicit Client(Endpoint endpoint);
  ~Client();

  // One exchange on a kept-alive connection, reopened when the server closed it. on_data gets the body as it
  // arrives when the status is below 400 (an error's body is always collected). Throws unavailable when
  // nobody answers, cancelled when cancelled.
  ClientResponse exchange(const ClientRequest& request,
                          const std::function<void(std::string_view)>& on_data = {},
                          const Cancel& cancel = {});
  // Sends Connection: Upgrade, Upgrade: tcp. On 101 (or 200) the raw connection is handed over. Behind TLS it
  // is a local socket relayed by this client, which must then outlive it.
  struct Upgraded {
    int status = 0;
    Headers headers;
    std::string body;    // of an error
    Fd socket;           // blocking
    std::string unread;  // bytes of the stream that came with the head
  };
  Upgraded upgrade(const ClientRequest& request, const Cancel& cancel = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::http
