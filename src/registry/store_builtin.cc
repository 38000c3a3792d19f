// The built-in image on its first use, and how it is found ever after.
#include <fmt/format.h>
#include <unistd.h>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/builtin.h"
#include "registry/image_record.h"
#include "registry/layer_record.h"
#include "registry/layer_tree.h"
#include "registry/manifest.h"
#include "registry/staging.h"
#include "registry/store.h"
#include "registry/store_files.h"

namespace ccocker::registry {

// A program that was rebuilt around another busybox has another ID here, and moves the name to it.
Image Store::builtin() {
  Digest id = builtin_image().id;
  std::optional<Image> image = find_reference(builtin_reference());
  if (image && image->id == id) return std::move(*image);
  require_writable();
  try {
    unpack_builtin();
  } catch (Error& error) {
    throw std::move(error).in("unpacking the built-in image");
  }
  return load_image(id);
}

void Store::unpack_builtin_layer() {
  BuiltinImage image = builtin_image();
  StagingEntry staging = StagingEntry::claim(root_fd_, "layer-" + image.diff_id.hex());
  if (has_layer(image.diff_id)) return;
  Fd tree = make_layer_tree(staging.dir());
  TreeWriter writer(tree, staging.dir());
  unpack_plain_ustar(image.tar, writer);
  write_layer_record(staging.dir(), {.diff_id = image.diff_id,
                                     .size_bytes = writer.content_bytes(),
                                     .entries = writer.entries(),
                                     .tar_bytes = image.tar.size()});
  if (::syncfs(tree.get()) < 0) throw Error::sys("syncfs", root_);
  staging.publish(layer_path(image.diff_id));
}

void Store::unpack_builtin() {
  BuiltinImage image = builtin_image();
  do unpack_builtin_layer();  // until it is pinned: a layer that no image needs yet may be collected at once
  while (!pin(image.diff_id));
  StoreLock lock(root_fd_);
  publish_image(image.id, make_record(parse_image_config(image.config)), image.config, {});
  ImageNames names = read_names(root_fd_);
  names.ids[name_key(builtin_reference())] = image.id;
  write_names(root_fd_, names);
}

}  // namespace ccocker::registry
