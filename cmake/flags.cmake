# Language level, warnings and sanitizers for every target of the project.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_definitions(_GNU_SOURCE LEAT_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wvla -Wformat=2 -Wno-unused-parameter -fno-strict-aliasing
  -fstack-protector-strong)
if(LEAT_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(LEAT_SANITIZE)
  add_compile_options(-fsanitize=${LEAT_SANITIZE} -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LEAT_SANITIZE})
endif()
if(LEAT_FUZZ)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer)
  check_c_source_compiles("int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
    int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return 0; }"
    LEAT_LIBFUZZER)
  unset(CMAKE_REQUIRED_FLAGS)
  if(NOT LEAT_LIBFUZZER)
    message(FATAL_ERROR "This compiler has no libFuzzer; with Debian's clang, install libclang-rt-14-dev")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
