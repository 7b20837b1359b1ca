# One interface target that carries the language, the warnings and the sanitizers.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "alma-leads needs clang 19 or newer (g++ 12 miscompiles coroutines, see docs/decisions). "
                        "Run script/bootstrap, then configure with a preset: cmake --preset dev")
endif()

add_library(app_options INTERFACE)
target_compile_features(app_options INTERFACE cxx_std_23)
set(CMAKE_CXX_EXTENSIONS OFF)
target_compile_options(app_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                       -Wnon-virtual-dtor -Woverloaded-virtual -Werror
                       # A precompiled header must not depend on its time stamp, or ccache never hits.
                       -Xclang -fno-pch-timestamp)
target_link_options(app_options INTERFACE -fuse-ld=lld)

if(ALMA_SANITIZE)
    target_compile_options(app_options INTERFACE -fsanitize=${ALMA_SANITIZE} -fno-omit-frame-pointer -gline-tables-only)
    if(ALMA_SANITIZE MATCHES "undefined")
        target_compile_options(app_options INTERFACE -fno-sanitize-recover=undefined)
    endif()
    target_link_options(app_options INTERFACE -fsanitize=${ALMA_SANITIZE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # What Debian builds its own network services with.
    target_compile_options(app_options INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fcf-protection -fPIE)
    target_link_options(app_options INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--gc-sections)
    target_compile_options(app_options INTERFACE -ffunction-sections -fdata-sections)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
