#pragma once
// A small HTTP server that stands in for the suite's door and misbehaves on demand. Port 0.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace monitron::agent {

struct DoorRequest {
  std::string path;
  std::string head;  // request line and headers, as sent
  std::string body;
};

struct DoorAnswer {
  int status = 202;
  std::string body = "{\"accepted\":1}";
  std::string headers{};  // whole lines, each ending in \r\n
  bool cut = false;       // reset the connection instead of answering
  int hang_ms = 0;        // before the answer
};

class FakeDoor {
 public:
  using Handler = std::function<DoorAnswer(const DoorRequest&)>;
  explicit FakeDoor(Handler handler, int port = 0);
  ~FakeDoor();
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all();
  void serve(int connection);
  Handler handler_;
  int socket_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
};

}  // namespace monitron::agent
