#pragma once
#include <string>
#include <string_view>

#include "registry/digest.h"

namespace ccocker::registry {

// The name of an image, as the distribution project's reference grammar defines it and Docker completes it.
struct Reference {
  std::string registry;    // host[:port]; "docker.io" when none was typed; "builtin" is the program's own image
  std::string repository;  // "library/alpine" for "alpine" on docker.io
  std::string tag;         // "latest" when neither tag nor digest was typed; may be empty when there is a digest
  Digest digest;           // empty when none was typed

  std::string full() const;           // docker.io/library/alpine:3.20
  std::string familiar() const;       // alpine:3.20, as Docker prints it
  std::string familiar_name() const;  // alpine (what the REPOSITORY column shows)
  bool operator==(const Reference&) const = default;
};

bool same_repository(const Reference& one, const Reference& other);

// Errc::invalid with the part of the name that is wrong and why.
Reference parse_reference(std::string_view text);

// Whether people and archives may give an image this name: Errc::invalid for one with a digest (that is found out, not
// chosen), for those of the image inside ccocker, and for one that reads like an ID (sha256:...).
void require_free_name(const Reference& name);

}  // namespace ccocker::registry
