// What a layer costs on its way to the disk, part by part, over a real tree: /usr/share/doc and /usr/lib of this
// machine (or the tar that CCOCKER_BENCH_TAR names).
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/decoder.h"
#include "registry/layer_tar.h"
#include "registry/sha256.h"
#include "registry/store.h"
#include "registry/tar_record.h"
#include "registry/tar_unpacker.h"
#include "registry/tree_writer.h"

namespace {

using namespace ccocker;
using namespace ccocker::registry;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// A directory for the files of this program, removed at its end.
struct Workplace {
  std::string path;
  Workplace() {
    const char* base = std::getenv("TMPDIR");
    path = std::string(base ? base : "/tmp") + "/layers_bench.XXXXXX";
    if (!::mkdtemp(path.data())) std::abort();
  }
  ~Workplace() { sys::remove_tree(sys::cwd(), path); }
  int run(const std::string& command) const { return std::system(("cd " + path + " && " + command).c_str()); }
};

struct Sample {
  Workplace place;
  std::string tar, gzip, zstd;
  Sample() {
    const char* given = std::getenv("CCOCKER_BENCH_TAR");
    std::string make = given ? std::string("cp ") + given + " sample.tar"
                             : "tar -C / -cf sample.tar --ignore-failed-read usr/share usr/include 2>/dev/null";
    if (place.run(make) != 0 || place.run("gzip -6 -k sample.tar && zstd -q -3 -k sample.tar") != 0) std::abort();
    tar = sys::read_file(sys::cwd(), place.path + "/sample.tar");
    gzip = sys::read_file(sys::cwd(), place.path + "/sample.tar.gz");
    zstd = sys::read_file(sys::cwd(), place.path + "/sample.tar.zst");
  }
};

Sample& sample() {
  static Sample instance;
  return instance;
}

uint64_t decode(const std::string& packed) {
  std::unique_ptr<Decoder> decoder = make_decoder(detect_encoding(bytes_of(packed).first(encoding_magic_bytes)));
  std::vector<std::byte> output(128 * 1024);
  std::span<const std::byte> rest = bytes_of(packed);
  uint64_t plain = 0;
  for (;;) {
    Decoder::Progress progress = decoder->step(rest, output);
    rest = rest.subspan(progress.consumed);
    plain += progress.produced;
    if (progress.consumed == 0 && progress.produced == 0) return plain;
  }
}

void inflate_gzip(benchmark::State& state) {
  sample();
  uint64_t plain = 0;
  for (auto _ : state) plain += decode(sample().gzip);
  state.SetBytesProcessed(static_cast<int64_t>(plain));
}
BENCHMARK(inflate_gzip)->Unit(benchmark::kMillisecond);

void decode_zstd(benchmark::State& state) {
  uint64_t plain = 0;
  for (auto _ : state) plain += decode(sample().zstd);
  state.SetBytesProcessed(static_cast<int64_t>(plain));
}
BENCHMARK(decode_zstd)->Unit(benchmark::kMillisecond);

void hash_sha256(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sha256(sample().tar));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample().tar.size()));
}
BENCHMARK(hash_sha256)->Unit(benchmark::kMillisecond);

// Tar in memory to a tree on the disk, without hashing or decoding.
void write_tree(benchmark::State& state) {
  uint64_t entries = 0;
  for (auto _ : state) {
    state.PauseTiming();
    sys::mkdirs(sample().place.path + "/tree", 0755);
    Fd outer = sys::open_dir(sys::cwd(), sample().place.path);
    Fd root = sys::open_dir(outer, "tree");
    state.ResumeTiming();
    TreeWriter writer(root, outer);
    TarUnpacker unpacker(writer);
    std::span<const std::byte> rest = bytes_of(sample().tar);
    while (!rest.empty()) {
      unpacker.feed(rest.first(std::min<size_t>(rest.size(), 128 * 1024)));
      while (!unpacker.step()) {
      }
      rest = rest.subspan(std::min<size_t>(rest.size(), 128 * 1024));
    }
    while (!unpacker.finish()) {
    }
    entries += writer.entries();
    state.PauseTiming();
    sys::remove_tree(outer, "tree");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(entries));
}
BENCHMARK(write_tree)->Unit(benchmark::kMillisecond);

