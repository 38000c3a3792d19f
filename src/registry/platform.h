#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "registry/image.h"

namespace ccocker::registry {

// The names that Docker and containerd settle on: x86_64 -> amd64, aarch64 and arm64/v8 -> arm64, armhf -> arm/v7.
Platform normalize(Platform platform);

// What uname(2) calls a machine, in Go's names: "armv7l" -> linux/arm/v7.
Platform platform_of_machine(std::string_view machine);

// The variants that a machine of this (normalized) platform runs, best first: arm/v7 -> "v7", "v6", "v5".
std::vector<std::string> variants_that_run(const Platform& platform);

// Whether an image for `image` runs where `wanted` is asked for. Old images say nothing about their platform.
bool runs_on(const Platform& image, const Platform& wanted);

}  // namespace ccocker::registry
