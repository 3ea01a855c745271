#include "testkit/script_folder.hpp"

#include "testkit/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace monitron::testkit {

ScriptFolder::ScriptFolder() : path_("/tmp/monitron-scripts-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) std::abort();
  chmod(path_.c_str(), 0755);
}

ScriptFolder::~ScriptFolder() { std::filesystem::remove_all(path_); }

void ScriptFolder::write(const std::string& name, const std::string& text, mode_t mode) const {
  std::ofstream(path(name)) << "#!/bin/bash\n" << text << "\n";
  chmod(path(name).c_str(), mode);
}

pid_t ScriptFolder::process(std::string_view part) const {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
      continue;
    const auto line = read_file("/proc/" + name + "/cmdline");
    if (line.find(path_) == std::string::npos || line.find(part) == std::string::npos) continue;
    return static_cast<pid_t>(std::stol(name));
  }
  return 0;
}

bool has_ended(const std::string& pid) {
  const auto status = read_file("/proc/" + pid + "/stat");
  return status.empty() || status.find(") Z ") != std::string::npos;
}

}  // namespace monitron::testkit
