#include "daemon/engine/images.h"

#include <algorithm>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/log.h"
#include "spec/reference.h"

namespace rundlet::daemon {
namespace {

using docker_api::Filters;

std::vector<std::string> familiar_all(const std::vector<std::string>& names) {
  std::vector<std::string> familiar;
  for (const std::string& name : names) familiar.push_back(spec::Reference::parse(name).familiar());
  return familiar;
}

int64_t layers_size(Engine& engine, const spec::ImageConfig& config) {
  int64_t total = 0;
  for (const spec::Digest& chain : spec::chain_ids(config.diff_ids, codec::sha256_hex))
    if (auto snapshot = engine.images.snapshots().find_chain(chain))
      total += engine.images.snapshots().usage(*snapshot);
  return total;
}

bool matches_reference(const std::string& familiar, const std::string& pattern) {
  size_t at = familiar.find('@');
  std::string repository = familiar.substr(0, at != familiar.npos ? at : familiar.rfind(':'));
  return glob_match(pattern, familiar) || glob_match(pattern, repository);
}

// docker shows, of an image that a reference filter lets through, only the names that it let through.
void keep_references(docker_api::ImageSummary& image, const Filters& filters) {
  auto wanted = filters.find("reference");
  if (wanted == filters.end()) return;
  auto refused = [&](const std::string& name) {
    return std::none_of(wanted->second.begin(), wanted->second.end(),
                        [&](const std::string& pattern) { return matches_reference(name, pattern); });
  };
  std::erase_if(image.repo_tags, refused);
  std::erase_if(image.repo_digests, refused);
}

bool matches_label(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  size_t equals = wanted.find('=');
  auto found = labels.find(wanted.substr(0, equals));
  return found != labels.end() && (equals == wanted.npos || found->second == wanted.substr(equals + 1));
}

bool is_true(const std::string& value) {
  return value == "true" || value == "1";
}

int64_t created_at(Engine& engine, const std::string& image) {
  auto created = engine.images.content(engine.images.get(image)).config.created;
  return created ? unix_seconds(*created) : 0;
}

bool passes(Engine& engine, const docker_api::ImageSummary& image, const Filters& filters) {
  for (const auto& [filter, values] : filters) {
    auto one = [&, &name = filter](const std::string& value) {
      if (name == "reference") return !image.repo_tags.empty() || !image.repo_digests.empty();
      if (name == "before") return image.created < created_at(engine, value);
      if (name == "since") return image.created > created_at(engine, value);
      if (name == "label") return matches_label(image.labels, value);
      if (name == "dangling") return image.repo_tags.empty() == is_true(value);
      throw_invalid("invalid filter '" + name + "'");
    };
    bool ok = filter == "label" ? std::all_of(values.begin(), values.end(), one)
                                : std::any_of(values.begin(), values.end(), one);
    if (!ok) return false;
  }
  return true;
}

docker_api::ImageSummary summarise(Engine& engine, const image_store::Image& image) {
  image_store::ImageContent content = engine.images.content(image);
  docker_api::ImageSummary summary;
  summary.id = image.id.str();
  summary.repo_tags = familiar_all(image.names);
  summary.repo_digests = familiar_all(image.digests);
  if (content.config.created) summary.created = unix_seconds(*content.config.created);
  summary.size = layers_size(engine, content.config);
  summary.labels = content.config.config.labels;
  return summary;
}

std::vector<ContainerPtr> users_of(Engine& engine, const std::string& image_id) {
  std::vector<ContainerPtr> users;
  for (const ContainerPtr& container : engine.containers.all())
    if (container->record().image_id == image_id) users.push_back(container);
  return users;
}

std::string short_id(const image_store::Image& image) {
  return std::string(image.id.hex().substr(0, 12));
}

// An image that is removed by its id.
void require_unused(Engine& engine, const image_store::Image& image, bool force) {
  std::string prefix = "conflict: unable to delete " + short_id(image);
  if (image.names.size() > 1 && !force)
    throw_error(ErrorCode::conflict,
                prefix + " (must be forced) - image is referenced in multiple repositories");
  for (const ContainerPtr& container : users_of(engine, image.id.str())) {
    std::string user = " container " + container->id().substr(0, 12);
    if (is_running(container->status()))
      throw_error(ErrorCode::conflict,
                  prefix + " (cannot be forced) - image is being used by running" + user);
    if (!force)
      throw_error(ErrorCode::conflict, prefix + " (must be forced) - image is being used by stopped" + user);
  }
}

// The image's name that the user meant; "" when it was the id.
std::string name_meant(const image_store::Image& image, const std::string& name) {
  if (name.starts_with("sha256:")) return "";
  std::string canonical = spec::Reference::parse(name).canonical();
  bool known = std::find(image.names.begin(), image.names.end(), canonical) != image.names.end() ||
               std::find(image.digests.begin(), image.digests.end(), canonical) != image.digests.end();
  return known ? canonical : "";
}

void untag(Engine& engine, const image_store::Image& image, const std::string& canonical,
           std::vector<docker_api::ImageDeleteItem>& items) {
  std::string familiar = spec::Reference::parse(canonical).familiar();
  engine.images.untag(canonical);
  items.push_back({familiar, ""});
  publish_image(engine, "untag", image.id.str(), familiar);
}

void delete_whole(Engine& engine, const image_store::Image& image,
                  std::vector<docker_api::ImageDeleteItem>& items) {
  for (const std::string& name : image.names) untag(engine, image, name, items);
  for (const std::string& digest : image.digests)
    items.push_back({spec::Reference::parse(digest).familiar(), ""});
  engine.images.remove(image.id);
  items.push_back({"", image.id.str()});
  publish_image(engine, "delete", image.id.str(), image.id.str());
  collect_garbage(engine);
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return glob_match(pattern.substr(1), text) ||
           (!text.empty() && text[0] != '/' && glob_match(pattern, text.substr(1)));
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         glob_match(pattern.substr(1), text.substr(1));
}

void publish_image(Engine& engine, const std::string& action, const std::string& id,
                   const std::string& name) {
  engine.events.publish({"image", action, id, {{"name", name}}, now()});
}

std::vector<docker_api::ImageSummary> list_images(Engine& engine, const Filters& filters) {
  std::vector<docker_api::ImageSummary> summaries;
  for (const image_store::Image& image : engine.images.list()) {
    docker_api::ImageSummary summary = summarise(engine, image);
    keep_references(summary, filters);
    if (passes(engine, summary, filters)) summaries.push_back(std::move(summary));
  }
  std::stable_sort(summaries.begin(), summaries.end(),
                   [](const auto& a, const auto& b) { return a.created > b.created; });
  return summaries;
}

docker_api::ImageInspect inspect_image(Engine& engine, const std::string& name) {
  image_store::Image image = engine.images.get(name);
  image_store::ImageContent content = engine.images.content(image);
  docker_api::ImageInspect inspect;
  inspect.id = image.id.str();
  inspect.repo_tags = familiar_all(image.names);
  inspect.repo_digests = familiar_all(image.digests);
  inspect.created = content.config.created;
  inspect.author = content.config.author;
  if (!content.config.history.empty()) inspect.comment = content.config.history.back().comment;
  inspect.config = content.config.config;
  inspect.platform = content.config.platform;
  inspect.os_version = content.config.os_version;
  inspect.size = layers_size(engine, content.config);
  inspect.graph_driver.name = "overlay2";
  for (const spec::Digest& diff : content.config.diff_ids) inspect.rootfs_layers.push_back(diff.str());
  inspect.last_tag_time = image.added;
  return inspect;
}

std::vector<docker_api::ImageHistoryItem> image_history(Engine& engine, const std::string& name) {
  image_store::Image image = engine.images.get(name);
  spec::ImageConfig config = engine.images.content(image).config;
  std::vector<spec::Digest> chains = spec::chain_ids(config.diff_ids, codec::sha256_hex);
  std::vector<docker_api::ImageHistoryItem> items;
  size_t layer = 0;
  for (const spec::History& entry : config.history) {
    docker_api::ImageHistoryItem item;
    item.id = "<missing>";
    if (entry.created) item.created = unix_seconds(*entry.created);
    item.created_by = entry.created_by;
    item.comment = entry.comment;
    if (!entry.empty_layer && layer < chains.size())
      if (auto snapshot = engine.images.snapshots().find_chain(chains[layer++]))
        item.size = engine.images.snapshots().usage(*snapshot);
    items.push_back(std::move(item));
  }
  std::reverse(items.begin(), items.end());
  if (items.empty()) items.emplace_back();
  items.front().id = image.id.str();
  items.front().tags = familiar_all(image.names);
  return items;
}

std::vector<docker_api::ImageDeleteItem> remove_image(Engine& engine, const std::string& name, bool force,
                                                      bool prune) {
  image_store::Image image = engine.images.get(name);
  std::string canonical = name_meant(image, name);
  std::vector<docker_api::ImageDeleteItem> items;
  if (canonical.empty()) {
    require_unused(engine, image, force);
  } else if (image.names.size() > 1) {
    untag(engine, image, canonical, items);
    return items;
  } else if (auto users = users_of(engine, image.id.str()); !users.empty()) {
    if (!force)
      throw_error(ErrorCode::conflict, "conflict: unable to remove repository reference \"" + name +
                                           "\" (must force) - container " +
                                           users.front()->id().substr(0, 12) +
                                           " is using its referenced image " + short_id(image));
    untag(engine, image, canonical, items);  // the image itself stays for its containers
    return items;
  }
  if (prune) {
    delete_whole(engine, image, items);
  } else {
    for (const std::string& each : image.names) untag(engine, image, each, items);
  }
  return items;
}

void tag_image(Engine& engine, const std::string& name, const std::string& repository,
               const std::string& tag) {
  image_store::Image image = engine.images.get(name);
  spec::Reference reference = spec::Reference::parse(tag.empty() ? repository : repository + ":" + tag);
  if (!reference.digest.empty()) throw_invalid("refusing to create a tag with a digest reference");
  engine.images.tag(image.id, reference.canonical());
  publish_image(engine, "tag", image.id.str(), reference.familiar());
}

}  // namespace rundlet::daemon
