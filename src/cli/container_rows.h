#pragma once
// Containers as `ps` shows them: pure, so that its columns and filters are unit tests.
#include <span>
#include <string>
#include <vector>

#include "cli/filter.h"
#include "cli/listing.h"
#include "runtime/container.h"

namespace ccocker::cli {

std::span<const Heading> container_headings();
// `ports` is what stands in its column PORTS.
Row container_row(const runtime::Container& container, int64_t now_unix_s, bool truncate,
                  const std::string& ports = "");
// "Up 3 seconds", "Exited (0) 4 minutes ago", "Created".
std::string status_text(const runtime::Container& container, int64_t now_unix_s);
const char* status_word(runtime::Status status);  // "running"

Filters container_filters(const std::vector<std::string>& values);
bool fits(const Filters& filters, const runtime::Container& container);

}  // namespace ccocker::cli
