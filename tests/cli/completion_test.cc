#include "cli/completion.h"

#include <unistd.h>

#include "catch.h"
#include "loop/sys.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

// completions/ of the checkout that this test program was built in; empty when it was installed elsewhere.
std::string checked_in_dir() {
  std::string path = sys::readlinkat(sys::cwd(), "/proc/self/exe");
  while (path.size() > 1) {
    path.resize(path.rfind('/'));
    if (sys::exists(path + "/completions/ccocker.bash")) return path + "/completions/";
  }
  return {};
}

}  // namespace

TEST_CASE("the completion scripts in completions/ are those that the program prints") {
  std::string dir = checked_in_dir();
  if (dir.empty()) {
    WARN("completions/ is not above the test program");
    return;
  }
  struct Script {
    const char *shell, *file;
  };
  for (Script script : {Script{"bash", "ccocker.bash"}, Script{"zsh", "_ccocker"}, Script{"fish", "ccocker.fish"}}) {
    INFO("write it anew: ccocker completion " << script.shell << " > completions/" << script.file);
    bool same = sys::read_file(sys::cwd(), dir + script.file) == completion_script(script.shell);
    CHECK(same);
  }
}
