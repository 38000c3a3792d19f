#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "registry/fiber.h"

namespace ccocker::registry {

class TreeWriter;

// Reads a tar that comes piece by piece (ustar, GNU and pax, sparse files too) and hands its entries to a TreeWriter.
// libarchive's reader pulls its input, so it runs on a Fiber that stops where the input ends.
class TarUnpacker {
 public:
  static constexpr std::chrono::microseconds step_max{1000};  // one `step` ends with the first entry behind this

  explicit TarUnpacker(TreeWriter& writer);
  ~TarUnpacker();

  void feed(std::span<const std::byte> bytes);  // must stay valid until `step` gives true
  // Works on what was fed. False: there is more to do, call again after others had their turn. Errc::corrupt for what
  // is not a tar. Bytes behind the end of the archive are skipped.
  [[nodiscard]] bool step();
  // No more input: like `step`, true when all entries are written. Errc::corrupt when the tar is cut off.
  [[nodiscard]] bool finish();

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Fiber> fiber_;
};

}  // namespace ccocker::registry
