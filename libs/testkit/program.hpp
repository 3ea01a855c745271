#pragma once
// A built program as a process of a test.

#include <string>
#include <sys/types.h>
#include <vector>

namespace monitron::testkit {

class Program {
 public:
  // `name` lies in the bin folder of the build. Output goes to the end of the file `log`. The
  // environment is PATH and what is given.
  Program(const std::string& name, const std::vector<std::string>& arguments,
          const std::string& log, const std::vector<std::string>& environment = {});
  ~Program();  // kill -9, when it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  pid_t pid() const { return pid_; }
  void kill_hard();
  // SIGTERM, then its exit code; -1 when it did not end within ten seconds.
  int terminate();
  int wait_for_end();  // without a signal

 private:
  pid_t pid_ = -1;
};

}  // namespace monitron::testkit
