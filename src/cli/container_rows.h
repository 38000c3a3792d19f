#pragma once
// Containers as `ps` shows them: pure, so that its columns are unit tests.
#include <span>
#include <string>
#include <vector>

#include "cli/listing.h"
#include "runtime/net/port_table.h"
#include "runtime/record.h"

namespace ccocker::cli {

struct ListedContainer {
  runtime::ContainerRecord record;
  std::vector<runtime::PortMapping> ports;  // the host's that lead to it; none unless it runs
};

std::span<const Heading> container_headings();
Row container_row(const ListedContainer& listed, int64_t now_unix_s, bool truncate);
std::vector<std::string> network_names(const runtime::Spec& spec);  // "bridge", "none", "host" or what people made
// "Up 3 seconds", "Exited (0) 4 minutes ago", "Created".
std::string status_text(const runtime::Container& container, int64_t now_unix_s);
const char* status_word(runtime::Status status);  // "running"

}  // namespace ccocker::cli
