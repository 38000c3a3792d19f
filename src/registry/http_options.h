#pragma once
#include "registry/http_transfer.h"

namespace ccocker::registry {

// Tells libcurl what `transfer.request` asks for, and where to bring the answer: `transfer` must stay where it is.
void set_options(TransferState& transfer);

}  // namespace ccocker::registry
