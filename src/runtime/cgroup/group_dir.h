#pragma once
// One directory of a control group hierarchy, either version.
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

// Makes HIERARCHY/PARENT/ID with all it needs above, and opens it. PARENT may have several parts. Another process
// that removes an empty PARENT meanwhile is raced until it is won.
Fd make_group(const std::string& hierarchy, const std::string& parent, const std::string& id);
std::optional<Fd> open_group(const std::string& hierarchy, const std::string& parent, const std::string& id);
// Removes HIERARCHY/PARENT/ID with its subgroups, then PARENT as far as it is empty. False when something in it is
// still busy.
bool remove_group(const std::string& hierarchy, const std::string& parent, const std::string& id);
// Upwards until one is in use by another container.
void remove_empty_parents(const std::string& hierarchy, const std::string& parent);

// A file of a group; nullopt when it is not there, or its group was removed between open and read (ENODEV).
std::optional<std::string> read_group_file(FdView dir, const std::string& path);

// The processes of a group and its subgroups, as our PID namespace numbers them.
std::vector<pid_t> group_processes(FdView group);
// The number behind `key` in a file of lines "key number"; nullopt when file or key is missing.
std::optional<uint64_t> keyed_number(FdView group, const char* file, const char* key);
// A file of one number; nullopt when it is missing, or "max".
std::optional<uint64_t> single_number(FdView group, const char* file);

}  // namespace ccocker::runtime
