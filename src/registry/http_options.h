#pragma once
#include "registry/http_transfer.h"

namespace ccocker::registry {

// Tells libcurl what `transfer.request` asks for, and where to bring the answer: `transfer` must stay where it is.
void set_options(TransferState& transfer);

// Tells libcurl the limit in force, `transfer.stall_limit()`, which changes when the body is out.
void set_stall_limit(const TransferState& transfer);

}  // namespace ccocker::registry
