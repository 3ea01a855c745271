#pragma once
// A receiver of webhooks: keeps what it is sent and answers as it is told.

#include "http/loop_server.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace monitron::testkit {

class HookCollector {
 public:
  HookCollector();
  ~HookCollector();
  HookCollector(const HookCollector&) = delete;
  HookCollector& operator=(const HookCollector&) = delete;
  std::string url(const std::string& path) const;

  // From now on at this path; 200 unless told. 0: never an answer.
  void answer(const std::string& path, int status);
  void redirect(const std::string& path, const std::string& to);
  std::vector<http::Request> calls(const std::string& path) const;
  // Those that got 2xx.
  std::vector<http::Request> taken(const std::string& path) const;

 private:
  void take(http::Request request, http::Responder responder);

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, int> status_;
  std::map<std::string, std::string> location_;
  std::vector<std::pair<http::Request, int>> calls_;
  std::vector<http::Responder> unanswered_;
  http::LoopServer server_;
};

}  // namespace monitron::testkit
