#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "registry/image.h"

namespace ccocker::registry {

// What `remove` did, in the order it happened, for printing as Docker does.
struct Removal {
  std::vector<std::string> untagged;  // references
  std::vector<Digest> deleted;        // image IDs and layers' diff IDs
};

// The images and layers below --root. Opening it cleans what a killed process left (staging directories whose lock
// nobody holds). All methods may be called by several processes at once.
class Store {
 public:
  explicit Store(const std::string& root);  // made when missing; Errc::denied or system with the path

  std::vector<Image> images() const;  // newest first
  // By reference, by "sha256:<hex>" or by an ID prefix of at least 1 digit. Errc::not_found; Errc::conflict when the
  // prefix fits several.
  Image find(const std::string& name) const;
  std::optional<Image> find_reference(const Reference& reference) const;

  // Removes a name, or the image with all its names when `name` is an ID. `used` are the IDs that containers use:
  // Errc::conflict for those (without `force`, also when several names point to an ID).
  Removal remove(const std::string& name, const std::set<Digest>& used, bool force);

  // The image carried inside the program, unpacked on first use; gives the stored image. Reference "builtin/busybox".
  Image builtin();

  const std::string& root() const { return root_; }

 private:
  std::string root_;
};

}  // namespace ccocker::registry
