// monitron: the suite on the command line.

#include "cli/program.hpp"

#include <iostream>

int main(int argc, char** argv) { return monitron::cli::run(argc, argv, std::cout, std::cerr); }
