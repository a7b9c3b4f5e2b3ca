// Codec shapes of containers that several API files share. For *_json.cc files only.
#pragma once

#include "spec/docker_api/container.h"
#include "spec/oci_image_describe.h"

namespace rundlet::spec::docker_api {

inline void put_json(std::string& out, const StringList& list) {
  if (list.is_set) {
    json::Writer(out).put(list.items);
  } else {
    out += "null";
  }
}

inline void get_json(const json::Value& from, const std::string& path, StringList& list) {
  list.is_set = true;
  if (from.is_string()) {
    list.items = {from.get<std::string>()};
  } else {
    json::Reader::get(from, path, json::Unknown::refuse, list.items);
  }
}

template <class Visitor>
void describe(Visitor& v, PortBinding& b) {
  v("HostIp", b.host_ip);
  v("HostPort", b.host_port);
}

template <class Visitor>
void describe(Visitor& v, DriverData& d) {
  v.null_if_empty("Data", d.data);
  v("Name", d.name);
}

template <class Visitor>
void describe(Visitor& v, EndpointSettings& e) {
  v.fixed("IPAMConfig", "null");
  v.null_if_empty("Links", e.links);
  v.null_if_empty("Aliases", e.aliases);
  v("MacAddress", e.mac_address);
  v.null_if_empty("DriverOpts", e.driver_opts);
  v("GwPriority", e.gw_priority);
  v("NetworkID", e.network_id);
  v("EndpointID", e.endpoint_id);
  v("Gateway", e.gateway);
  v("IPAddress", e.ip_address);
  v("IPPrefixLen", e.ip_prefix_len);
  v("IPv6Gateway", e.ipv6_gateway);
  v("GlobalIPv6Address", e.global_ipv6_address);
  v("GlobalIPv6PrefixLen", e.global_ipv6_prefix_len);
  v.null_if_empty("DNSNames", e.dns_names);
}

template <class Visitor>
void describe(Visitor& v, MountPoint& m) {
  v.omit_empty("Type", m.type);
  v.omit_empty("Name", m.name);
  v("Source", m.source);
  v("Destination", m.destination);
  v.omit_empty("Driver", m.driver);
  v("Mode", m.mode);
  v("RW", m.rw);
  v("Propagation", m.propagation);
}

template <class Visitor>
void describe(Visitor& v, ContainerConfig& c) {
  v("Hostname", c.hostname);
  v("Domainname", c.domainname);
  v("User", c.user);
  v("AttachStdin", c.attach_stdin);
  v("AttachStdout", c.attach_stdout);
  v("AttachStderr", c.attach_stderr);
  v.omit_empty("ExposedPorts", c.exposed_ports);
  v("Tty", c.tty);
  v("OpenStdin", c.open_stdin);
  v("StdinOnce", c.stdin_once);
  v.null_if_empty("Env", c.env);
  v("Cmd", c.cmd);
  v.omit_empty("Healthcheck", c.healthcheck);
  v.omit_empty("ArgsEscaped", c.args_escaped);
  v("Image", c.image);
  v.null_if_empty("Volumes", c.volumes);
  v("WorkingDir", c.working_dir);
  v("Entrypoint", c.entrypoint);
  v.omit_empty("NetworkDisabled", c.network_disabled);
  v.omit_empty("MacAddress", c.mac_address);
  v.null_if_empty("OnBuild", c.on_build);
  v("Labels", c.labels);
  v.omit_empty("StopSignal", c.stop_signal);
  v.omit_empty("StopTimeout", c.stop_timeout);
  v.omit_empty("Shell", c.shell);
}

}  // namespace rundlet::spec::docker_api
