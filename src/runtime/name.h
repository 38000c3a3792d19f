#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace ccocker::runtime {

// Two words, "quiet_noether"; `attempt` above 0 adds digits, for when the plain ones are taken.
std::string made_up_name(unsigned attempt);

// The name without Docker's leading slash. Errc::invalid unless it is [a-zA-Z0-9][a-zA-Z0-9_.-]+ and fits a file name.
std::string checked_name(std::string_view name);

// Names in use are symbolic links ROOT/containers/names/NAME -> ID, so that making one is atomic. A link may be taken
// away only by who holds the live lock of the ID it points at; then it cannot change under the remover's hands.

// False when the name is taken.
bool link_name(const std::string& root, const std::string& name, const std::string& id);
// The ID behind a name; nullopt when nobody has it.
std::optional<std::string> id_behind_name(const std::string& root, const std::string& name);
// Takes the name away if it points at `id`.
void unlink_name(const std::string& root, const std::string& name, const std::string& id);
// The same for every name that points at `id`: for half-made containers whose name no record tells.
void unlink_names_of(const std::string& root, const std::string& id);

}  // namespace ccocker::runtime
