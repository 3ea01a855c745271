#pragma once
// A RabbitMQ of one's own, for tests that kill it. Takes ten seconds to start.

#include <memory>
#include <string>

namespace monitron::testkit {

class PrivateBroker {
 public:
  PrivateBroker();  // starts and waits until it takes work; throws when it does not
  ~PrivateBroker();
  std::string url() const;  // stays the same over restarts
  std::string tls_url() const;
  std::string ca_file() const;  // what its certificate (for localhost) is verified against
  void kill();                  // SIGKILL
  void start();                 // again, on the same data
  void stand_still();           // SIGSTOP
  void go_on();
  void drop_connections();
  void empty_queues();  // of what an earlier test left to whoever comes next
  void limit_memory(const std::string& amount);  // above it nothing is taken: "1MB"

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::testkit
