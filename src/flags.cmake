# Compiler and linker flags of every target of ours.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(gs_flags INTERFACE)
target_compile_options(gs_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
  -Werror -fno-common -ffp-contract=off $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
target_include_directories(gs_flags INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(gs_flags INTERFACE _GNU_SOURCE GS_VERSION="${PROJECT_VERSION}")

if(GS_SANITIZE)
  target_compile_options(gs_flags INTERFACE -fsanitize=${GS_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(gs_flags INTERFACE -fsanitize=${GS_SANITIZE})
else()
  # Fortify needs optimisation, and sanitizers bring their own checks.
  target_compile_options(gs_flags INTERFACE
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>
    -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(gs_flags INTERFACE -fcf-protection=full)
  endif()
  target_link_options(gs_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
# The oldest x86 server that we ship for; no -march=native in what is shipped. GCC clears and copies
# a struct by a string instruction, which takes tens of cycles to start, unless it is told otherwise;
# clang-tidy, which reads how `dev` is built, does not know these options.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(gs_flags INTERFACE -march=x86-64-v2)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(plain_moves unrolled_loop:256:noalign,libcall:-1:noalign)
    target_compile_options(gs_flags INTERFACE
      $<$<CONFIG:Release>:-mmemset-strategy=${plain_moves};-mmemcpy-strategy=${plain_moves}>)
  endif()
endif()
if(GS_LTO)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
