#include "registry/pull.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "loop/scope.h"
#include "loop/sync.h"
#include "registry/client.h"
#include "registry/manifest.h"
#include "registry/platform.h"

namespace ccocker::registry {
namespace {

constexpr size_t images_resolving_max = 8;  // manifests and configs asked for at once
// Layers that are claimed, waited for or being unpacked: each holds descriptors, of which there may be 1024 in all.
constexpr size_t layers_open_max = 64;

// One try to get a layer. Other images that need it wait for its end, and where it was in vain the next of them tries.
struct LayerFetch {
  LayerFetch(Reference reference, Digest digest) : from(std::move(reference)), blob(std::move(digest)) {}
  Reference from;
  Digest blob;
  Event ended;
  std::optional<Error> failure{};
};

// What a reference names, fetched and checked, layers aside.
struct Resolved {
  Digest top_digest;  // of the index, or of the manifest where there is none
  bool chosen = false;  // from an index
  std::string manifest_bytes, config_bytes;
  Manifest manifest;
  ImageConfig config;
};

// What no other image would escape: a full disk, a store that cannot be written to, no descriptors.
bool stops_all(const Error& error) {
  constexpr int reasons[] = {ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE};
  return std::ranges::find(reasons, error.errno_value()) != std::end(reasons);
}

// A registry that does not answer one image does not answer the next; anything else may be well in another repository,
// or with another blob of the same layer.
bool would_meet(const LayerFetch& theirs, const Reference& ours, const Digest& blob) {
  Errc code = theirs.failure->code();
  if (code == Errc::cancelled || theirs.from.registry != ours.registry) return false;
  bool of_registry = code == Errc::network || code == Errc::timed_out;
  return of_registry || (theirs.from.repository == ours.repository && theirs.blob == blob);
}

class Puller {
 public:
  Puller(Store& store, Http& http, PullOptions options, PullObserver& observer)
      : store_(store),
        observer_(observer),
        options_(std::move(options)),
        downloads_(options_.downloads_max ? options_.downloads_max : 1),
        client_(context_of(http, options_, observer)) {}

  Task<std::vector<PullOutcome>> pull_all(std::vector<Reference> references);

 private:
  static ClientContext context_of(Http& http, const PullOptions& options, PullObserver& observer);
  Task<void> pull_image(Reference reference, PullOutcome& outcome, TaskGroup& group);
  Task<void> pull_image_unnamed(Reference reference, PullOutcome& outcome);
  Task<bool> is_up_to_date(Reference reference, PullOutcome& outcome);
  Task<Resolved> resolve(Reference reference);
  std::vector<Task<void>> layers_of(const Reference& reference, const Resolved& image);
  Task<void> get_layer(Reference reference, Descriptor blob, Digest diff_id);
  Task<void> fetch_layer(Reference reference, Descriptor blob, Digest diff_id);
  Task<void> fetch_layer_unnamed(Reference reference, Descriptor blob, Digest diff_id);
  Task<void> download(Reference reference, Descriptor blob, LayerWriter& writer);
  void check_platform(const Reference& reference, const ImageConfig& config);

