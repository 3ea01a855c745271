#include "agent/tests/program.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace monitron::agent {

StateDir::StateDir() {
  char pattern[] = "/tmp/monitron-agent-XXXXXX";
  path_ = mkdtemp(pattern);
}

StateDir::~StateDir() { std::filesystem::remove_all(path_); }

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace monitron::agent
