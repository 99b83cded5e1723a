# monoidal_unity(target)
#
# Compile the target's files a folder at a time: the standard library's headers take the compiler
# 1 s a file. Names in the unnamed namespaces of one folder are therefore distinct; a file that
# cannot share says so by the property SKIP_UNITY_BUILD_INCLUSION.
function(monoidal_unity target)
  get_target_property(files ${target} SOURCES)
  foreach(file IN LISTS files)
    get_filename_component(folder "${file}" DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${folder}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${MONOIDAL_UNITY} UNITY_BUILD_MODE GROUP)
  if(MONOIDAL_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC takes every file but the main one for a header, whose unnamed namespaces would be a fault.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# monoidal_isa_kernel(file)
#
# Compile one kernel source once an instruction set and link the objects into monoidal_core. The
# source puts its code in a namespace named by the macro MONOIDAL_ISA (baseline, avx2 or avx512),
# and its dispatcher picks by `best_isa()`; MONOIDAL_X86 says whether the last two exist.
#
# Such a source calls no inline function or template that another file may use too (std::vector,
# std::span, ...) unless the compiler inlines it: the linker keeps one copy of each, which may be
# the AVX-512 one. The C++ test `isa_objects` fails where an object still defines one.
function(monoidal_isa_kernel file)
  get_filename_component(stem "${file}" NAME_WE)
  get_filename_component(folder "${file}" DIRECTORY)
  get_filename_component(folder "${folder}" NAME)
  set(isas baseline)
  if(MONOIDAL_X86)
    list(APPEND isas avx2 avx512)
  endif()
  set(flags_avx2 -mavx2 -mfma)
  set(flags_avx512 -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mprefer-vector-width=512)
  foreach(isa IN LISTS isas)
    set(target "monoidal_${folder}_${stem}_${isa}")
    add_library(${target} OBJECT "${file}")
    target_compile_definitions(${target} PRIVATE MONOIDAL_ISA=${isa})
    target_compile_options(${target} PRIVATE ${flags_${isa}})
    target_link_libraries(${target} PRIVATE monoidal_options)
    target_sources(monoidal_core PRIVATE $<TARGET_OBJECTS:${target}>)
    if(NOT isa STREQUAL "baseline")
      set_property(GLOBAL APPEND PROPERTY MONOIDAL_ISA_OBJECTS $<TARGET_OBJECTS:${target}>)
    endif()
  endforeach()
endfunction()

# monoidal_extension(package files...)
#
# Build the extension module `package._core` and install it into the package.
function(monoidal_extension package)
  set(PYBIND11_FINDPYTHON ON)
  find_package(pybind11 3 CONFIG REQUIRED)
  set(target ${package}_core)
  pybind11_add_module(${target} MODULE NO_EXTRAS ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME _core LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${package}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/cpp/bindings")
  target_compile_definitions(${target} PRIVATE MONOIDAL_VERSION="${PROJECT_VERSION}")
  # Reading pybind11 takes 6 s a file: an extension goes through the compiler as one.
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ${MONOIDAL_UNITY} UNITY_BUILD_BATCH_SIZE 0)
  # Bindings hold no arithmetic, and pybind11's templates are most of what the compiler does.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_link_libraries(${target} PRIVATE monoidal_core)
  install(TARGETS ${target} LIBRARY DESTINATION ${package})
endfunction()
