#pragma once
// Obeys what the server says that this agent is to do (M-058): each batch that is taken is answered
// with the version that is to be obeyed; another one than it has is asked for, looked at as a
// whole, kept in the state directory and obeyed from the next round on. What is wrong is told once
// and changes nothing. Threads: worker; answers come from the loop and are handed to it.

#include "agent/sender.hpp"
#include "agent/settings.hpp"

namespace monitron::agent {

class RemoteConfiguration {
 public:
  struct Surroundings {
    http::Client& client;
    std::function<void(std::function<void()>)> on_worker;
    std::function<void(const Settings&)> obey;
  };
  // `started`: what holds where the server says nothing. `path`: of the file that is kept.
  RemoteConfiguration(Surroundings surroundings, Settings started, std::string path);

  // Obeys what was kept, if it is right.
  void recall();
  // The server names the version that it would have.
  void told(const std::string& version, const Target& server);

  const std::string& version() const { return version_; }  // empty: as it was started
  bool refused() const { return !refused_.empty(); }       // the last that was told is not right

 private:
  void answered(const std::string& told, const Result<http::Response>& answer);
  Result<void> take(const std::string& text);

  Surroundings around_;
  Settings started_;
  std::string path_;
  std::string version_;
  std::string refused_;  // version
  bool is_asking_ = false;
  bool is_failing_ = false;
};

}  // namespace monitron::agent
