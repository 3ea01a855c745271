#include "base/failpoint.hpp"

#ifdef MONITRON_FAILPOINTS

#include "base/text.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace monitron {
namespace {

struct Plan {
  std::string name;
  int hit = 0;
  int signal = SIGKILL;
};

const Plan& plan() {
  static const Plan made = [] {
    Plan read;
    const char* text = std::getenv("FAILPOINT");
    const auto parts = split_list(text == nullptr ? "" : text, ':');
    if (parts.size() != 3) return read;
    read.name = parts[0];
    read.hit = parse_number<int>(parts[1]).value_or(0);
    read.signal = parts[2] == "stop" ? SIGSTOP : SIGKILL;
    return read;
  }();
  return made;
}

}  // namespace

void failpoint(const char* name) {
  static std::atomic<int> hits{0};
  if (plan().hit == 0 || plan().name != name || ++hits != plan().hit) return;
  ::kill(::getpid(), plan().signal);
  // The signal may reach another thread first: this one goes no further.
  while (plan().signal == SIGKILL) ::pause();
}

}  // namespace monitron

#endif
