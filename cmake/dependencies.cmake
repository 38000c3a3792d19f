# What the program is made of, and how each part reaches it (docs/ARCHITECTURE.md, "Linking"):
#   linked statically   libstdc++, libgcc, liburing, libnl-3, libnl-route-3, libseccomp, Boost.Context
#   headers only        nlohmann/json, cxxopts, spdlog, fmt
#   bound by dlopen     libcurl, libarchive, libcrypto, libisal, libzstd, libnftables, libsystemd:
#                       only their headers are used here
function(require_header header package)
  string(MAKE_C_IDENTIFIER "HAVE_${header}" found)
  find_path(${found} ${header} PATH_SUFFIXES libnl3)
  if(NOT ${found})
    message(FATAL_ERROR "${header} is missing: apt-get install ${package}")
  endif()
endfunction()

function(require_archive target archive package)
  find_library(${target}_archive ${archive})
  if(NOT ${target}_archive)
    message(FATAL_ERROR "${archive} is missing: apt-get install ${package}")
  endif()
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${target}_archive})
endfunction()

require_header(liburing.h liburing-dev)
require_header(curl/curl.h libcurl4-openssl-dev)
require_header(archive.h libarchive-dev)
require_header(isa-l.h libisal-dev)
require_header(zstd.h libzstd-dev)
require_header(openssl/evp.h libssl-dev)
require_header(seccomp.h libseccomp-dev)
require_header(nlohmann/json.hpp nlohmann-json3-dev)
require_header(cxxopts.hpp libcxxopts-dev)
require_header(spdlog/spdlog.h libspdlog-dev)
require_header(fmt/format.h libfmt-dev)
require_header(boost/context/fiber.hpp libboost-context-dev)
require_header(netlink/netlink.h libnl-3-dev)
require_header(nftables/libnftables.h libnftables-dev)
require_header(systemd/sd-journal.h libsystemd-dev)

require_archive(uring liburing.a liburing-dev)
require_archive(seccomp libseccomp.a libseccomp-dev)
require_archive(boost_context libboost_context.a libboost-context-dev)
require_archive(nl3 libnl-3.a libnl-3-dev)
require_archive(nl3_route libnl-route-3.a libnl-route-3-dev)
target_include_directories(nl3 INTERFACE ${HAVE_netlink_netlink_h})
target_link_libraries(nl3_route INTERFACE nl3)

# fmt as one object instead of a header-only library, which costs every file that formats a string three seconds; for
# fuzzers, which nobody copies to another machine, its shared library.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_library(fmt_once STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt_once.cc)
  target_compile_definitions(fmt_once PRIVATE FMT_HEADER_ONLY)
  target_compile_options(fmt_once PRIVATE -O2 -fno-inline -fkeep-inline-functions -ffunction-sections)
endif()

# Options every target of this project is compiled and linked with.
add_library(ccocker_options INTERFACE)
target_compile_options(ccocker_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  # GCC 12 sees these in the inside of std::string, std::variant and coroutine frames, where they are not.
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-dangling-pointer$<SEMICOLON>-Wno-stringop-overflow$<SEMICOLON>-Wno-maybe-uninitialized$<SEMICOLON>-Wno-restrict$<SEMICOLON>-Wno-array-bounds>
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(ccocker_options INTERFACE
  _GNU_SOURCE _FILE_OFFSET_BITS=64 SPDLOG_FMT_EXTERNAL
  CCOCKER_VERSION="${PROJECT_VERSION}")
if(TARGET fmt_once)
  target_link_libraries(ccocker_options INTERFACE fmt_once)
else()
  find_package(fmt REQUIRED)
  target_link_libraries(ccocker_options INTERFACE fmt::fmt)
endif()
target_link_options(ccocker_options INTERFACE -Wl,--as-needed -Wl,-z,relro,-z,now)
if(CCOCKER_SANITIZE)
  # Checks of every pointer for null and alignment cost a quarter of the compile time and find what AddressSanitizer finds,
  # too, or what the processor does not mind.
  target_compile_options(ccocker_options INTERFACE -fsanitize=address,undefined -fno-sanitize=null,alignment
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(ccocker_options INTERFACE -fsanitize=address,undefined)
else()
  target_link_options(ccocker_options INTERFACE -static-libstdc++ -static-libgcc)
  target_compile_options(ccocker_options INTERFACE $<$<CONFIG:Release>:-ffunction-sections$<SEMICOLON>-fdata-sections>)
  target_link_options(ccocker_options INTERFACE $<$<CONFIG:Release>:-Wl,--gc-sections$<SEMICOLON>-Wl,-z,pack-relative-relocs>)
endif()
