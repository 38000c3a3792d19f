#pragma once
#include <string>

#include "runtime/spec.h"

namespace ccocker::runtime {

// The container's host name: as asked for, or the short ID; with the host's network or UTS namespace the host's own.
std::string host_name_of(const Spec& spec, const std::string& id);

}  // namespace ccocker::runtime
