#pragma once
// Shared by the few files that read and write the store's JSON: including this costs the whole JSON library.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "loop/error.h"
#include "loop/fd.h"

namespace ccocker::registry {

// An object with a "version" of at most `version_max`; Errc::corrupt or unsupported with the file's name.
nlohmann::json parse_store_json(std::string_view bytes, std::string_view file, int version_max);

// A new file, on the disk when this gives back.
void write_synced_file(FdView dir, const std::string& name, std::string_view bytes);

// Runs `read`, which takes a document apart, and turns what the JSON library throws into Errc::corrupt.
template <typename Read>
auto with_json_errors(std::string_view file, Read read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    throw Error(Errc::corrupt, fmt::format("{}: {}", file, error.what()));
  } catch (Error& error) {
    throw std::move(error).in(file);
  }
}

}  // namespace ccocker::registry
