// Images in and out: pull and push by registry-client, load and save by tar. Progress is told in docker's words
// ("Pulling fs layer", "Downloading", "Pull complete", "Pushed", "Layer already exists" …).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/codec/compress.h"
#include "image-store/image_store.h"
#include "registry-client/registry.h"
#include "spec/docker_api/image.h"
#include "spec/platform.h"
#include "spec/reference.h"

namespace rundlet::image_store {

// Mirrors, insecure registries, certificates: what this folder's users configure without knowing registry-client.
using RegistryOptions = registry_client::RegistryOptions;

struct PullRequest {
  spec::Reference reference;
  spec::Platform platform = spec::Platform::host();
  std::optional<spec::docker_api::AuthConfig> auth;
  RegistryOptions registries;
  bool unpack = true;  // extract layers as they arrive
};
struct PullResult {
  Image image;
  spec::Digest digest;  // of the manifest or index that the registry named
  bool up_to_date = false;
};
PullResult pull(ImageStore& store, const PullRequest& request, const ProgressFn& progress,
                const Cancel& cancel = {});

struct PushRequest {
  spec::Reference reference;
  std::optional<spec::docker_api::AuthConfig> auth;
  RegistryOptions registries;
};
// The manifest's digest as the registry holds it now.
spec::Digest push(ImageStore& store, const PushRequest& request, const ProgressFn& progress,
                  const Cancel& cancel = {});

// docker save's form: an OCI layout with manifest.json (and repositories-less), readable by docker load,
// skopeo (docker-archive: and oci-archive:) and podman.
void save(ImageStore& store, const std::vector<std::string>& names, codec::Sink& to);
// Either form (docker-archive or OCI layout in a tar), compressed or not. Returns the images loaded.
std::vector<Image> load(ImageStore& store, codec::Source& from, const ProgressFn& progress);

struct ImportRequest {
  std::optional<spec::Reference> reference;
  std::string message;
  spec::ImageRunConfig config;
  spec::Platform platform = spec::Platform::host();
};
// A root file system tar becomes an image of one layer.
Image import_tar(ImageStore& store, codec::Source& from, const ImportRequest& request);

}  // namespace rundlet::image_store
