#include "cli/accepted_flags.h"

#include "cli/bad_value.h"
#include "loop/error.h"

namespace ccocker::cli {

void check_content_trust(const Flags& flags) {
  if (flags.has("disable-content-trust") && !flags.on("disable-content-trust"))
    throw Error(Errc::unsupported, "--disable-content-trust=false: signatures of images cannot be checked here");
}

void check_isolation(const std::string& text) {
  if (!text.empty() && text != "default") bad_value("isolation", text, "default");
}

}  // namespace ccocker::cli
