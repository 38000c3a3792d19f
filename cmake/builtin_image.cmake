# The built-in image: a small root around Debian's static busybox, made at build time and carried inside the program
# (src/registry/builtin.h). The same busybox gives the same bytes, and so the same image ID.
find_program(CCOCKER_BUSYBOX NAMES busybox PATHS /bin /usr/bin NO_DEFAULT_PATH)
if(NOT CCOCKER_BUSYBOX)
  message(FATAL_ERROR "busybox is missing: apt-get install busybox-static")
endif()

set(builtin_dir ${CMAKE_BINARY_DIR}/builtin_image)
set(builtin_script ${CMAKE_SOURCE_DIR}/cmake/builtin_image_build.cmake)
add_custom_command(
  OUTPUT ${builtin_dir}/builtin_image.c ${builtin_dir}/root.tar
  COMMAND ${CMAKE_COMMAND} -DBUSYBOX=${CCOCKER_BUSYBOX} -DOUT=${builtin_dir} -DMACHINE=${CMAKE_SYSTEM_PROCESSOR}
          -P ${builtin_script}
  DEPENDS ${builtin_script} ${CCOCKER_BUSYBOX}
  COMMENT "Making the built-in image"
  VERBATIM)
add_library(builtin_image STATIC ${builtin_dir}/builtin_image.c)
set_source_files_properties(${builtin_dir}/builtin_image.c PROPERTIES OBJECT_DEPENDS ${builtin_dir}/root.tar)
target_link_libraries(registry PRIVATE builtin_image)
