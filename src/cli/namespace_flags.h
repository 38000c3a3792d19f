#pragma once
#include <string>

#include "runtime/spec.h"

namespace ccocker::cli {

// --pid host|container:NAME, --ipc private|shareable|host and --uts host, as Docker's. Errc::invalid for others.
void set_pid_namespace(const std::string& text, runtime::SharedNamespaces& shared);  // the container by name still
void set_ipc_namespace(const std::string& text, runtime::SharedNamespaces& shared);
void set_uts_namespace(const std::string& text, runtime::SharedNamespaces& shared);

}  // namespace ccocker::cli
