#pragma once
// --restart, --rm, --health-*, --on-unhealthy, --on-pressure, --log-driver, --log-opt, --stop-timeout.
#include <string>
#include <string_view>

#include "cli/options.h"
#include "runtime/policies.h"

namespace ccocker::cli {

// What the flags say; the health check's test is empty unless they give one. Errc::invalid for values and for flags
// that exclude each other.
runtime::Policies parse_policies(const Flags& flags);

// "no", "on-failure[:N]", "always", "unless-stopped".
runtime::RestartPolicy parse_restart(std::string_view text);
// "memory:some=150ms/1s=event|pause|kill".
runtime::PressureTrigger parse_pressure(std::string_view text);
// A command line for the container's shell, "tcp:PORT" or "http:PORT[/PATH]", as HealthCheck::test has it.
std::vector<std::string> parse_health_command(std::string_view text);

// The image's check with what the flags change of it; --no-healthcheck and an image's NONE are none. `image_json` is
// Docker's Healthcheck object of the image's config, "" for none. Errc::corrupt when it is not one.
runtime::HealthCheck complete_health(const Flags& flags, std::string_view image_json);

// Whether --rm was given, in any form but =false.
bool wants_removal(const Flags& flags);

}  // namespace ccocker::cli
