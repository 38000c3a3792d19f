#pragma once
#include <archive_entry.h>

#include "registry/tree_writer.h"

namespace ccocker::registry {

// What libarchive read of an entry's header, with names as the bytes they were.
void convert_entry(archive_entry* from, TreeEntry& to);

// ARCHIVE_WARN is about names in other character sets and about headers that are odd but readable; the entry is whole.
bool is_usable_entry(int result);

}  // namespace ccocker::registry
