#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "registry/tar_format.h"

namespace ccocker::registry {

// Hears what a tar is made of, in order.
class TarPieces {
 public:
  virtual ~TarPieces() = default;
  virtual void raw(std::span<const std::byte> bytes) = 0;    // headers, padding, what is not understood
  virtual void payload(uint64_t entry, uint64_t bytes) = 0;  // the content of entry number `entry`, from 1
};

// Takes a tar apart into the content of its plain files and all the rest (ustar, GNU and pax headers, as libarchive
// counts entries). Only what is beyond doubt is called content: from the first header on that it does not understand,
// behind the end of the archive, and for sparse files, everything is raw. So the pieces always make up the very tar.
class TarSplitter {
 public:
  explicit TarSplitter(TarPieces& pieces) : pieces_(pieces) {}

  void feed(std::span<const std::byte> bytes);
  void finish();  // a header that is cut off is raw, too

 private:
  void take_header();
  void take_extension(char type, uint64_t bytes);
  void take_entry(char type, uint64_t bytes);
  void take_sparse_extension();
  void end_of_kept();
  bool read_pax();
  void take_long_name(std::string_view name);
  void give_up() { only_raw_ = true; }

  TarPieces& pieces_;
  std::array<std::byte, tar_block_bytes> header_;
  size_t header_used_ = 0;
  uint64_t content_left_ = 0;  // of a payload: passed over
  uint64_t kept_left_ = 0;     // raw bytes up to the next header
  bool only_raw_ = false;
  bool sparse_extension_ = false;
  uint64_t sparse_bytes_ = 0;
  uint64_t entries_ = 0;

  std::string pax_;  // the extended header or long name that is being collected
  uint64_t pax_bytes_ = 0;
  char pax_type_ = 0;
  std::optional<uint64_t> pax_size_;  // for the next entry
  bool pax_sparse_ = false;
  enum class LongName { none, plain, slash } long_name_ = LongName::none;  // how it ends
};

}  // namespace ccocker::registry
