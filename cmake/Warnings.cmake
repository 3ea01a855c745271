add_library(monitron_warnings INTERFACE)
target_compile_options(monitron_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Werror)
