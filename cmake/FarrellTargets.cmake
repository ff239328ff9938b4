# How every Farrell target is made. One place for warnings, the numeric ABI flags and test registration.

# Flags shared by all of our own code. The ISA baseline is the compiler's default for the platform
# (x86-64 with SSE2): no -march, no contraction, no fast-math, so that bits do not depend on the machine.
add_library(farrell_flags INTERFACE)
target_compile_features(farrell_flags INTERFACE cxx_std_20)
target_compile_options(farrell_flags INTERFACE
  -ffp-contract=off -fno-fast-math
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
  -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Werror
  # g++ 12 sees overlaps in std::string::insert and operator+ that do not exist (GCC bug 105329).
  -Wno-restrict
  # A compiler that takes up to 1.2 GB anyway does not look for garbage before it has half of that: a tenth of its time.
  --param=ggc-min-heapsize=600000)
# Eigen must not follow the CPU: no run-time threads, fixed vector width of the baseline.
target_compile_definitions(farrell_flags INTERFACE EIGEN_DONT_PARALLELIZE EIGEN_MAX_ALIGN_BYTES=16)

# BRIEF code computes nothing and is compiled at -O1, as tests are. Bits do not depend on it (no contraction, no fast-math at
# any level). TOGETHER code mostly waits for the headers that it includes: eight files at once take the time of three. So a
# name in an anonymous namespace is used once in such a library. FARRELL_TOGETHER=OFF compiles file by file, as `./dev lint`
# does, which finds what a file includes only by way of its neighbours.
# farrell_library(NAME SOURCES a.cc b.cc DEPS x y [BRIEF] [TOGETHER]). BRIEF code is compiled together too.
function(farrell_library name)
  cmake_parse_arguments(ARG "BRIEF;TOGETHER" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE $<BUILD_INTERFACE:farrell_flags>)
  if(ARG_BRIEF)
    target_compile_options(${name} PRIVATE -O1)
  endif()
  if(FARRELL_TOGETHER AND (ARG_BRIEF OR ARG_TOGETHER))
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# farrell_program(NAME OUTPUT farrell-dea SOURCES main.cc DEPS x y): left in build/bin and installed.
function(farrell_program name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} farrell_flags)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# farrell_test(NAME SOURCES a_test.cc DEPS x y [TIMEOUT seconds] [SERIAL]): one gtest program, one ctest entry.
# SERIAL: it measures how soon something happens, so nothing else runs beside it. FAULTS: it leaves lines in the table of
# faults (tests/support/fault_table.h), so fault_table runs after it.
function(farrell_test name)
  if(NOT FARRELL_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "SERIAL;FAULTS" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} farrell_flags GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -O1)
  target_compile_definitions(${name} PRIVATE
    FARRELL_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FARRELL_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  # What may take long begins first, so that nothing is waited for at the end.
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} COST ${ARG_TIMEOUT} RUN_SERIAL ${ARG_SERIAL})
  if(ARG_FAULTS)
    set_tests_properties(${name} PROPERTIES FIXTURES_SETUP faults)
  endif()
endfunction()
