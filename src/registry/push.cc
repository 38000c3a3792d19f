#include "registry/push.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "loop/scope.h"
#include "loop/sync.h"
#include "registry/client.h"
#include "registry/manifest.h"
#include "registry/push_blob.h"
#include "registry/push_layer.h"
#include "registry/push_manifest.h"
#include "registry/push_request.h"
#include "registry/sha256.h"

namespace ccocker::registry {
namespace {

// Built outside of coroutines: GCC 12 destroys temporaries of an aggregate there twice.
Ask ask_to_put(const Reference& name, const PushManifest& manifest) {
  Ask ask;
  ask.method = Method::put;
  ask.path = "manifests/" + name.tag;
  ask.headers.push_back("Content-Type: " + manifest.media_type);
  ask.body = manifest.bytes;
  return ask;
}

Descriptor descriptor_of(const Digest& digest, uint64_t bytes) {
  Descriptor descriptor;
  descriptor.digest = digest;
  descriptor.size_bytes = bytes;
  return descriptor;
}

class Pusher {
 public:
  Pusher(Store& store, Http& http, Image image, Reference name, const PushOptions& options, PullObserver& observer)
      : store_(store),
        observer_(observer),
        image_(std::move(image)),
        name_(std::move(name)),
        uploads_(options.uploads_max ? options.uploads_max : 1),
        client_(context_of(http, options)),
        uploader_(client_, name_) {}

  Task<PushOutcome> run();

 private:
  ClientContext context_of(Http& http, const PushOptions& options);
  void read_known();
  Task<void> push_layer(Digest diff_id);
  Task<std::optional<Descriptor>> find_there(Digest diff_id);
  Task<std::optional<Descriptor>> mount_from_others(Digest diff_id);
  Task<Descriptor> make_and_upload(Digest diff_id);
  Task<void> push_config();
  Task<PushOutcome> push_manifest();
  Task<void> put_manifest(const PushManifest& manifest);
  void tell(const Digest& layer, LayerState state, uint64_t done = 0, uint64_t total = 0) {
    observer_.layer_progress(layer, state, done, total);
  }

