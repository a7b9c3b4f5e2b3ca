// Which hosts may be spoken to how: docker's rules for loopback and insecure registries, and the certificates
// of /etc/docker/certs.d.
#pragma once

#include <string>
#include <vector>

#include "registry-client/registry.h"

namespace rundlet::registry_client {

struct TlsSettings {
  bool verify = true;
  std::string extra_ca;                 // PEM, trusted beside the system's authorities
  std::string client_cert, client_key;  // file names; empty: none
};

class HostPolicy {
 public:
  explicit HostPolicy(const RegistryOptions& options);

  // authority: "host", "host:port", "[::1]:5000". Loopback hosts are insecure by nature, as docker has it.
  bool is_insecure(const std::string& authority) const;
  // How to speak TLS to it. Throws failed_precondition for a client certificate without its key.
  TlsSettings tls(const std::string& authority) const;

 private:
  std::vector<std::string> insecure_;
  std::string certs_directory_;
};

// "registry:5000" → "registry", "[::1]:5000" → "::1".
std::string host_without_port(const std::string& authority);
// localhost, 127.0.0.0/8, ::1.
bool is_loopback(const std::string& host);
// True when the address lies in "10.0.0.0/8" or "fd00::/8"; false when either is no address.
bool in_cidr(const std::string& address, const std::string& cidr);

}  // namespace rundlet::registry_client
