// clang-format off
// fuzzes: registry/tar_splitter registry/tar_record registry/zstd_file registry/zstd_decoder registry/libzstd loop/dynamic_library loop/error loop/sys loop/fd
// clang-format on
// A layer's tar taken apart: whatever it holds and however it is cut, raw pieces and contents are the very input. And
// the reader of a record takes any bytes.
#include <cstdlib>
#include <cstring>
#include <string>

#include "loop/error.h"
#include "registry/tar_record.h"
#include "registry/tar_splitter.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

// Puts the pieces together again, with the contents from the input itself.
class Joiner final : public TarPieces {
 public:
  explicit Joiner(std::string_view input) : input_(input) {}
  void raw(std::span<const std::byte> bytes) override {
    if (bytes.size() > input_.size() - at_) std::abort();
    if (std::memcmp(bytes.data(), input_.data() + at_, bytes.size()) != 0) std::abort();
    at_ += bytes.size();
  }
  void payload(uint64_t entry, uint64_t bytes) override {
    if (entry <= last_entry_ || bytes == 0) std::abort();
    last_entry_ = entry;
    at_ += static_cast<size_t>(std::min<uint64_t>(bytes, input_.size() - at_));
  }
  bool complete() const { return at_ == input_.size(); }

 private:
  std::string_view input_;
  size_t at_ = 0;
  uint64_t last_entry_ = 0;
};

void split(std::string_view input, size_t piece_bytes) {
  Joiner joiner(input);
  TarSplitter splitter(joiner);
  for (size_t at = 0; at < input.size(); at += piece_bytes) {
    std::string_view piece = input.substr(at, piece_bytes);
    splitter.feed(std::as_bytes(std::span(piece)));
  }
  splitter.finish();
  if (!joiner.complete()) std::abort();
}

template <typename Reader, typename Item>
void read(std::string_view input) {
  size_t at = 0;
  Reader reader([&](std::span<std::byte> to) {
    size_t count = std::min({to.size(), input.size() - at, size_t{100}});
    std::memcpy(to.data(), input.data() + at, count);
    at += count;
    return count;
  });
  try {
    Item item;
    while (reader.next(item)) {
    }
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (size_t piece : {size_t{1}, size_t{511}, size_t{1} << 20}) split(input, piece);
  read<SplitReader, SplitFrame>(input);
  read<PathReader, PathItem>(input);
  return 0;
}
