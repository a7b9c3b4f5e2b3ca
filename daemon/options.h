// What rundletd is told: by flags of dockerd's names and by a configuration file of dockerd's keys (daemon.json's form).
// A setting that stands in both is an error, as is a key that nobody knows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/network/network.h"

namespace rundlet::daemon {

struct Options {
  std::string data_root = "/var/lib/rundlet";
  std::string exec_root = "/run/rundlet";
  std::vector<std::string> hosts;  // empty: unix://EXEC_ROOT/rundlet.sock
  std::string pidfile;             // empty: EXEC_ROOT/rundletd.pid
  std::string group;               // owner of the unix socket; empty: "docker" where it exists
  std::string bridge, bip;
  std::vector<NetworkConfig::Pool> address_pools;
  int mtu = 1500;
  std::vector<std::string> dns, dns_options, dns_search;
  std::vector<std::string> registry_mirrors, insecure_registries, labels;
  std::map<std::string, std::string> runtimes;  // name → path
  std::string default_runtime = "rundlet";
  std::string cgroup_parent;  // empty: "/rundlet", with a hash of exec-root unless that is the default
  std::string log_level = "info";
  std::string log_driver = "json-file";
  std::map<std::string, std::string> log_options;
  bool debug = false;
  bool tls = false, tls_verify = false;
  std::string tls_ca_cert, tls_cert, tls_key;
};

struct ParsedArguments {
  Options options;
  std::string config_file;         // empty: none
  bool config_file_given = false;  // then it must exist
  std::vector<std::string> given;  // configuration keys ("data-root") that were given as flags
  bool tear_down = false;          // end what this daemon's roots run, print the names, and exit
  std::optional<int> exit_code;    // --help, --version or a usage error has been printed
};
ParsedArguments parse_arguments(int argc, char** argv);

// Fills in what the file says. Throws invalid_argument with the file's name for malformed JSON, an unknown key, and a
// key that was also given as a flag.
void apply_config_file(Options& options, const std::string& path, std::string_view text,
                       const std::vector<std::string>& given);

// "base=10.10.0.0/16,size=24"; throws invalid_argument.
NetworkConfig::Pool parse_address_pool(const std::string& text);
// Throws invalid_argument for combinations that cannot work.
void validate(const Options& options);

}  // namespace rundlet::daemon
