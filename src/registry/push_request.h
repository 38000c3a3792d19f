#pragma once
// Requests of a push, whose answers have no body of interest.
#include <expected>
#include <string>

#include "loop/task.h"
#include "registry/client.h"
#include "registry/descriptor.h"

namespace ccocker::registry {

struct PushAnswer {
  HttpHead head;
  std::string location;  // as a URL; "" when it names none
};

Ask ask_path(Method method, std::string path);  // below /v2/REPOSITORY/
Ask ask_url(Method method, std::string url);

// One try. Any 2xx is success, as it is for containerd: registries differ in which they answer. Other statuses are
// Failures in the registry's words.
Task<std::expected<PushAnswer, Failure>> ask_registry(Client& client, Reference repository, Ask ask);

// One try: whether the repository has the blob, of this size where that is known (0: not).
Task<std::expected<bool, Failure>> look_for_blob(Client& client, Reference repository, Descriptor blob);

}  // namespace ccocker::registry
