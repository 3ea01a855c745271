# gcc 12 sees overlaps in std::string that are not there (its bug 105651): hence -Wno-restrict. Other
# compilers (clang, of the preset fuzz) warn alone.
add_library(monitron_warnings INTERFACE)
target_compile_options(monitron_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Werror>)
