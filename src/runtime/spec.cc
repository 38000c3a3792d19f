#include "runtime/spec.h"

namespace ccocker::runtime {

Spec default_spec() { return {}; }

}  // namespace ccocker::runtime
