// A layer is the same whether the loop unpacks it or two processes beside it do.
#include "registry/unpacking.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "catch.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/piece_queue.h"
#include "registry/sha256.h"
#include "tar_builder.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

using Start = std::unique_ptr<Unpacking> (*)(FdView);

struct Way {
  const char* name;
  Start start;
};
constexpr Way ways[] = {{"here", unpack_here}, {"apart", unpack_apart}};

Task<void> give(Unpacking& unpacking, std::string blob, size_t piece_bytes) {
  std::span<const std::byte> rest = std::as_bytes(std::span(blob));
  while (!rest.empty()) {
    size_t count = std::min(piece_bytes, rest.size());
    co_await unpacking.write(rest.first(count));
    rest = rest.subspan(count);
  }
}

Task<UnpackedLayer> unpack(Start start, FdView staging, std::string blob, size_t piece_bytes) {
  std::unique_ptr<Unpacking> unpacking = start(staging);
  co_await give(*unpacking, std::move(blob), piece_bytes);
  UnpackedLayer layer = co_await unpacking->finish();
  co_return layer;
}

UnpackedLayer unpacked(Start start, FdView staging, const std::string& blob, size_t piece_bytes = 1 << 20) {
  Loop loop;
  return loop.run(unpack(start, staging, blob, piece_bytes));
}

std::string failure(Start start, const std::string& blob) {
  TemporaryDirectory dir;
  try {
    unpacked(start, dir.fd(), blob);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::corrupt);
    return error.text();
  }
  return "no failure";
}

// Bytes that no encoder makes smaller.
std::string noise(size_t bytes) {
  std::string out(bytes, '\0');
  uint64_t state = 88172645463325252ull;
  for (char& byte : out) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    byte = static_cast<char>(state);
  }
  return out;
}

std::vector<pid_t> children() {
  std::ifstream list("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  return {std::istream_iterator<pid_t>(list), {}};
}

size_t open_descriptors() { return sys::list_dir(sys::open_dir(sys::cwd(), "/proc/self/fd")).size(); }

}  // namespace

TEST_CASE("both ways of unpacking give the same tree, digest and figures") {
  std::string content = noise(3 << 20);
  std::string tar =
      TarBuilder().dir("d", 02750).file("d/large", content).file("d/small", "s", 04755).symlink("l", "d").end();
  for (std::string packer : {"cat", "gzip", "zstd"}) {
    std::string blob = filtered(packer, tar);
    if (blob.empty()) continue;
    for (const Way& way : ways) {
      for (size_t piece : {5000u, 1u << 20}) {
        INFO(packer << ", " << way.name << ", pieces of " << piece);
        TemporaryDirectory dir;
        UnpackedLayer layer = unpacked(way.start, dir.fd(), blob, piece);
        CHECK(layer.diff_id == sha256(tar));
        CHECK(layer.tar_bytes == tar.size());
        CHECK(layer.content_bytes == content.size() + 1);
        CHECK(layer.entries == 4);
        CHECK(sha256(sys::read_file(dir.fd(), "tree/d/large")) == sha256(content));
        CHECK(sys::fstatat(dir.fd(), "tree/d").st_mode == (S_IFDIR | 02750));
        CHECK(sys::fstatat(dir.fd(), "tree/d/small").st_mode == (S_IFREG | 04755));
        CHECK(sys::readlinkat(sys::open_dir(dir.fd(), "tree"), "l") == "d");
      }
    }
  }
  CHECK(children().empty());
}

TEST_CASE("both ways of unpacking tell what is wrong with a layer in the same words") {
  std::string content = noise(3 << 20);
  std::string tar = TarBuilder().file("f", content).end();
  std::string gzip = filtered("gzip -n", tar);
  std::string damaged = gzip;
  damaged.replace(damaged.size() / 2, 8, "????????");
  std::string cut = gzip.substr(0, gzip.size() - 9);
  std::string outside = filtered("gzip", TarBuilder().file("a", content).file("../../x").file("b", content).end());
  std::string bomb = filtered("sh -c 'head -c 3000000000 /dev/zero | zstd -1'", "");
  for (const std::string& blob : {damaged, cut, outside, bomb, noise(1 << 20)}) {
    std::string text = failure(unpack_here, blob);
    CHECK(text != "no failure");
    CHECK(failure(unpack_apart, blob) == text);
  }
  CHECK_THAT(failure(unpack_apart, outside), Catch::Contains("../../x leaves the layer's root"));
  CHECK(children().empty());
}

