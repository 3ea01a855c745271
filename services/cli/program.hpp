#pragma once
// The command line as a function, so that tests run it without a process.

#include <iosfwd>

namespace monitron::cli {

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace monitron::cli
