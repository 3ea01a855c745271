#pragma once
// A folder of scripts for checks, gone with the test.

#include <string>
#include <string_view>
#include <sys/types.h>

namespace monitron::testkit {

class ScriptFolder {
 public:
  ScriptFolder();
  ~ScriptFolder();
  ScriptFolder(const ScriptFolder&) = delete;
  ScriptFolder& operator=(const ScriptFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  // `text` is bash.
  void write(const std::string& name, const std::string& text, mode_t mode = 0755) const;

  // A process whose command line names this folder and `part`; 0: none.
  pid_t process(std::string_view part) const;

 private:
  std::string path_;
};

// No such process, or one that has ended and was not yet noticed by its parent.
bool has_ended(const std::string& pid);

}  // namespace monitron::testkit
