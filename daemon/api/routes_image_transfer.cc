#include "base/cancel.h"
#include "base/codec/compress.h"
#include "base/codec/sha256.h"
#include "base/error.h"
#include "builder/config_changes.h"
#include "daemon/api/body_source.h"
#include "daemon/api/client_watch.h"
#include "daemon/api/routes.h"
#include "daemon/api/stream.h"
#include "daemon/engine/images.h"
#include "image-store/transfer/transfer.h"

namespace rundlet::daemon {
namespace {

class ResponseSink : public codec::Sink {
 public:
  ResponseSink(http::ResponseWriter& response, const char* type) : response_(response), type_(type) {}
  void write(std::string_view data) override {
    if (!begun_) response_.start_stream(200, type_);
    begun_ = true;
    response_.write(data);
  }

 private:
  http::ResponseWriter& response_;
  const char* type_;
  bool begun_ = false;
};

std::optional<docker_api::AuthConfig> auth_of(const Call& call) {
  auto header = call.request.headers.get("X-Registry-Auth");
  if (!header || header->empty()) return std::nullopt;
  std::string text = codec::base64_decode(*header);
  if (text.empty() || text == "{}" || text == "null") return std::nullopt;
  docker_api::AuthConfig auth = docker_api::parse_auth_config(text);
  bool says_something = !auth.username.empty() || !auth.auth.empty() || !auth.identity_token.empty() ||
                        !auth.registry_token.empty();
  return says_something ? std::optional(auth) : std::nullopt;
}

spec::Reference reference_of(const std::string& name, const std::string& tag) {
  if (tag.empty()) return spec::Reference::parse(name);
  return spec::Reference::parse(name + (tag.find(':') != tag.npos ? "@" : ":") + tag);
}

void pull(Call& call, Engine& engine) {
  image_store::PullRequest request;
  request.reference = reference_of(call.text("fromImage"), call.text("tag"));
  if (std::string platform = call.text("platform"); !platform.empty())
    request.platform = spec::Platform::parse(platform);
  request.auth = auth_of(call);
  request.registries = engine.config.registries;
  ProgressStream progress(call.response);
  ClientWatch client(engine.reactor, call.response);
  try {
    auto result = image_store::pull(engine.images, request, [&](const auto& m) { progress.write(m); }, client.cancel());
    publish_image(engine, "pull", request.reference.familiar(), request.reference.familiar_name());
    progress.finish();
  } catch (const std::exception& e) {
    progress.fail(e);
  }
}

void import(Call& call, Engine& engine) {
  if (call.text("fromSrc") != "-")
    throw_error(ErrorCode::unimplemented, "unsupported parameter fromSrc \"" + call.text("fromSrc") +
                                              "\": only \"-\", the request's body, is read");
  image_store::ImportRequest request;
  if (std::string repository = call.text("repo"); !repository.empty())
    request.reference = reference_of(repository, call.text("tag"));
  request.message = call.text("message");
  if (std::string platform = call.text("platform"); !platform.empty())
    request.platform = spec::Platform::parse(platform);
  builder::apply_changes(request.config, call.request.url.parameters("changes"));
  ProgressStream progress(call.response);
  try {
    BodySource body(*call.request.body);
    image_store::Image image = image_store::import_tar(engine.images, body, request);
    publish_image(engine, "import", image.id.str(), image.id.str());
    docker_api::ProgressMessage done;
    done.status = image.id.str();
    progress.write(done);
  } catch (const std::exception& e) {
    progress.fail(e);
  }
}

void create(Call& call, Engine& engine) { call.has("fromSrc") ? import(call, engine) : pull(call, engine); }

void push(Call& call, Engine& engine) {
  image_store::PushRequest request;
  request.reference = reference_of(call.path.at("name"), call.text("tag"));
  request.auth = auth_of(call);
  request.registries = engine.config.registries;
  call.body();  // docker sends the credentials' empty twin there
  ProgressStream progress(call.response);
  ClientWatch client(engine.reactor, call.response);
  try {
    image_store::push(engine.images, request, [&](const auto& m) { progress.write(m); }, client.cancel());
    publish_image(engine, "push", request.reference.familiar(), request.reference.familiar_name());
    progress.finish();
  } catch (const std::exception& e) {
    progress.fail(e);
  }
}

void load(Call& call, Engine& engine) {
  ProgressStream progress(call.response);
  BodySource body(*call.request.body);
  try {
    bool quiet = call.flag("quiet");
    auto show = [&](const docker_api::ProgressMessage& m) {
      if (!quiet || !m.stream.empty()) progress.write(m);
    };
    for (const auto& image : image_store::load(engine.images, body, show))
      publish_image(engine, "load", image.id.str(), image.id.str());
    progress.finish();
  } catch (const std::exception& e) {
    progress.fail(e);
  }
}

void save(Call& call, Engine& engine) {
  std::vector<std::string> names = call.request.url.parameters("names");
  if (call.path.contains("name")) names = {call.path.at("name")};
  ResponseSink sink(call.response, "application/x-tar");
  image_store::save(engine.images, names, sink);
}

}  // namespace

void add_image_transfer_routes(Router& router, Engine& engine) {
  auto add = [&](const char* method, const char* pattern, void (*function)(Call&, Engine&)) {
    router.add(method, pattern, [&engine, function](Call& call) { function(call, engine); });
  };
  add("POST", "/images/create", create);
  add("POST", "/images/load", load);
  add("GET", "/images/get", save);
  add("GET", "/images/{name:*}/get", save);
  add("POST", "/images/{name:*}/push", push);
}

}  // namespace rundlet::daemon
