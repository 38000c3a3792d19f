// A layer's tar comes back from the store as it was, byte for byte.
#include "registry/layer_tar.h"

#include <fcntl.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/builtin.h"
#include "registry/sha256.h"
#include "registry/store.h"
#include "registry/tar_record.h"
#include "tar_builder.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

Task<void> put(Store& store, std::string tar, size_t piece_bytes) {
  Descriptor blob{.media_type = "", .digest = sha256(tar), .size_bytes = tar.size(), .urls = {}};
  std::unique_ptr<LayerWriter> writer = co_await store.begin_layer(blob, sha256(tar));
  std::span<const std::byte> rest = std::as_bytes(std::span(tar));
  while (!rest.empty()) {
    size_t count = std::min(piece_bytes, rest.size());
    co_await writer->write(rest.first(count));
    rest = rest.subspan(count);
  }
  co_await writer->finish();
}

std::string read_back(const Store& store, const Digest& diff_id, size_t buffer_bytes = 4096) {
  LayerTar tar(store.root_fd(), diff_id);
  std::string out;
  std::vector<std::byte> buffer(buffer_bytes);
  while (size_t count = tar.read(buffer)) out.append(reinterpret_cast<const char*>(buffer.data()), count);
  CHECK(out.size() == tar.bytes());
  return out;
}

struct Stored {
  TemporaryDirectory dir;
  std::string root = dir.path() + "/root";
  Store store{root};
  Digest put_tar(const std::string& tar, size_t piece_bytes = 100'000) {
    Loop loop;
    loop.run(put(store, tar, piece_bytes));
    return sha256(tar);
  }
  std::string layer_file(const Digest& id, const std::string& path) {
    return root + "/layers/" + id.hex() + "/" + path;
  }
};

void comes_back(const std::string& tar, size_t piece_bytes = 100'000) {
  Stored stored;
  Digest id = stored.put_tar(tar, piece_bytes);
  CHECK(read_back(stored.store, id) == tar);
}

std::string big(size_t bytes) {
  std::string text;
  for (size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i * 2654435761u);
  text.resize(bytes);
  return text;
}

}  // namespace

TEST_CASE("a layer's tar comes back byte for byte") {
  std::string tar = TarBuilder()
                        .dir("etc")
                        .file("etc/passwd", "root:x:0:0\n")
                        .file("empty", "")
                        .file("big", big(700'001))
                        .hard_link("etc/same", "etc/passwd")
                        .symlink("link", "etc")
                        .file("link/through", "a link of the image's own")
                        .add({.name = "with pax", .content = "1234", .pax = {{"mtime", "1600000000.25"}}})
                        .add({.name = "dev", .type = '3', .major = 1, .minor = 3})
                        .end();
  for (size_t piece : {size_t{1'000'000}, size_t{511}, size_t{7919}}) comes_back(tar, piece);
}

TEST_CASE("what no reader looks at comes back too") {
  std::string tar = TarBuilder().file("f", "content").end();
  comes_back(tar + std::string(10'240 - tar.size() % 10'240, '\0'));
  comes_back(tar + "something behind the end of the archive");
  comes_back(TarBuilder().file("f", "content").unended());
  comes_back(std::string(1024, '\0'));
}

TEST_CASE("files that later entries of the layer replace keep their content for the tar") {
  std::string tar = TarBuilder()
                        .file("f", "first")
                        .hard_link("g", "f")
                        .file("f", "second")
                        .dir("d")
                        .file("d/inside", "of a directory that becomes a file")
                        .file("d", "now a file")
                        .file("f", "third")
                        .symlink("d", "f")
                        .end();
  comes_back(tar);
}

TEST_CASE("whiteouts and opaque directories come back as they were") {
  comes_back(TarBuilder().dir("d").file("d/.wh..wh..opq", "").file(".wh.gone", "").file("d/x", "y").end());
}

TEST_CASE("a long name that was cut behind a slash does not keep its file from being known as one") {
  std::string long_name = std::string(99, 'd') + "/file", content = big(500'000);
  for (bool pax : {true, false}) {
    TarBuilder builder;
    builder.dir(std::string(99, 'd'));
    if (!pax) builder.add({.name = "././@LongLink", .type = 'L', .content = long_name + '\0'});
    builder.add({.name = long_name.substr(0, 100),
                 .content = content,
                 .pax = pax ? std::vector<std::pair<std::string, std::string>>{{"path", long_name}}
                            : std::vector<std::pair<std::string, std::string>>{}});
    std::string tar = builder.file("after", content).end();
    comes_back(tar);
    Stored stored;
    Digest id = stored.put_tar(tar);
    CHECK(sys::read_file(sys::cwd(), stored.layer_file(id, "tree/" + long_name)) == content);
    CHECK(sys::read_file(sys::cwd(), stored.layer_file(id, tar_split_file)).size() < 2000);
  }
}

TEST_CASE("hard links with a content, unknown types and sparse files are kept whole") {
  comes_back(TarBuilder()
                 .file("f", "content")
                 .add({.name = "sparse",
                       .content = std::string("1\n5\n3\n") + std::string(506, '\0') + "abc",
                       .pax = {{"GNU.sparse.major", "1"},
                               {"GNU.sparse.minor", "0"},
                               {"GNU.sparse.name", "sparse"},
                               {"GNU.sparse.realsize", "8"}}})
                 .file("after", "more")
                 .end());
}

TEST_CASE("a file that was changed in the store is noticed") {
  Stored stored;
  Digest id = stored.put_tar(TarBuilder().file("etc/motd", "hello").file("z", "zz").end());
  std::string path = stored.layer_file(id, "tree/etc/motd");
  SECTION("another size") {
    sys::write_all(sys::openat(sys::cwd(), path, O_WRONLY | O_APPEND), "!");
    CHECK_THROWS_WITH(read_back(stored.store, id), Catch::Contains("etc/motd was changed"));
  }
  SECTION("the same size") {
    sys::write_all(sys::openat(sys::cwd(), path, O_WRONLY), "J");
    CHECK_THROWS_WITH(read_back(stored.store, id), Catch::Contains("DiffID"));
  }
  SECTION("a link in its place") {
    sys::unlinkat(sys::cwd(), path);
    sys::symlinkat("/etc/passwd", sys::cwd(), path);
    CHECK_THROWS_WITH(read_back(stored.store, id), Catch::Contains("etc/motd was changed"));
  }
  SECTION("gone") {
    sys::unlinkat(sys::cwd(), path);
    CHECK_THROWS_WITH(read_back(stored.store, id), Catch::Contains("etc/motd was changed"));
  }
  SECTION("a damaged record") {
    std::string record = stored.layer_file(id, tar_split_file);
    std::string bytes = sys::read_file(sys::cwd(), record);
    bytes[bytes.size() / 2] ^= 0x55;
    sys::write_all(sys::openat(sys::cwd(), record, O_WRONLY), bytes);
    CHECK_THROWS_AS(read_back(stored.store, id), Error);
  }
}

TEST_CASE("a layer that an older ccocker stored says what to do") {
  Stored stored;
  Digest id = stored.put_tar(TarBuilder().file("f").end());
  sys::unlinkat(sys::cwd(), stored.layer_file(id, tar_split_file));
  CHECK_THROWS_WITH(read_back(stored.store, id), Catch::Contains("older ccocker") && Catch::Contains("pull it again"));
}

TEST_CASE("the built-in image's tar is the program's own") {
  Stored stored;
  stored.store.builtin();
  CHECK(sha256(read_back(stored.store, builtin_image().diff_id)) == builtin_image().diff_id);
}
