#include <CLI/CLI.hpp>

#include "base/error.h"
#include "daemon/options.h"

namespace rundlet::daemon {
namespace {

// A flag, and under which key of the configuration file the same setting stands.
struct KnownFlag {
  CLI::Option* option;
  std::string key;
};

struct RawLists {
  std::vector<std::string> pools, runtimes, log_options;
};

class Arguments {
 public:
  Arguments(Options& options, ParsedArguments& parsed, RawLists& raw)
      : app_("rundletd: container engine speaking the Docker Engine API"), parsed_(parsed) {
    app_.set_version_flag("-v,--version", "rundletd version " RUNDLET_VERSION);
    app_.add_option("--config-file", parsed.config_file, "Configuration file (default /etc/rundlet/rundletd.json)");
    app_.add_flag("--tear-down", parsed.tear_down,
                  "End the containers of these roots, remove their bridge, table, mounts and cgroups, and exit");
    add_places(options);
    add_network(options, raw);
    add_engine(options, raw);
    add_tls(options);
  }

  void parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      parsed_.exit_code = app_.exit(e) == 0 ? 0 : 1;
      return;
    }
    parsed_.config_file_given = app_.count("--config-file") > 0;
    for (const KnownFlag& flag : flags_)
      if (flag.option->count() > 0) parsed_.given.push_back(flag.key);
  }

 private:
  template <class T>
  void add(const std::string& names, T& value, const std::string& help, const std::string& key) {
    flags_.push_back({app_.add_option(names, value, help), key});
  }
  void add_flag(const std::string& names, bool& value, const std::string& help, const std::string& key) {
    flags_.push_back({app_.add_flag(names, value, help), key});
  }

  void add_places(Options& o) {
    add("--data-root", o.data_root, "Root directory of persistent state (default /var/lib/rundlet)", "data-root");
    add("--exec-root", o.exec_root, "Root directory of run-time state (default /run/rundlet)", "exec-root");
    add("-H,--host", o.hosts, "Daemon socket to listen on (may be given several times)", "hosts");
    add("-p,--pidfile", o.pidfile, "Path of the daemon's PID file", "pidfile");
    add("-G,--group", o.group, "Group of the unix socket", "group");
    add("-l,--log-level", o.log_level, "debug, info, warn, error or fatal", "log-level");
    add_flag("-D,--debug", o.debug, "As --log-level debug", "debug");
  }

  void add_network(Options& o, RawLists& raw) {
    add("-b,--bridge", o.bridge, "Attach containers to this bridge; \"none\": no default network", "bridge");
    add("--bip", o.bip, "Address of the default bridge, as 172.30.0.1/16", "bip");
    add("--default-address-pool", raw.pools, "base=CIDR,size=N (may be given several times)", "default-address-pools");
    add("--mtu", o.mtu, "MTU of the default bridge", "mtu");
    add("--dns", o.dns, "DNS server for containers", "dns");
    add("--dns-opt", o.dns_options, "DNS option for containers", "dns-opts");
    add("--dns-search", o.dns_search, "DNS search domain for containers", "dns-search");
  }

  void add_engine(Options& o, RawLists& raw) {
    add("--registry-mirror", o.registry_mirrors, "Preferred mirror of docker.io", "registry-mirrors");
    add("--insecure-registry", o.insecure_registries, "Registry (host:port or CIDR) reached without verified TLS",
        "insecure-registries");
    add("--add-runtime", raw.runtimes, "OCI runtime as NAME=PATH", "runtimes");
    add("--default-runtime", o.default_runtime, "Runtime of containers that ask for none", "default-runtime");
    add("--cgroup-parent", o.cgroup_parent, "Parent cgroup of all containers", "cgroup-parent");
    add("--label", o.labels, "Label of the daemon, KEY=VALUE", "labels");
    add("--log-driver", o.log_driver, "Log driver of containers that ask for none: json-file or none", "log-driver");
    add("--log-opt", raw.log_options, "Option of the log driver, KEY=VALUE", "log-opts");
  }

  void add_tls(Options& o) {
    add_flag("--tls", o.tls, "Use TLS on TCP sockets", "tls");
    add_flag("--tlsverify", o.tls_verify, "Use TLS on TCP sockets and demand client certificates", "tlsverify");
    add("--tlscacert", o.tls_ca_cert, "Trust client certificates of this CA", "tlscacert");
    add("--tlscert", o.tls_cert, "The daemon's TLS certificate", "tlscert");
    add("--tlskey", o.tls_key, "The daemon's TLS key", "tlskey");
  }

  CLI::App app_;
  ParsedArguments& parsed_;
  std::vector<KnownFlag> flags_;
};

std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& words, const std::string& flag) {
  std::map<std::string, std::string> pairs;
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    if (equals == word.npos || equals == 0) throw_invalid("invalid " + flag + " \"" + word + "\": must be KEY=VALUE");
    pairs[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return pairs;
}

}  // namespace

ParsedArguments parse_arguments(int argc, char** argv) {
  ParsedArguments parsed;
  RawLists raw;
  Arguments arguments(parsed.options, parsed, raw);
  arguments.parse(argc, argv);
  if (parsed.exit_code) return parsed;
  for (const std::string& pool : raw.pools) parsed.options.address_pools.push_back(parse_address_pool(pool));
  parsed.options.runtimes = parse_pairs(raw.runtimes, "--add-runtime");
  parsed.options.log_options = parse_pairs(raw.log_options, "--log-opt");
  if (parsed.config_file.empty()) parsed.config_file = "/etc/rundlet/rundletd.json";
  return parsed;
}

}  // namespace rundlet::daemon
