#include "cli/main.h"

#include <cstdio>

namespace ccocker::cli {

int main(int, char**) {
  std::puts("ccocker " CCOCKER_VERSION);
  return 0;
}

}  // namespace ccocker::cli
