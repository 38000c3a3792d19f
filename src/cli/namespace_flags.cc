#include "cli/namespace_flags.h"

#include "cli/bad_value.h"

namespace ccocker::cli {

using runtime::NamespaceMode;

void set_pid_namespace(const std::string& text, runtime::SharedNamespaces& shared) {
  constexpr std::string_view container = "container:";
  bool of_container = text.starts_with(container) && text.size() > container.size();
  if (!of_container && !text.empty() && text != "host" && text != "private")
    bad_value("pid", text, "host, container:NAME or private");
  shared.pid = of_container ? NamespaceMode::container : text == "host" ? NamespaceMode::host : NamespaceMode::own;
  shared.pid_container = of_container ? text.substr(container.size()) : "";
}

void set_ipc_namespace(const std::string& text, runtime::SharedNamespaces& shared) {
  // Nobody can ask for the namespace of another container, so a shareable one is a private one.
  if (!text.empty() && text != "host" && text != "private" && text != "shareable")
    bad_value("ipc", text, "private, shareable or host; sharing that of another container is not supported");
  shared.host_ipc = text == "host";
}

void set_uts_namespace(const std::string& text, runtime::SharedNamespaces& shared) {
  if (!text.empty() && text != "host" && text != "private") bad_value("uts", text, "host or private");
  shared.host_uts = text == "host";
}

}  // namespace ccocker::cli
