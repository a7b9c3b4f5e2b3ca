// /images, /build, /commit
#include "base/error.h"
#include "orchestrate/engine/engine_client.h"
#include "orchestrate/engine/query.h"
#include "orchestrate/engine/request_json.h"

namespace rundlet::orchestrate {

namespace {

std::string path_of(const std::string& name, std::string_view call) {
  if (name.empty()) throw_invalid("invalid image name: value is empty");
  std::string path = "/images/" + encode_path(name);
  if (!call.empty()) path += "/" + std::string(call);
  return path;
}

// The API takes the repository and the tag or digest apart: "a/b:c" → "a/b", "c"; "a@sha256:…" → "a",
// "sha256:…".
std::pair<std::string, std::string> split_reference(const std::string& reference) {
  size_t at = reference.find('@');
  if (at != std::string::npos) return {reference.substr(0, at), reference.substr(at + 1)};
  size_t colon = reference.rfind(':');
  bool tagged = colon != std::string::npos && reference.find('/', colon) == std::string::npos;
  return tagged ? std::pair{reference.substr(0, colon), reference.substr(colon + 1)}
                : std::pair{reference, ""};
}

Query build_query(const BuildOptions& options) {
  QueryBuilder query;
  query.text("dockerfile", options.dockerfile).text("remote", options.remote).text("target", options.target);
  query.text("platform", options.platform).text("networkmode", options.network_mode);
  query.text("cgroupparent", options.cgroup_parent);
  query.text("cpusetcpus", options.cpuset_cpus).text("cpusetmems", options.cpuset_mems);
  query.list("t", options.tags)
      .list("extrahosts", options.extra_hosts)
      .list("securityopt", options.security_opt);
  query.flag("q", options.quiet).flag("nocache", options.no_cache).flag("pull", options.pull);
  query.always("rm", options.remove ? "1" : "0")
      .flag("forcerm", options.force_remove)
      .flag("squash", options.squash);
  query.number("memory", options.memory)
      .number("memswap", options.memory_swap)
      .number("shmsize", options.shm_size);
  query.number("cpushares", options.cpu_shares).number("cpuperiod", options.cpu_period);
  query.number("cpuquota", options.cpu_quota);
  if (!options.build_args.empty()) query.text("buildargs", to_json(options.build_args));
  if (!options.labels.empty()) query.text("labels", to_json(options.labels));
  if (!options.cache_from.empty()) query.text("cachefrom", to_json(options.cache_from));
  if (!options.ulimits.empty()) query.text("ulimits", to_json(options.ulimits));
  return query.take();
}

}  // namespace

std::vector<docker_api::ImageSummary> EngineClient::list_images(const ListImagesOptions& options) {
  Query query = QueryBuilder()
                    .flag("all", options.all)
                    .flag("digests", options.digests)
                    .flag("shared-size", options.shared_size)
                    .filters(options.filters)
                    .take();
  return docker_api::parse_image_list(get("/images/json", query));
}

std::string EngineClient::inspect_image_json(const std::string& name) {
  return get(path_of(name, "json"));
}

docker_api::ImageInspect EngineClient::inspect_image(const std::string& name) {
  return docker_api::parse_image_inspect(inspect_image_json(name));
}

std::vector<docker_api::ImageHistoryItem> EngineClient::image_history(const std::string& name) {
  return docker_api::parse_image_history(get(path_of(name, "history")));
}

void EngineClient::tag_image(const std::string& name, const std::string& repository, const std::string& tag) {
  post(path_of(name, "tag"), QueryBuilder().always("repo", repository).text("tag", tag).take());
}

std::vector<docker_api::ImageDeleteItem> EngineClient::remove_image(const std::string& name, bool force,
                                                                    bool no_prune) {
  Query query = QueryBuilder().flag("force", force).flag("noprune", no_prune).take();
  return docker_api::parse_image_delete(call(request("DELETE", path_of(name, ""), query)).body);
}

void EngineClient::pull_image(const std::string& reference, const std::string& platform,
                              const std::optional<docker_api::AuthConfig>& auth,
                              const OnProgress& on_progress, const Cancel& cancel) {
  auto [repository, tag] = split_reference(reference);
  Query query =
      QueryBuilder().always("fromImage", repository).text("tag", tag).text("platform", platform).take();
  http::ClientRequest message = request("POST", "/images/create", query);
  if (auth) message.headers.set("X-Registry-Auth", encode_header_json(docker_api::to_json(*auth)));
  stream_progress(message, on_progress, cancel);
}

void EngineClient::push_image(const std::string& repository, const std::string& tag,
                              const docker_api::AuthConfig& auth, const OnProgress& on_progress,
                              const Cancel& cancel) {
  http::ClientRequest message =
      request("POST", path_of(repository, "push"), QueryBuilder().text("tag", tag).take());
  message.headers.set("X-Registry-Auth", encode_header_json(docker_api::to_json(auth)));
  stream_progress(message, on_progress, cancel);
}

void EngineClient::load_images(const BodySource& archive, bool quiet, const OnProgress& on_progress,
                               const Cancel& cancel) {
  http::ClientRequest message =
      request("POST", "/images/load", QueryBuilder().always("quiet", quiet ? "1" : "0").take());
  message.headers.set("Content-Type", "application/x-tar");
  message.body_source = archive;
  stream_progress(message, on_progress, cancel);
}

void EngineClient::save_images(const std::vector<std::string>& names, const OnData& on_data,
                               const Cancel& cancel) {
  call(request("GET", "/images/get", QueryBuilder().list("names", names).take()), on_data, cancel);
}

void EngineClient::import_image(const ImportOptions& options, const BodySource& archive,
                                const OnProgress& on_progress, const Cancel& cancel) {
  Query query = QueryBuilder()
                    .always("fromSrc", options.source)
                    .text("repo", options.repository)
                    .text("tag", options.tag)
                    .text("message", options.message)
                    .text("platform", options.platform)
                    .list("changes", options.changes)
                    .take();
  http::ClientRequest message = request("POST", "/images/create", query);
  message.body_source = archive;
  stream_progress(message, on_progress, cancel);
}

std::string EngineClient::commit(const CommitOptions& options) {
  Query query = QueryBuilder()
                    .always("container", options.container)
                    .text("repo", options.repository)
                    .text("tag", options.tag)
                    .text("comment", options.comment)
                    .text("author", options.author)
                    .always("pause", options.pause ? "1" : "0")
                    .list("changes", options.changes)
                    .take();
  std::string config = options.config ? docker_api::to_json(*options.config) : "null";
  return parse_id(post_json("/commit", config, query).body);
}

void EngineClient::build(const BuildOptions& options, const BodySource& context,
                         const OnProgress& on_progress, const Cancel& cancel) {
  http::ClientRequest message = request("POST", "/build", build_query(options));
  message.headers.set("Content-Type", "application/x-tar");
  if (!options.auths.empty()) {
    message.headers.set("X-Registry-Config", encode_header_json(docker_api::to_json(options.auths)));
  }
  message.body_source = context;
  stream_progress(message, on_progress, cancel);
}

}  // namespace rundlet::orchestrate
