# alma_embed(target name SYMBOL file): compiles the bytes of `file` into `target` as
# `extern "C" const char SYMBOL_begin[]; extern "C" const char SYMBOL_end[];`
# .incbin costs nothing to compile, however large the file is.
function(alma_embed target symbol file)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.S)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
    .section .rodata
    .global @symbol@_begin, @symbol@_end
    .balign 16
@symbol@_begin:
    .incbin "@file@"
@symbol@_end:
    .byte 0
    .section .note.GNU-stack,"",%progbits
]])
    set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES LANGUAGE ASM OBJECT_DEPENDS ${file})
    target_sources(${target} PRIVATE ${source})
endfunction()
