#pragma once
// One script as a process: found in its folder, checked, started with nothing of ours.

#include "script/order.hpp"

#include <sys/types.h>

namespace monitron::script {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_;
};

// Whom scripts run as, when it is not ourselves.
struct Account {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};
// Faults: not_found; denied when we are not root.
Result<Account> account_of(const std::string& user);

// The path of a script: a regular file that may be run, directly in the folder, not a link, not
// writable for everybody. Faults: invalid, not_found, denied.
Result<std::string> find_script(const std::string& folder, const std::string& name);

struct Child {
  pid_t pid = -1;  // leads a session and a process group of its own
  Descriptor output;
  Descriptor complaint;
};
// Only from a process of one thread. It gets PATH, LANG and what is ordered, its input,
// limits, no new privileges, and ends with us.
Result<Child> start_script(const std::string& folder, const Order& order, const Account* account);

}  // namespace monitron::script