  Store& store_;
  PullObserver& observer_;
  Image image_;
  Reference name_;
  Semaphore uploads_;
  std::string config_;
  std::vector<PushManifest> pulled_;                 // the manifests that the image was pulled by
  std::map<Digest, std::vector<Descriptor>> known_;  // blobs that a layer was pulled as
  std::set<std::string> other_repositories_;         // of the same registry, with this image in them
  std::map<Digest, Descriptor> there_;               // what each layer is now, over there
  Client client_;
  BlobUploader uploader_;
};

ClientContext Pusher::context_of(Http& http, const PushOptions& options) {
  ClientContext context(http, TlsPolicies(options.insecure_registries, options.ca_file));
  context.retry = options.retry;
  context.connect_limit = options.connect_limit;
  context.stall_limit = options.stall_limit;
  context.answer_limit = options.answer_limit;
  context.note = [this](const std::string& line) { observer_.note(line); };
  for (const std::vector<Reference>* names : {&image_.tags, &image_.repo_digests})
    for (const Reference& other : *names)
      if (other.registry == name_.registry && other.repository != name_.repository)
        other_repositories_.insert(other.repository);
  std::vector<std::string>& scopes = context.scopes[name_.repository];
  scopes.push_back(fmt::format("repository:{}:pull,push", name_.repository));
  for (const std::string& other : other_repositories_) scopes.push_back(fmt::format("repository:{}:pull", other));
  return context;
}

void Pusher::read_known() {
  for (std::string& bytes : store_.manifests(image_.id)) {
    std::optional<PushManifest> manifest = read_pulled_manifest(std::move(bytes), image_);
    if (!manifest) continue;
    for (size_t i = 0; i < manifest->layers.size(); ++i)
      known_[image_.config.diff_ids[i]].push_back(manifest->layers[i]);
    pulled_.push_back(std::move(*manifest));
  }
}

Task<PushOutcome> Pusher::run() {
  store_.keep_layers(image_);
  config_ = store_.config_bytes(image_.id);
  read_known();
  std::set<Digest> layers(image_.config.diff_ids.begin(), image_.config.diff_ids.end());
  for (const Digest& layer : image_.config.diff_ids) tell(layer, LayerState::waiting);
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  for (const Digest& layer : layers) group.spawn(push_layer(layer));
  group.spawn(push_config());
  co_await group.join();
  PushOutcome outcome = co_await push_manifest();
  co_return outcome;
}

Task<void> Pusher::push_layer(Digest diff_id) {
  Semaphore::Permit permit = co_await uploads_.acquire();
  try {
    std::optional<Descriptor> blob = co_await find_there(diff_id);
    LayerState state = LayerState::there_already;
    if (!blob) {
      blob = co_await mount_from_others(diff_id);
      state = LayerState::mounted;
    }
    if (!blob) {
      Descriptor made = co_await make_and_upload(diff_id);
      there_[diff_id] = std::move(made);
      co_return;
    }
    tell(diff_id, state, blob->size_bytes, blob->size_bytes);
    there_[diff_id] = std::move(*blob);
  } catch (Error& error) {
    if (error.code() == Errc::cancelled) throw;
    tell(diff_id, LayerState::failed);
    throw std::move(error).in(fmt::format("layer {}", diff_id.short_id()));
  }
}

Task<std::optional<Descriptor>> Pusher::find_there(Digest diff_id) {
  std::vector<Descriptor> candidates = known_[diff_id];
  if (std::optional<Descriptor> packed = read_packed(store_, diff_id)) candidates.push_back(std::move(*packed));
  for (Descriptor& blob : candidates) {
    bool there = co_await uploader_.has(blob);
    if (there) co_return std::move(blob);
  }
  co_return std::nullopt;
}

Task<std::optional<Descriptor>> Pusher::mount_from_others(Digest diff_id) {
  for (const Descriptor& blob : known_[diff_id]) {
    for (const std::string& other : other_repositories_) {
      bool mounted = co_await uploader_.mount(blob.digest, other);
      if (mounted) co_return blob;
    }
  }
  co_return std::nullopt;
}

Task<Descriptor> Pusher::make_and_upload(Digest diff_id) {
  std::function<void(uint64_t, uint64_t)> made = [this, diff_id](uint64_t done, uint64_t total) {
    tell(diff_id, LayerState::preparing, done, total);
  };
  PackedLayer packed = co_await pack_layer(store_, diff_id, std::move(made));
  Descriptor blob = packed.blob;
  write_packed(store_, diff_id, blob);
  bool there = co_await uploader_.has(blob);
  if (there) {
    tell(diff_id, LayerState::there_already, blob.size_bytes, blob.size_bytes);
    co_return blob;
  }
  tell(diff_id, LayerState::pushing, 0, blob.size_bytes);
  BlobUploader::Sent sent = [this, diff_id, total = blob.size_bytes](uint64_t bytes) {
    tell(diff_id, LayerState::pushing, bytes, total);
  };
  co_await uploader_.upload(packed.file, blob, std::move(sent));
  tell(diff_id, LayerState::pushed, blob.size_bytes, blob.size_bytes);
  co_return blob;
}

Task<void> Pusher::push_config() {
  Descriptor config = descriptor_of(image_.id, config_.size());
  bool there = co_await uploader_.has(config);
  if (!there) co_await uploader_.upload_small(config_, image_.id);
}

Task<PushOutcome> Pusher::push_manifest() {
  std::vector<Descriptor> layers;
  for (const Digest& layer : image_.config.diff_ids) layers.push_back(there_.at(layer));
  PushManifest manifest = make_manifest(image_.id, config_.size(), layers);
  for (PushManifest& pulled : pulled_)
    if (std::ranges::equal(pulled.layers, layers, {}, &Descriptor::digest, &Descriptor::digest)) manifest = pulled;
  co_await put_manifest(manifest);
  co_return PushOutcome{sha256(manifest.bytes), manifest.bytes.size()};
}

Task<void> Pusher::put_manifest(const PushManifest& manifest) {
  Attempts attempts(client_.context().retry);
  for (;;) {
    Ask ask = ask_to_put(name_, manifest);
    std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, name_, std::move(ask));
    if (answer) co_return;
    co_await attempts.wait_after(std::move(answer.error()), client_.context().note);
  }
}

}  // namespace

Task<PushOutcome> push(Store& store, Image image, Reference name, PushOptions options, PullObserver& observer) {
  Http http;
  std::string shown = name.familiar();
  Pusher pusher(store, http, std::move(image), std::move(name), options, observer);
  std::vector<Task<void>> background;
  background.push_back(http.run());
  try {
    Task<PushOutcome> work = until(pusher.run(), std::move(background));
    PushOutcome outcome = co_await work;
    co_return outcome;
  } catch (Error& error) {
    if (error.code() == Errc::cancelled) throw;
    throw std::move(error).in("pushing " + shown);
  }
}

}  // namespace ccocker::registry
