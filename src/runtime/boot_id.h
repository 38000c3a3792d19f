#pragma once
#include <string>

namespace ccocker::runtime {

// Which boot of the machine this is (random(4), boot_id); empty where the kernel does not say.
const std::string& boot_id();

}  // namespace ccocker::runtime
