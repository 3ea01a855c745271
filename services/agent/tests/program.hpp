#pragma once
// The built agent as a process of a test, with a state directory of its own.

#include "testkit/program.hpp"

namespace monitron::agent {

using testkit::read_file;

class StateDir {
 public:
  StateDir();
  ~StateDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Program : public testkit::Program {
 public:
  Program(const std::vector<std::string>& arguments, const std::string& log,
          const std::vector<std::string>& environment = {})
      : testkit::Program("monitron-agent", arguments, log, environment) {}
};

}  // namespace monitron::agent
