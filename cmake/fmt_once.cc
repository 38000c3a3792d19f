// fmt's functions, compiled once: Debian has no libfmt.a, and as a header-only library fmt costs every file that
// formats a string three seconds. Built with FMT_HEADER_ONLY and -fkeep-inline-functions, so that all of them are here.
#include <fmt/format.h>
