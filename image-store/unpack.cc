#include "image-store/unpack.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "image-store/layer.h"

namespace rundlet::image_store {
namespace {

constexpr int64_t kProgressStep = 1 << 20;

std::string short_id(const spec::Digest& digest) {
  return std::string(digest.hex().substr(0, 12));
}

void tell(const ProgressFn& progress, const Layer& layer, const std::string& status,
          std::optional<int64_t> current = {}) {
  if (!progress) return;
  spec::docker_api::ProgressMessage message;
  message.status = status;
  message.id = short_id(layer.blob.digest);
  if (current) message.progress_detail = {current, layer.blob.size};
  progress(message);
}

// A layer's blob, telling how much of it has been read.
class BlobSource : public codec::Source {
 public:
  BlobSource(Fd file, const Layer& layer, const ProgressFn& progress)
      : file_(std::move(file)), source_(codec::fd_source(file_.get())), layer_(layer), progress_(progress) {}

  size_t read(char* buffer, size_t size) override {
    size_t n = source_->read(buffer, size);
    done_ += static_cast<int64_t>(n);
    if (done_ - told_ >= kProgressStep || n == 0) tell(progress_, layer_, "Extracting", told_ = done_);
    return n;
  }

 private:
  Fd file_;
  std::unique_ptr<codec::Source> source_;
  const Layer& layer_;
  const ProgressFn& progress_;
  int64_t done_ = 0, told_ = 0;
};

}  // namespace

std::vector<spec::Digest> chains_of(const spec::ImageConfig& config) {
  return spec::chain_ids(config.diff_ids, codec::sha256_hex);
}

std::vector<Layer> layers_of(const ImageContent& content) {
  size_t count = content.manifest.layers.size();
  if (content.config.diff_ids.size() != count) {
    throw_invalid("the image's manifest has " + std::to_string(count) + " layers, but its config has " +
                  std::to_string(content.config.diff_ids.size()) + " diff ids");
  }
  std::vector<spec::Digest> chains = chains_of(content.config);
  std::vector<Layer> layers;
  for (size_t i = 0; i < count; ++i)
    layers.push_back({chains[i], content.config.diff_ids[i], content.manifest.layers[i]});
  return layers;
}

// Lease first, then look again: what the collector took in between is extracted anew.
std::optional<SnapshotId> Unpacker::leased_chain(const spec::Digest& chain, Lease& lease) const {
  for (;;) {
    auto id = snapshots_.find_chain(chain);
    if (!id) return std::nullopt;
    lease.add_snapshot(*id);
    if (snapshots_.info(*id)) return id;
  }
}

void Unpacker::forget(const spec::Digest& chain) {
  pending_.with([&](auto& pending) { pending.erase(chain); });
}

std::vector<std::string> Unpacker::apply(const Layer& layer, const std::string& directory,
                                         const ProgressFn& progress) {
  try {
    tell(progress, layer, "Extracting", 0);
    BlobSource source(blobs_.open(layer.blob.digest), layer, progress);
    AppliedLayer applied = apply_layer(source, directory);
    if (applied.diff_id != layer.diff)
      throw_invalid("its diff id is " + applied.diff_id.str() + ", but the image's config says " +
                    layer.diff.str());
    return applied.implied_directories;
  } catch (const Error& e) {
    throw e.with_context("failed to register layer " + layer.blob.digest.str());
  }
}

Unpacker::Extraction Unpacker::extract_anew(const Layer& layer, Lease& lease, const ProgressFn& progress) {
  SnapshotId id = snapshots_.prepare("", kExtractLabel + std::string(layer.chain.hex()));
  try {
    lease.add_snapshot(id);
    lease.add_blob(layer.blob.digest);
    Extraction extraction{id, apply(layer, snapshots_.own_directory(id), progress)};
    crash_point("unpack.extracted");
    return extraction;
  } catch (...) {
    snapshots_.remove(id);
    throw;
  }
}

Unpacker::Extraction Unpacker::extraction_of(const Layer& layer, Lease& lease, const ProgressFn& progress) {
  for (;;) {
    std::promise<Extraction> promise;
    Pending pending = promise.get_future().share();
    bool ours = false;
    pending_.with([&](auto& all) {
      auto [entry, added] = all.try_emplace(layer.chain, pending);
      ours = added;
      pending = entry->second;
    });
    if (ours) {
      try {
        promise.set_value(extract_anew(layer, lease, progress));
      } catch (...) {
        forget(layer.chain);
        promise.set_exception(std::current_exception());
      }
    }
    Extraction extraction = pending.get();
    lease.add_snapshot(extraction.id);
    if (snapshots_.info(extraction.id)) return extraction;
    forget(layer.chain);  // it went with the lease of the one who made it
  }
}

void Unpacker::extract(const Layer& layer, Lease& lease, const ProgressFn& progress) {
  if (!leased_chain(layer.chain, lease)) extraction_of(layer, lease, progress);
}

void Unpacker::extract_into(const SnapshotId& id, const SnapshotId& parent, const Layer& layer) {
  std::string directory = snapshots_.own_directory(id);
  std::vector<std::string> implied = apply(layer, directory, {});
  if (!parent.empty()) inherit_directories(directory, implied, snapshots_.directories(parent));
}

SnapshotId Unpacker::stack(const Layer& layer, const Extraction& extraction, const SnapshotId& parent,
                           Lease& lease) {
  std::lock_guard lock(stacking_);
  if (auto holder = leased_chain(layer.chain, lease)) {
    forget(layer.chain);
    if (*holder != extraction.id) snapshots_.remove(extraction.id);
    return *holder;
  }
  if (!parent.empty())
    inherit_directories(snapshots_.own_directory(extraction.id), extraction.implied_directories,
                        snapshots_.directories(parent));
  snapshots_.commit_onto(extraction.id, parent);
  crash_point("unpack.before_chain");
  SnapshotId holder = snapshots_.set_chain(extraction.id, layer.chain);
  forget(layer.chain);
  return holder;
}

std::vector<Unpacker::Extraction> Unpacker::extract_all(std::span<const Layer> layers, Lease& lease,
                                                        const ProgressFn& progress) {
  std::vector<Extraction> extractions(layers.size());
  Guarded<std::exception_ptr> failure;
  auto failed = [&] { return failure.with([](auto& e) { return e != nullptr; }); };
  {
    ThreadPool pool(std::clamp<size_t>(layers.size(), 1, std::thread::hardware_concurrency()));
    for (size_t i = 0; i < layers.size(); ++i) {
      pool.submit([&, i] {
        try {
          if (!failed()) extractions[i] = extraction_of(layers[i], lease, progress);
        } catch (...) {  // the first one is rethrown below
          failure.with([](auto& e) { e = e ? e : std::current_exception(); });
        }
      });
    }
  }
  if (failed()) std::rethrow_exception(failure.with([](auto& e) { return e; }));
  return extractions;
}

SnapshotId Unpacker::unpack(const std::vector<Layer>& layers, Lease& lease, const ProgressFn& progress) {
  std::mutex telling;
  ProgressFn one_at_a_time;
  if (progress) {
    one_at_a_time = [&](const auto& message) {
      std::lock_guard lock(telling);
      progress(message);
    };
  }
  SnapshotId top;
  size_t done = layers.size();
  for (; done > 0 && top.empty(); --done) top = leased_chain(layers[done - 1].chain, lease).value_or("");
  if (!top.empty()) ++done;
  std::span<const Layer> missing = std::span(layers).subspan(done);
  std::vector<Extraction> extractions = extract_all(missing, lease, one_at_a_time);
  for (size_t i = 0; i < missing.size(); ++i) {
    top = stack(missing[i], extractions[i], top, lease);
    tell(progress, missing[i], "Pull complete");
  }
  return top;
}

}  // namespace rundlet::image_store
