#pragma once
#include <cstdint>
#include <string>

namespace ccocker::runtime {

// MS_PRIVATE and its like (mount(2)) for a word of -v and --mount, "rslave"; empty is private. Whether it goes for
// submounts too is said by the "r". Errc::invalid for other words.
uint64_t propagation_flag(const std::string& word);

// Errc::invalid where nothing could propagate, as in Docker: a shared mount of `source` takes one that is shared on the
// host, a slave one that is shared or a slave. What /proc/self/mountinfo does not show passes.
void require_propagation(const std::string& source, const std::string& word);

}  // namespace ccocker::runtime
