#include "agent/tests/program.hpp"

#include <cstdlib>
#include <filesystem>

namespace monitron::agent {

StateDir::StateDir() {
  char pattern[] = "/tmp/monitron-agent-XXXXXX";
  path_ = mkdtemp(pattern);
}

StateDir::~StateDir() { std::filesystem::remove_all(path_); }

}  // namespace monitron::agent
