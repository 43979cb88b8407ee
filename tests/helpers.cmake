# leat_unit_test(NAME base_buf LINK leat_base SOURCES buf.c)
# makes the cmocka program test_<NAME> and the test unit/<NAME> with the label "unit".
# Sources include "testing.h", which brings cmocka and what it needs.
function(leat_unit_test)
  cmake_parse_arguments(ARG "" "NAME;TIMEOUT" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_executable(test_${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(test_${ARG_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/tests/unit")
  target_link_libraries(test_${ARG_NAME} PRIVATE ${ARG_LINK} ${ARG_PRIVATE_LINK} PkgConfig::CMOCKA)
  add_test(NAME unit/${ARG_NAME} COMMAND test_${ARG_NAME})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(unit/${ARG_NAME} PROPERTIES LABELS unit TIMEOUT ${ARG_TIMEOUT})
endfunction()

# leat_fuzz_target(NAME http SOURCES http.c LINK leat_net) builds LLVMFuzzerTestOneInput of the
# sources into fuzz_<NAME>: with libFuzzer in the preset "fuzz", otherwise with a driver that
# replays tests/fuzz/corpus/<NAME>/ as the test fuzz/<NAME> with the label "fuzz".
function(leat_fuzz_target)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(corpus "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${ARG_NAME}")
  add_executable(fuzz_${ARG_NAME} ${ARG_SOURCES})
  target_include_directories(fuzz_${ARG_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz")
  target_link_libraries(fuzz_${ARG_NAME} PRIVATE ${ARG_LINK} ${ARG_PRIVATE_LINK})
  if(LEAT_FUZZ)
    target_link_options(fuzz_${ARG_NAME} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${ARG_NAME} PRIVATE "${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c")
    add_test(NAME fuzz/${ARG_NAME} COMMAND fuzz_${ARG_NAME} ${corpus})
    set_tests_properties(fuzz/${ARG_NAME} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
endfunction()
