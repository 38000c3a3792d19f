#pragma once
#include <string>

#include "cli/options.h"

namespace ccocker::cli {

// Flags of Docker that change nothing here, as long as they ask for nothing that is not there.
// --disable-content-trust is true unless told otherwise. Errc::unsupported for =false: no signatures are checked here.
void check_content_trust(const Flags& flags);
// --isolation knows "default" on Linux. Errc::invalid for others.
void check_isolation(const std::string& text);

}  // namespace ccocker::cli
