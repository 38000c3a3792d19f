#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"

namespace ccocker::runtime {

struct ResolvedUser {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> groups;  // supplementary ones, ascending, without repeats
  std::string home = "/";
};

// Resolves `user` ("", "name", "uid", either with ":group" or ":gid") and --group-add's `additional` in the
// /etc/passwd and /etc/group below the directory `root`, which is the container's: links in it stay inside. A number
// needs no entry, a name does. Errc::not_found "unable to find user x: no matching entries in passwd file" as Docker;
// Errc::invalid for numbers out of range.
ResolvedUser resolve_user(FdView root, const std::string& user, const std::vector<std::string>& additional = {});

// The same on the two files' bytes, which nobody has checked. Lines that do not parse count for nothing.
ResolvedUser resolve_user_in(std::string_view passwd, std::string_view group, const std::string& user,
                             const std::vector<std::string>& additional = {});

}  // namespace ccocker::runtime
