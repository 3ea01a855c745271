#pragma once
// The built agent as a process of a test, with a state directory of its own.

#include <string>
#include <sys/types.h>
#include <vector>

namespace monitron::agent {

class StateDir {
 public:
  StateDir();
  ~StateDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Program {
 public:
  // Output goes to `log`. The environment is PATH and what is given.
  Program(const std::vector<std::string>& arguments, const std::string& log,
          const std::vector<std::string>& environment = {});
  ~Program();  // kill -9, when it still runs
  pid_t pid() const { return pid_; }
  void kill_hard();
  // SIGTERM, then its exit code; -1 when it did not end within ten seconds.
  int terminate();
  int wait_for_end();  // without a signal

 private:
  pid_t pid_ = -1;
};

std::string read_file(const std::string& path);

}  // namespace monitron::agent
