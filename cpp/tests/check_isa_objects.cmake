# Fails where an object compiled for a wide instruction set defines a symbol that other files may
# share (weak or unique): the linker could hand the AVX-512 copy to code that runs anywhere.
# Variables: NM, OBJECTS (a list).
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND "${NM}" --demangle --defined-only "${object}"
                  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+ [WVu] [^\n]+" shared "${symbols}")
  list(FILTER shared EXCLUDE REGEX " DW\\.ref\\.")  # a pointer for exceptions, no code
  foreach(symbol IN LISTS shared)
    message(SEND_ERROR "${object} defines a shared symbol: ${symbol}")
  endforeach()
endforeach()
