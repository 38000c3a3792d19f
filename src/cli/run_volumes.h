#pragma once
// The volumes of a container that is being made: --volume, --mount, --volumes-from and what the image asks for.
#include <string>
#include <vector>

#include "cli/command.h"
#include "registry/image.h"
#include "runtime/spec.h"
#include "runtime/volumes.h"

namespace ccocker::cli {

// Makes the volumes and puts their places into the spec's mounts; nobody removes them as long as this lives, which is
// until the container's record names them. Destroyed without `keep`, it takes away the anonymous ones it has made.
class RunVolumes {
 public:
  RunVolumes(const Context& context, const Flags& flags, const registry::Image& image, runtime::Spec& spec);
  RunVolumes(const RunVolumes&) = delete;
  RunVolumes& operator=(const RunVolumes&) = delete;
  ~RunVolumes();
  void keep();

 private:
  std::string root_, state_;
  Fd held_;
  runtime::Spec made_for_;  // its mounts alone
};

}  // namespace ccocker::cli
