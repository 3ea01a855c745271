#pragma once
// A built program of the suite as a process of a test.

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace monitron::testkit {

class Program {
 public:
  // `name` as in bin/, or an absolute path. Output is appended to the file `log`. The environment
  // is PATH and what is given.
  Program(const std::string& name, const std::vector<std::string>& arguments,
          const std::string& log, const std::vector<std::string>& environment = {});
  ~Program();  // kill -9, when it still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  void kill_hard();
  // SIGTERM, then its exit code; -1 when it did not end in time.
  int terminate(std::chrono::seconds patience = std::chrono::seconds(10));
  int wait_for_end(std::chrono::seconds patience = std::chrono::seconds(10));  // without a signal

 private:
  pid_t pid_ = -1;
};

// Empty when there is none.
std::string read_file(const std::string& path);

}  // namespace monitron::testkit
