#include <algorithm>
#include <charconv>

#include "base/codec/json.h"
#include "base/log.h"
#include "daemon/options.h"

namespace rundlet::daemon {
namespace {

struct PoolEntry {
  std::string base;
  int size = 0;
};
template <class V>
void describe(V& v, PoolEntry& pool) {
  v("base", pool.base);
  v("size", pool.size);
}

struct RuntimeEntry {
  std::string path;
};
template <class V>
void describe(V& v, RuntimeEntry& runtime) {
  v("path", runtime.path);
}

struct ConfigFile {
  Options& options;
  std::vector<PoolEntry> pools;
  std::map<std::string, RuntimeEntry> runtimes;
};
template <class V>
void describe(V& v, ConfigFile& file) {
  Options& o = file.options;
  v("data-root", o.data_root);
  v("exec-root", o.exec_root);
  v("hosts", o.hosts);
  v("pidfile", o.pidfile);
  v("group", o.group);
  v("bridge", o.bridge);
  v("bip", o.bip);
  v("default-address-pools", file.pools);
  v("mtu", o.mtu);
  v("dns", o.dns);
  v("dns-opts", o.dns_options);
  v("dns-search", o.dns_search);
  v("registry-mirrors", o.registry_mirrors);
  v("insecure-registries", o.insecure_registries);
  v("labels", o.labels);
  v("runtimes", file.runtimes);
  v("default-runtime", o.default_runtime);
  v("cgroup-parent", o.cgroup_parent);
  v("log-level", o.log_level);
  v("log-driver", o.log_driver);
  v("log-opts", o.log_options);
  v("debug", o.debug);
  v("tls", o.tls);
  v("tlsverify", o.tls_verify);
  v("tlscacert", o.tls_ca_cert);
  v("tlscert", o.tls_cert);
  v("tlskey", o.tls_key);
}

void refuse_conflicts(const json::Value& document, const std::vector<std::string>& given) {
  for (const auto& [key, value] : document.items())
    if (std::find(given.begin(), given.end(), key) != given.end())
      throw_invalid("the following directives are specified both as a flag and in the configuration file: " + key);
}

}  // namespace

void apply_config_file(Options& options, const std::string& path, std::string_view text,
                       const std::vector<std::string>& given) {
  try {
    json::Value document = json::parse_text(text);
    if (!document.is_object()) json::wrong_type("", "an object", document);
    refuse_conflicts(document, given);
    ConfigFile file{options, {}, {}};
    json::Reader::get(document, "", json::Unknown::refuse, file);
    for (const PoolEntry& pool : file.pools) options.address_pools.push_back({pool.base, pool.size});
    for (const auto& [name, runtime] : file.runtimes) options.runtimes[name] = runtime.path;
  } catch (const Error& e) {
    throw e.with_context("unable to configure the daemon with file " + path);
  }
}

NetworkConfig::Pool parse_address_pool(const std::string& text) {
  NetworkConfig::Pool pool;
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find(',', start), text.size());
    std::string_view word = std::string_view(text).substr(start, end - start);
    if (word.starts_with("base=")) {
      pool.base = word.substr(5);
    } else if (word.starts_with("size=")) {
      auto [rest, error] = std::from_chars(word.data() + 5, word.data() + word.size(), pool.size);
      if (error != std::errc() || rest != word.data() + word.size()) pool.size = 0;
    } else {
      throw_invalid("invalid address pool \"" + text + "\": unknown key in \"" + std::string(word) + "\"");
    }
    start = end + 1;
  }
  if (pool.base.empty() || pool.size <= 0 || pool.size > 32)
    throw_invalid("invalid address pool \"" + text + "\": must be base=CIDR,size=N");
  return pool;
}

void validate(const Options& options) {
  for (const std::string& host : options.hosts) {
    bool tcp = host.starts_with("tcp://");
    if (!tcp && !host.starts_with("unix://"))
      throw_invalid("invalid host \"" + host + "\": must be unix://PATH or tcp://ADDRESS:PORT");
    if (tcp && !options.tls_verify)
      throw_invalid("host " + host + ": TCP is served with mutual TLS only: give --tlsverify, --tlscacert, --tlscert "
                    "and --tlskey");
  }
  if (options.tls_verify && (options.tls_ca_cert.empty() || options.tls_cert.empty() || options.tls_key.empty()))
    throw_invalid("--tlsverify needs --tlscacert, --tlscert and --tlskey");
  if (options.tls && !options.tls_verify)
    throw_error(ErrorCode::unimplemented, "--tls without --tlsverify is not supported: client certificates are always demanded");
  if (options.default_runtime != "rundlet" && !options.runtimes.contains(options.default_runtime))
    throw_invalid("specified default runtime '" + options.default_runtime + "' does not exist");
  if (options.log_driver != "json-file" && options.log_driver != "none")
    throw_error(ErrorCode::unimplemented, "unsupported log driver \"" + options.log_driver + "\"");
  for (const auto& [key, value] : options.log_options)
    if (key != "max-size" && key != "max-file") throw_invalid("unknown log opt '" + key + "' for json-file log driver");
  if (!options.bridge.empty() && !options.bip.empty())
    throw_invalid("you specified --bridge and --bip, which exclude each other");
  log::level_from_string(options.log_level);
}

}  // namespace rundlet::daemon