// The peer: GNU tar from the same page cache.
void gnu_tar(benchmark::State& state) {
  sample();
  for (auto _ : state) {
    state.PauseTiming();
    sample().place.run("mkdir tree");
    state.ResumeTiming();
    if (sample().place.run("tar -C tree -xpf sample.tar") != 0) state.SkipWithError("tar failed");
    state.PauseTiming();
    sample().place.run("rm -rf tree");
    state.ResumeTiming();
  }
}
BENCHMARK(gnu_tar)->Unit(benchmark::kMillisecond)->UseRealTime();

// What keeping the tar's headers costs a pull, so that save and push can give the tar back: the tar in memory to the
// two files beside the tree.
void record_tar(benchmark::State& state) {
  sample();
  uint64_t record_bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    sys::mkdirs(sample().place.path + "/record", 0755);
    Fd dir = sys::open_dir(sys::cwd(), sample().place.path + "/record");
    state.ResumeTiming();
    TarRecordWriter record(dir);
    std::span<const std::byte> rest = bytes_of(sample().tar);
    while (!rest.empty()) {
      size_t count = std::min<size_t>(rest.size(), 128 * 1024);
      record.take(rest.first(count));
      rest = rest.subspan(count);
    }
    record.finish();
    state.PauseTiming();
    record_bytes = static_cast<uint64_t>(sys::fstatat(dir, tar_split_file).st_size);
    sys::remove_tree(sys::cwd(), sample().place.path + "/record");
    state.ResumeTiming();
  }
  state.counters["record_bytes"] = static_cast<double>(record_bytes);
  state.counters["tar_bytes"] = static_cast<double>(sample().tar.size());
}
BENCHMARK(record_tar)->Unit(benchmark::kMillisecond);

Task<void> put(Store& store, const std::string& blob, Descriptor descriptor, Digest diff_id) {
  std::unique_ptr<LayerWriter> writer = co_await store.begin_layer(descriptor, diff_id);
  co_await writer->write(bytes_of(blob));
  co_await writer->finish();
}

// The whole way of a gzip layer: both hashes, inflate, tree, the disk's own write-out, publishing.
void whole_layer(benchmark::State& state) {
  Descriptor descriptor{
      .media_type = {}, .digest = sha256(sample().gzip), .size_bytes = sample().gzip.size(), .urls = {}};
  Digest diff_id = sha256(sample().tar);
  for (auto _ : state) {
    Loop loop;
    Store store(sample().place.path + "/root");
    loop.run(put(store, sample().gzip, descriptor, diff_id));
    state.PauseTiming();
    sys::remove_tree(sys::cwd(), sample().place.path + "/root");
    state.ResumeTiming();
  }
}
// The tar of a stored layer made again, hashed: what save and push read.
void read_tar_back(benchmark::State& state) {
  Descriptor descriptor{
      .media_type = {}, .digest = sha256(sample().gzip), .size_bytes = sample().gzip.size(), .urls = {}};
  Digest diff_id = sha256(sample().tar);
  Loop loop;
  Store store(sample().place.path + "/root");
  loop.run(put(store, sample().gzip, descriptor, diff_id));
  std::vector<std::byte> buffer(256 * 1024);
  for (auto _ : state) {
    LayerTar tar(store.root_fd(), diff_id);
    while (tar.read(buffer) > 0) {
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample().tar.size()));
  sys::remove_tree(sys::cwd(), sample().place.path + "/root");
}
BENCHMARK(read_tar_back)->Unit(benchmark::kMillisecond)->UseRealTime();

BENCHMARK(whole_layer)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
