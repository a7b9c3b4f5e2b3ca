#include "spec/oci_image_describe.h"

namespace rundlet::spec {
namespace {

// The tables of an index entry and the top level of an image config, which hold the same four fields.
template <class Visitor>
void describe_platform(Visitor& v, Platform& p) {
  v("architecture", p.architecture);
  v("os", p.os);
  v.omit_empty("variant", p.variant);
}

// What tells a manifest, an index and schema 1 apart before anything else is read.
struct Shape {
  int schema_version = 0;
  std::string media_type;
  bool has_manifests = false, has_layers = false, has_fs_layers = false;
};

Shape shape_of(const json::Value& document) {
  if (!document.is_object()) json::wrong_type("", "an object", document);
  Shape shape;
  json::Reader reader(document, "", json::Unknown::ignore);
  reader("schemaVersion", shape.schema_version);
  reader("mediaType", shape.media_type);
  shape.has_manifests = document.contains("manifests");
  shape.has_layers = document.contains("layers") || document.contains("config");
  shape.has_fs_layers = document.contains("fsLayers");
  return shape;
}

// A document that can be read both ways is refused: its meaning would depend on the reader (CVE-2021-41190).
void check_shape(const Shape& shape, bool want_index) {
  if (shape.schema_version == 1 || shape.has_fs_layers)
    throw_error(ErrorCode::unimplemented, "manifest schema version 1 is not supported: push the image again");
  if (shape.schema_version != 2)
    throw_invalid("unsupported schemaVersion " + std::to_string(shape.schema_version));
  if (shape.has_manifests && shape.has_layers)
    throw_invalid("ambiguous manifest: both an index and an image");
  bool typed = !shape.media_type.empty();
  if (want_index) {
    if (!shape.has_manifests || (typed && !media_type::is_index(shape.media_type)))
      throw_invalid("not an image index: " + shape.media_type);
  } else if (!shape.has_layers || (typed && !media_type::is_manifest(shape.media_type))) {
    throw_invalid("not an image manifest: " + shape.media_type);
  }
}

void check_descriptor(const Descriptor& descriptor, const std::string& path) {
  if (descriptor.digest.empty()) throw_invalid(path + ".digest: missing");
  if (descriptor.size < 0) throw_invalid(path + ".size: negative");
}

void check_descriptors(const std::vector<Descriptor>& descriptors, const std::string& path) {
  for (size_t i = 0; i < descriptors.size(); ++i)
    check_descriptor(descriptors[i], path + "[" + std::to_string(i) + "]");
}

template <class T>
T read_document(std::string_view text, bool is_index) {
  json::Value document = json::parse_text(text);
  check_shape(shape_of(document), is_index);
  T value;
  json::Reader::get(document, "", json::Unknown::ignore, value);
  return value;
}

constexpr char kSchemaVersion[] = "2";

}  // namespace

template <class Visitor>
void describe(Visitor& v, Platform& p) {
  describe_platform(v, p);
}

template <class Visitor>
void describe(Visitor& v, Descriptor& d) {
  v("mediaType", d.media_type);
  v("digest", d.digest);
  v("size", d.size);
  v.omit_empty("annotations", d.annotations);
  v.omit_empty("platform", d.platform);
}

template <class Visitor>
void describe(Visitor& v, Manifest& m) {
  v.fixed("schemaVersion", kSchemaVersion);
  v.omit_empty("mediaType", m.media_type);
  v("config", m.config);
  v("layers", m.layers);
  v.omit_empty("annotations", m.annotations);
}

template <class Visitor>
void describe(Visitor& v, Index& i) {
  v.fixed("schemaVersion", kSchemaVersion);
  v.omit_empty("mediaType", i.media_type);
  v("manifests", i.manifests);
  v.omit_empty("annotations", i.annotations);
}

template <class Visitor>
void describe(Visitor& v, ImageRunConfig& c) {
  v.omit_empty("User", c.user);
  v.omit_empty("ExposedPorts", c.exposed_ports);
  v.omit_empty("Env", c.env);
  v.omit_empty("Entrypoint", c.entrypoint);
  v.omit_empty("Cmd", c.cmd);
  v.omit_empty("Healthcheck", c.healthcheck);
  v.omit_empty("ArgsEscaped", c.args_escaped);
  v.omit_empty("Volumes", c.volumes);
  v.omit_empty("WorkingDir", c.working_dir);
  v.omit_empty("OnBuild", c.on_build);
  v.omit_empty("Labels", c.labels);
  v.omit_empty("StopSignal", c.stop_signal);
  v.omit_empty("Shell", c.shell);
}

template <class Visitor>
void describe(Visitor& v, History& h) {
  v.omit_empty("created", h.created);
  v.omit_empty("created_by", h.created_by);
  v.omit_empty("author", h.author);
  v.omit_empty("comment", h.comment);
  v.omit_empty("empty_layer", h.empty_layer);
}

template <class Visitor>
void describe(Visitor& v, ImageConfig& c) {
  v.omit_empty("created", c.created);
  v.omit_empty("author", c.author);
  describe_platform(v, c.platform);
  v.omit_empty("os.version", c.os_version);
  v("config", c.config);
  v.nested("rootfs", [&](auto& rootfs) {
    rootfs.fixed("type", "\"layers\"");
    rootfs("diff_ids", c.diff_ids);
  });
  v.omit_empty("history", c.history);
}

bool media_type::is_index(std::string_view type) {
  return type == kOciIndex || type == kDockerIndex;
}
bool media_type::is_manifest(std::string_view type) {
  return type == kOciManifest || type == kDockerManifest;
}

Manifest parse_manifest(std::string_view text) {
  auto manifest = read_document<Manifest>(text, false);
  check_descriptor(manifest.config, "config");
  check_descriptors(manifest.layers, "layers");
  return manifest;
}

Index parse_index(std::string_view text) {
  auto index = read_document<Index>(text, true);
  check_descriptors(index.manifests, "manifests");
  return index;
}

ImageConfig parse_image_config(std::string_view text) {
  auto config = json::decode<ImageConfig>(text, json::Unknown::ignore);
  for (const Digest& id : config.diff_ids)
    if (id.empty()) throw_invalid("rootfs.diff_ids: null");
  return config;
}

std::string to_json(const Descriptor& descriptor) {
  return json::encode(descriptor);
}
std::string to_json(const Manifest& manifest) {
  return json::encode(manifest);
}
std::string to_json(const Index& index) {
  return json::encode(index);
}
std::string to_json(const ImageConfig& config) {
  return json::encode(config);
}

std::vector<Digest> chain_ids(const std::vector<Digest>& diff_ids,
                              std::string (*sha256_hex)(std::string_view)) {
  std::vector<Digest> chain;
  for (const Digest& diff : diff_ids)
    chain.push_back(chain.empty() ? diff : Digest::sha256(sha256_hex(chain.back().str() + " " + diff.str())));
  return chain;
}

}  // namespace rundlet::spec