  Store& store_;
  PullObserver& observer_;
  PullOptions options_;
  Semaphore downloads_;
  Semaphore resolving_{images_resolving_max};
  Semaphore open_layers_{layers_open_max};
  std::map<Digest, std::shared_ptr<LayerFetch>> fetches_;  // by DiffID: those that go on, and those that went well
  Client client_;
};

ClientContext Puller::context_of(Http& http, const PullOptions& options, PullObserver& observer) {
  ClientContext context(http, TlsPolicies(options.insecure_registries, options.ca_file));
  context.retry = options.retry;
  context.connect_limit = options.connect_limit;
  context.stall_limit = options.stall_limit;
  context.note = [&observer](const std::string& line) { observer.note(line); };
  return context;
}

Task<std::vector<PullOutcome>> Puller::pull_all(std::vector<Reference> references) {
  std::vector<PullOutcome> outcomes(references.size());
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  for (size_t i = 0; i < references.size(); ++i) group.spawn(pull_image(references[i], outcomes[i], group));
  co_await group.join();
  if (scope && scope->cancelled()) throw Error(Errc::cancelled, "cancelled");
  co_return outcomes;
}

Task<void> Puller::pull_image(Reference reference, PullOutcome& outcome, TaskGroup& group) {
  outcome.reference = reference;
  try {
    co_await pull_image_unnamed(reference, outcome);
  } catch (Error& error) {
    bool given_up = group.scope().cancelled();  // the image that is the reason tells it
    outcome.failure = given_up ? Error(Errc::cancelled, "cancelled")
                               : std::move(error).in("pulling " + reference.familiar());
    if (stops_all(*outcome.failure)) group.cancel();
  }
}

Task<void> Puller::pull_image_unnamed(Reference reference, PullOutcome& outcome) {
  if (reference.registry == "builtin")
    throw Error(Errc::invalid, "images of \"builtin\" are carried inside ccocker and need no pull");
  Semaphore::Permit permit = co_await resolving_.acquire();
  bool up_to_date = co_await is_up_to_date(reference, outcome);
  if (up_to_date) co_return;
  Resolved image = co_await resolve(reference);
  permit = Semaphore::Permit();
  check_platform(reference, image.config);
  Task<void> layers = all(layers_of(reference, image));
  co_await layers;
  std::vector<Digest> known_as = {image.top_digest};
  outcome.manifest_digest = image.top_digest;
  outcome.chosen = image.chosen;
  Task<Digest> added =
      store_.add_image(std::move(image.config_bytes), std::move(image.manifest_bytes), reference, known_as);
  outcome.image_id = co_await added;
}

// An image that is here costs one request without a body (which Docker Hub does not count as a pull), or none when it
// was named by digest.
Task<bool> Puller::is_up_to_date(Reference reference, PullOutcome& outcome) {
  std::optional<Image> stored = store_.find_reference(reference);
  if (!stored || !runs_on(stored->config.platform, options_.platform)) co_return false;
  std::optional<Digest> now;
  if (!reference.digest.empty())
    now = reference.digest;
  else
    now = co_await client_.manifest_digest(reference);
  if (!now || std::ranges::find(stored->manifest_digests, *now) == stored->manifest_digests.end()) co_return false;
  outcome.manifest_digest = *now;
  outcome.image_id = stored->id;
  outcome.up_to_date = true;
  co_return true;
}

Task<Resolved> Puller::resolve(Reference reference) {
  ManifestAnswer answer = co_await client_.manifest(reference);
  Resolved image;
  image.top_digest = answer.digest;
  ManifestDocument document = parse_manifest(answer.bytes, answer.content_type);
  if (const Index* index = std::get_if<Index>(&document)) {
    image.chosen = true;
    Descriptor chosen = choose_platform(*index, options_.platform).descriptor;
    answer = co_await client_.manifest(reference, chosen.digest);
    document = parse_manifest(answer.bytes, chosen.media_type);
  }
  if (!std::holds_alternative<Manifest>(document))
    throw Error(Errc::unsupported, "its index points to another index; ccocker follows one");
  image.manifest = std::get<Manifest>(std::move(document));
  image.manifest_bytes = std::move(answer.bytes);
  image.config_bytes = co_await client_.blob(reference, image.manifest.config, config_bytes_max);
  image.config = parse_image_config(image.config_bytes);
  check_layer_count(image.manifest, image.config);
  co_return image;
}

// An image without an index is the only one there is; it may still be the wrong one.
void Puller::check_platform(const Reference& reference, const ImageConfig& config) {
  if (runs_on(config.platform, options_.platform)) return;
  observer_.note(
      fmt::format("{} is for {}, not for {}", reference.familiar(), config.platform.str(), options_.platform.str()));
}

std::vector<Task<void>> Puller::layers_of(const Reference& reference, const Resolved& image) {
  std::vector<Digest> blobs;
  for (const Descriptor& blob : image.manifest.layers) blobs.push_back(blob.digest);
  observer_.image_resolved(reference, blobs);
  std::vector<Task<void>> layers;
  for (size_t i = 0; i < image.manifest.layers.size(); ++i)
    layers.push_back(get_layer(reference, image.manifest.layers[i], image.config.diff_ids[i]));
  return layers;
}

// Waits for another image's fetch of the same layer, or fetches it.
Task<void> Puller::get_layer(Reference reference, Descriptor blob, Digest diff_id) {
  for (auto found = fetches_.find(diff_id); found != fetches_.end(); found = fetches_.find(diff_id)) {
    std::shared_ptr<LayerFetch> theirs = found->second;
    co_await theirs->ended.wait();
    if (!theirs->failure) co_return;
    if (would_meet(*theirs, reference, blob.digest)) throw *theirs->failure;
  }
  co_await fetch_layer(reference, blob, diff_id);
}

Task<void> Puller::fetch_layer(Reference reference, Descriptor blob, Digest diff_id) {
  auto fetch = std::make_shared<LayerFetch>(reference, blob.digest);
  fetches_[diff_id] = fetch;
  try {
    co_await fetch_layer_unnamed(reference, blob, diff_id);
  } catch (Error& error) {
    LayerState state = error.code() == Errc::cancelled ? LayerState::given_up : LayerState::failed;
    observer_.layer_progress(blob.digest, state, 0, blob.size_bytes);
    fetch->failure = std::move(error).in("layer sha256:" + blob.digest.short_id());
    fetches_.erase(diff_id);
  }
  fetch->ended.set();
  if (fetch->failure) throw *fetch->failure;
}

Task<void> Puller::fetch_layer_unnamed(Reference reference, Descriptor blob, Digest diff_id) {
  observer_.layer_progress(blob.digest, LayerState::waiting, 0, blob.size_bytes);
  Semaphore::Permit open_permit = co_await open_layers_.acquire();
  // The claim comes before the permit to download: waiting for another process must not keep a connection from others.
  std::unique_ptr<LayerWriter> writer = co_await store_.begin_layer(blob, diff_id);
  if (!writer) {
    observer_.layer_progress(blob.digest, LayerState::exists, blob.size_bytes, blob.size_bytes);
    co_return;
  }
  co_await download(reference, blob, *writer);
  observer_.layer_progress(blob.digest, LayerState::verifying, blob.size_bytes, blob.size_bytes);
  co_await writer->finish();
  observer_.layer_progress(blob.digest, LayerState::done, blob.size_bytes, blob.size_bytes);
}

Task<void> Puller::download(Reference reference, Descriptor blob, LayerWriter& writer) {
  Semaphore::Permit permit = co_await downloads_.acquire();
  uint64_t position = 0;
  auto note = [this, &blob, &position](const std::string& line) {
    observer_.layer_progress(blob.digest, LayerState::retrying, position, blob.size_bytes);
    observer_.note(fmt::format("layer {}: {}", blob.digest.short_id(), line));
  };
  BlobStream stream(client_, reference, blob, note);
  std::vector<std::byte> piece;
  for (;;) {
    co_await stream.next(piece);
    if (piece.empty()) co_return;
    position = stream.position();
    observer_.layer_progress(blob.digest, LayerState::downloading, position, blob.size_bytes);
    co_await writer.write(piece);
  }
}

}  // namespace

Task<std::vector<PullOutcome>> pull(Store& store, std::vector<Reference> references, PullOptions options,
                                    PullObserver& observer) {
  Http http;
  Puller puller(store, http, std::move(options), observer);
  std::vector<Task<void>> background;
  background.push_back(http.run());
  Task<std::vector<PullOutcome>> all = until(puller.pull_all(std::move(references)), std::move(background));
  std::vector<PullOutcome> outcomes = co_await all;
  co_return outcomes;
}

}  // namespace ccocker::registry
