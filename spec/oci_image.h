// OCI image format 1.1 (descriptor, manifest, index, config, layout) and Docker's manifest v2 schema 2, which
// share their shape. Unknown fields are ignored when read, as the spec demands; blobs are kept as bytes,
// never re-encoded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "spec/digest.h"
#include "spec/platform.h"

namespace rundlet::spec {

namespace media_type {
inline constexpr char kOciIndex[] = "application/vnd.oci.image.index.v1+json";
inline constexpr char kOciManifest[] = "application/vnd.oci.image.manifest.v1+json";
inline constexpr char kOciConfig[] = "application/vnd.oci.image.config.v1+json";
inline constexpr char kOciLayer[] = "application/vnd.oci.image.layer.v1.tar";
inline constexpr char kOciLayerGzip[] = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr char kOciLayerZstd[] = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr char kDockerIndex[] = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr char kDockerManifest[] = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr char kDockerConfig[] = "application/vnd.docker.container.image.v1+json";
inline constexpr char kDockerLayerGzip[] = "application/vnd.docker.image.rootfs.diff.tar.gzip";
bool is_index(std::string_view type);
bool is_manifest(std::string_view type);
}  // namespace media_type

struct Descriptor {
  std::string media_type;
  Digest digest;
  int64_t size = 0;
  std::map<std::string, std::string> annotations;
  std::optional<Platform> platform;  // in an index
};

struct Manifest {
  std::string media_type;  // may be absent in OCI manifests
  Descriptor config;
  std::vector<Descriptor> layers;
  std::map<std::string, std::string> annotations;
};

struct Index {
  std::string media_type;
  std::vector<Descriptor> manifests;
  std::map<std::string, std::string> annotations;
};

// Docker's healthcheck as images carry it. Durations in nanoseconds, 0: inherit or default.
struct HealthConfig {
  std::vector<std::string> test;  // {}: inherit; {"NONE"}; {"CMD", …}; {"CMD-SHELL", line}
  int64_t interval = 0, timeout = 0, start_period = 0, start_interval = 0;
  int64_t retries = 0;
  bool operator==(const HealthConfig&) const = default;
};

struct Empty {
  bool operator==(const Empty&) const = default;
};

// "config" of an image: how its containers run.
struct ImageRunConfig {
  std::string user;
  std::map<std::string, Empty> exposed_ports;  // "80/tcp"
  std::vector<std::string> env;                // "NAME=value"
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::map<std::string, Empty> volumes;
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  bool args_escaped = false;
  std::optional<HealthConfig> healthcheck;  // Docker's extension
  std::vector<std::string> on_build;        // Docker's extension
  std::vector<std::string> shell;           // Docker's extension
};

struct History {
  std::optional<TimePoint> created;
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
};

struct ImageConfig {
  std::optional<TimePoint> created;
  std::string author;
  Platform platform;
  std::string os_version;
  ImageRunConfig config;
  std::vector<Digest> diff_ids;  // rootfs.diff_ids, lowest layer first
  std::vector<History> history;
};

Manifest parse_manifest(std::string_view text);
Index parse_index(std::string_view text);
ImageConfig parse_image_config(std::string_view text);
std::string to_json(const Descriptor& descriptor);
std::string to_json(const Manifest& manifest);
std::string to_json(const Index& index);
std::string to_json(const ImageConfig& config);

// Chain ids (OCI image spec, config.md, Layer ChainID): chain[0] = diff[0], chain[n] = sha256(chain[n-1] " "
// diff[n]). The hash function is handed in since spec links no crypto.
std::vector<Digest> chain_ids(const std::vector<Digest>& diff_ids,
                              std::string (*sha256_hex)(std::string_view));

}  // namespace rundlet::spec
