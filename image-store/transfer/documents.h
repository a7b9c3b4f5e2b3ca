// The small JSON documents of archives and of push: docker's manifest.json (image-spec v1.2 of docker), and
// the aux message that ends a push.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/digest.h"

namespace rundlet::image_store {

// One image of a docker-archive. Paths are names of files in the archive.
struct ArchiveItem {
  std::string config;
  std::vector<std::string> repo_tags;
  std::vector<std::string> layers;
};
std::vector<ArchiveItem> parse_archive_manifest(std::string_view text);
std::string to_json(const std::vector<ArchiveItem>& items);

// {"Tag": …, "Digest": …, "Size": …}
std::string push_aux_json(const std::string& tag, const spec::Digest& digest, uint64_t size);

}  // namespace rundlet::image_store