TEST_CASE("a process that is done first takes nothing from its neighbour") {
  std::string tar = TarBuilder().file("f", noise(PieceQueue::piece_bytes * (PieceQueue::pieces + 2))).end();
  Digest diff_id = sha256(tar);
  for (int round = 0; round < 50; ++round) {
    TemporaryDirectory dir;
    CHECK(unpacked(unpack_apart, dir.fd(), tar).diff_id == diff_id);
  }
}

TEST_CASE("the death of a process that unpacks is told, and the other one ends") {
  std::string blob = TarBuilder().file("f", noise(8 << 20)).end();
  for (size_t victim : {0u, 1u}) {
    TemporaryDirectory dir;
    Loop loop;
    size_t descriptors = open_descriptors();
    auto killed = [&]() -> Task<UnpackedLayer> {
      std::unique_ptr<Unpacking> unpacking = unpack_apart(dir.fd());
      co_await give(*unpacking, blob.substr(0, 1 << 20), 1 << 20);
      std::vector<pid_t> workers = children();
      REQUIRE(workers.size() == 2);
      ::kill(workers[victim], SIGKILL);
      co_await give(*unpacking, blob.substr(1 << 20), 1 << 20);
      UnpackedLayer layer = co_await unpacking->finish();
      co_return layer;
    };
    Task<UnpackedLayer> task = killed();
    CHECK_THROWS_WITH(loop.run(std::move(task)),
                      Catch::Contains(victim == 0 ? "the process that decodes it was killed by signal 9"
                                                  : "the process that writes its files was killed by signal 9"));
    CHECK(children().empty());
    CHECK(open_descriptors() == descriptors);
  }
}

TEST_CASE("unpacking that is given up or cancelled leaves no process") {
  std::string blob = TarBuilder().file("f", noise(4 << 20)).end();
  TemporaryDirectory dir;
  {
    std::unique_ptr<Unpacking> unpacking = unpack_apart(dir.fd());
    CHECK(children().size() == 2);
  }
  CHECK(children().empty());
  sys::remove_tree(dir.fd(), "tree");
  Loop loop;
  auto endless = [&]() -> Task<void> {
    std::unique_ptr<Unpacking> unpacking = unpack_apart(dir.fd());
    for (;;) co_await give(*unpacking, blob, 1 << 20);
  };
  auto stop = [&]() -> Task<void> {
    co_await io::sleep(std::chrono::milliseconds(50));
    loop.cancel_all();
  };
  std::vector<Task<void>> both;
  both.push_back(endless());
  both.push_back(stop());
  Task<void> all_of_them = all(std::move(both));
  CHECK_THROWS_AS(loop.run(std::move(all_of_them)), Error);
  CHECK(children().empty());
}

TEST_CASE("a worker holds nothing of ours but what it was given") {
  TemporaryDirectory dir;
  sys::Pipe pipe = sys::pipe();
  std::unique_ptr<Unpacking> unpacking = unpack_apart(dir.fd());
  pipe.write_end.reset();
  char byte;
  CHECK(::read(pipe.read_end.get(), &byte, 1) == 0);  // would wait if a worker had the other end
}

TEST_CASE("a queue of pieces gives back what was sent, and tells when the other side is gone") {
  PieceQueue queue;
  for (int round = 0; round < 20; ++round) {
    std::optional<std::span<std::byte>> room = queue.maker.empty_piece();
    REQUIRE(room);
    (*room)[0] = static_cast<std::byte>(round);
    REQUIRE(queue.maker.send(1));
    std::optional<std::span<const std::byte>> piece = queue.taker.next();
    REQUIRE(piece);
    CHECK(piece->size() == 1);
    CHECK((*piece)[0] == static_cast<std::byte>(round));
  }
  SECTION("no more") {
    REQUIRE(queue.maker.empty_piece());
    REQUIRE(queue.maker.send(0));
    CHECK(queue.taker.next()->empty());
  }
  SECTION("the maker ends") {
    queue.maker = {};
    CHECK_FALSE(queue.taker.next());
  }
  SECTION("the taker ends with a piece unread") {
    REQUIRE(queue.maker.empty_piece());
    REQUIRE(queue.maker.send(1));
    queue.taker = {};
    bool told = false;
    for (size_t i = 0; i < PieceQueue::pieces + 1 && !told; ++i)
      told = !queue.maker.empty_piece() || !queue.maker.send(1);
    CHECK(told);
  }
}
