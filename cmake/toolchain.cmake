# Compiler cache, linker and warnings. Nothing here compiles an absolute path into a binary, so that ccache
# hits from a clone at another path.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=time_macros ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers -Werror
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
add_compile_definitions(_GNU_SOURCE RUNDLET_VERSION="${PROJECT_VERSION}")
add_link_options(-Wl,--gc-sections -Wl,--as-needed)
add_compile_options(-ffunction-sections -fdata-sections)

set(RUNDLET_SANITIZE "" CACHE STRING "sanitizers to build with, as -fsanitize takes them")
if(RUNDLET_SANITIZE)
  add_compile_options(-fsanitize=${RUNDLET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RUNDLET_SANITIZE})
endif()
