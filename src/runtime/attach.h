#pragma once
#include <string>

#include "loop/task.h"
#include "runtime/container.h"
#include "runtime/control_client.h"

namespace ccocker::runtime {

struct AttachOptions {
  Stdio stdio;              // whether our input is sent, and whether the container has a terminal
  std::string detach_keys;  // as bytes; "" for none
  bool forward_signals = true;
};

struct AttachResult {
  bool detached = false;  // by the keys; the container goes on
  int exit_code = 0;
  std::string post_mortem;
};

// Joins the streams of a container over `client` until it ends or the detach keys are typed. Errc::failed when its
// supervisor dies.
Task<AttachResult> attach(ControlClient client, AttachOptions options);

}  // namespace ccocker::runtime
