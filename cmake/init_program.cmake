# ccocker-init (src/init): a program of a few kilobytes without a C library, carried inside ccocker
# (src/runtime/init_program.h). Built alike in every preset: sanitizers need a C library.
file(GLOB init_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/init/*.cc)
add_executable(ccocker-init ${init_sources})
target_include_directories(ccocker-init PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(ccocker-init PRIVATE _GNU_SOURCE)
target_compile_options(ccocker-init PRIVATE -Wall -Wextra -Wshadow -Os -g0 -ffreestanding -fno-exceptions -fno-rtti -fno-pie
  -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_options(ccocker-init PRIVATE -nostdlib -static -no-pie -s -Wl,--build-id=none -Wl,-z,noseparate-code
  -Wl,-z,norelro -Wl,-z,noexecstack)

set(init_embedded ${CMAKE_BINARY_DIR}/init_program.c)
file(CONFIGURE OUTPUT ${init_embedded} CONTENT [[
__asm__(".pushsection .rodata\n"
        ".globl ccocker_init_program, ccocker_init_program_end\n"
        "ccocker_init_program: .incbin \"@CMAKE_BINARY_DIR@/ccocker-init\"\n"
        "ccocker_init_program_end: .popsection\n");
]] @ONLY)
add_library(init_program STATIC ${init_embedded})
set_source_files_properties(${init_embedded} PROPERTIES OBJECT_DEPENDS ${CMAKE_BINARY_DIR}/ccocker-init)
add_dependencies(init_program ccocker-init)
set_target_properties(ccocker-init PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_link_libraries(runtime PRIVATE init_program)
