// From a reference at a registry to the one image manifest that is pulled.
#pragma once

#include <string>

#include "image-store/transfer/transfer.h"
#include "registry-client/registry.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

struct ResolvedImage {
  spec::Digest named;  // what the registry gave for the reference: an index or the manifest itself
  registry_client::FetchedManifest fetched;
  spec::Manifest manifest;
};

// Chooses the platform in indexes (also nested ones). Throws docker's "no matching manifest for … in the
// manifest list entries", and refuses what is no container image by its media type.
ResolvedImage resolve(registry_client::Registry& registry, const PullRequest& request, const Cancel& cancel);

// What a pull asks for: the digest, where one is given, else the tag.
std::string tag_or_digest(const spec::Reference& reference);

// The entry that `platform` runs best; nullptr when there is none. Earlier entries win among equals.
const spec::Descriptor* choose_platform(const spec::Index& index, const spec::Platform& platform);

// Refuses by name manifests whose config or layers are not those of an image. Throws unimplemented,
// invalid_argument.
void check_image_manifest(const spec::Manifest& manifest);

}  // namespace rundlet::image_store
