# Flags that every target of the project shares, as the interface target `monoidal_options`.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# Paths relative to the source tree, so that a build in another checkout finds the same entries.
find_program(MONOIDAL_CCACHE ccache)
if(MONOIDAL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_CURRENT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MONOIDAL_CCACHE})
endif()

find_package(Threads REQUIRED)

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
if(processor MATCHES "^(x86_64|amd64)$")
  set(MONOIDAL_X86 TRUE)
else()
  set(MONOIDAL_X86 FALSE)
endif()

add_library(monoidal_options INTERFACE)
target_include_directories(monoidal_options INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/cpp/include")
# No contraction of a*b+c into one rounding: results are equal on every instruction set.
target_compile_options(monoidal_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -ffp-contract=off)
if(MONOIDAL_X86)
  target_compile_options(monoidal_options INTERFACE -march=x86-64-v2)
  target_compile_definitions(monoidal_options INTERFACE MONOIDAL_X86=1)
endif()
if(MONOIDAL_WERROR)
  target_compile_options(monoidal_options INTERFACE -Werror)
endif()
if(MONOIDAL_SANITIZE)
  set(sanitize -fsanitize=${MONOIDAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(monoidal_options INTERFACE ${sanitize})
  target_link_options(monoidal_options INTERFACE ${sanitize})
endif()
