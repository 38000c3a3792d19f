#pragma once
#include <functional>
#include <string>

#include "runtime/log_source.h"

namespace ccocker::runtime {

// Gives the entries of a container's log in order, json-file or journald; `caught_up` is called whenever there is no
// more for now. Errc::unsupported with the reason for one that keeps none.
Task<void> read_log(std::string root, std::string state, std::string id, LogQuery query, TakeLogLine take,
                    std::function<void()> caught_up = {});

}  // namespace ccocker::runtime
