#include "registry/libarchive.h"

#include <new>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

locale_t utf8_locale() {
  static locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);  // built into glibc since 2.35
  if (!locale) throw Error::sys("newlocale", "C.UTF-8");
  return locale;
}

}  // namespace

const LibArchive& libarchive() {
  static const LibArchive table;
  return table;
}

ArchiveReader new_archive_reader() {
  ArchiveReader reader(libarchive().read_new());
  if (!reader) throw std::bad_alloc();
  return reader;
}

std::string archive_error(archive* reader) {
  const char* text = libarchive().error_string(reader);
  return text ? text : "no reason given";
}

void throw_unreadable_tar(archive* reader) {
  throw Error(Errc::corrupt, "the tar cannot be read: " + archive_error(reader));
}

Utf8Locale::Utf8Locale() : previous_(::uselocale(utf8_locale())) {}
Utf8Locale::~Utf8Locale() { ::uselocale(previous_); }

}  // namespace ccocker::registry
