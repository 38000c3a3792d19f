#pragma once
#include "runtime/net/address.h"

namespace ccocker::runtime {

// Makes the kernel forget the connections it tracks that are led to `address`: one that goes on, as UDP does, would be
// led there still, without a rule and whoever has the address by then. What cannot be forgotten ends by its silence.
// The kernel looks through all it tracks: some 10 ms with a table of its usual size.
void forget_flows(const Address& address) noexcept;

}  // namespace ccocker::runtime
