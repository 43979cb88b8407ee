# Borders: a target sees the headers of a library only when it links that library.
#
# Headers lie beside their sources (lib/base/error.h) and are included as "base/error.h".
# Each library gets an include root of its own that holds one link to its folder, so an
# include of a library that a target does not link does not compile. Which files may
# include third-party headers is checked by cmake/check_borders.py in every build.

function(leat_include_root target name folder)
  set(root "${CMAKE_BINARY_DIR}/include-roots/${name}")
  file(MAKE_DIRECTORY "${root}")
  file(CREATE_LINK "${folder}" "${root}/${name}" SYMBOLIC)
  target_include_directories(${target} PUBLIC "${root}")
endfunction()

# leat_library(NAME base SOURCES error.c ... LINK leat_base PRIVATE_LINK PkgConfig::EVENT)
# makes the static library leat_<NAME> of the current folder.
function(leat_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(leat_${ARG_NAME} STATIC ${ARG_SOURCES})
  leat_include_root(leat_${ARG_NAME} ${ARG_NAME} "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(leat_${ARG_NAME} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# leat_program(NAME leat-api LIBRARY leat_api) links main.c with its component's library.
function(leat_program)
  cmake_parse_arguments(ARG "" "NAME;LIBRARY" "" ${ARGN})
  add_executable(${ARG_NAME} main.c)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LIBRARY})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  install(TARGETS ${ARG_NAME} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_target(borders ALL
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/check_borders.py ${CMAKE_SOURCE_DIR}
  COMMENT "Checking which files include third-party headers")
