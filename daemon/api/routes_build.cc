// POST /build, with docker's parameters and its classic output: "Step 1/3 : FROM …", " ---> Using cache", the command's
// own lines, "Successfully built ID".

#include <unistd.h>

#include "base/codec/compress.h"
#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "builder/builder.h"
#include "builder/context/context.h"
#include "daemon/api/body_source.h"
#include "daemon/api/build_parameters.h"
#include "daemon/api/client_watch.h"
#include "daemon/api/routes.h"
#include "daemon/api/stream.h"
#include "daemon/engine/images.h"
#include "spec/reference.h"

namespace rundlet::daemon {
namespace {

using builder::BuildEvent;

// The context that the client sent, unpacked for this build alone.
class ContextDirectory {
 public:
  explicit ContextDirectory(const std::string& parent) : path_(parent + "/" + random_hex(8)) {
    fs::make_directories(path_, 0700);
  }
  ~ContextDirectory() noexcept(false) { fs::remove_tree(path_); }
  ContextDirectory(const ContextDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Tells what happens in docker's classic words.
class BuildOutput {
 public:
  BuildOutput(ProgressStream& stream, bool quiet) : stream_(stream), quiet_(quiet) {}

  void show(const BuildEvent& event) {
    if (quiet_) return;
    switch (event.kind) {
      case BuildEvent::Kind::step_started:
        return stream_.write_text("Step " + std::to_string(event.step) + "/" + std::to_string(event.steps) + " : " +
                                  event.name + "\n");
      case BuildEvent::Kind::step_cached: return stream_.write_text(" ---> Using cache\n" + result_line(event));
      case BuildEvent::Kind::step_output: return stream_.write_text(event.text);
      case BuildEvent::Kind::step_done: return stream_.write_text(result_line(event));
      case BuildEvent::Kind::message: return stream_.write_text(event.text + "\n");
    }
  }

  static std::string result_line(const BuildEvent& event) {
    return event.id.empty() ? " --->\n" : " ---> " + event.id + "\n";
  }

  void done(const std::string& id, const std::vector<std::string>& tags) {
    docker_api::ProgressMessage result;
    result.aux.text = "{\"ID\":\"" + id + "\"}";
    stream_.write(result);
    if (quiet_) return stream_.write_text(id + "\n");
    stream_.write_text("Successfully built " + id.substr(7, 12) + "\n");
    for (const std::string& tag : tags)
      stream_.write_text("Successfully tagged " + spec::Reference::parse(tag).familiar() + "\n");
  }

 private:
  ProgressStream& stream_;
  bool quiet_;
};

// With `remote` the body is empty and the builder fetches the context itself.
void receive_context(Call& call, const std::string& directory) {
  builder::context::unpack_context(std::make_unique<BodySource>(*call.request.body), directory);
}

void build(Call& call, Engine& engine, builder::Builder& builder) {
  builder::BuildRequest request = build_request(call);
  ContextDirectory context(engine.config.root + "/builder/contexts");
  request.context_directory = context.path();
  if (request.remote.empty()) receive_context(call, context.path());
  ProgressStream stream(call.response);
  BuildOutput output(stream, call.flag("q"));
  ClientWatch client(engine.reactor, call.response);
  try {
    auto result = builder.build(request, [&](const BuildEvent& event) { output.show(event); }, client.cancel());
    for (const std::string& tag : request.tags)
      publish_image(engine, "tag", result.image.id.str(), spec::Reference::parse(tag).familiar());
    output.done(result.image.id.str(), request.tags);
  } catch (const builder::StepFailed& e) {
    stream.fail(e, e.exit_status());
  } catch (const std::exception& e) {
    stream.fail(e);
  }
}

}  // namespace

void add_build_routes(Router& router, Engine& engine, builder::Builder& builder) {
  router.add("POST", "/build", [&](Call& call) { build(call, engine, builder); });
  router.add("POST", "/build/prune", [&](Call& call) {
    int64_t bytes = builder.prune();
    collect_garbage(engine);
    call.json(200, "{\"CachesDeleted\":null,\"SpaceReclaimed\":" + std::to_string(bytes) + "}");
  });
}

}  // namespace rundlet::daemon
