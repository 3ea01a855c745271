#pragma once
// A mail server that answers as it is told: the ones that refuse, defer, or vanish. Speaks just
// enough of RFC 5321, without TLS. For letters that are taken well, use tools/servers/mail.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace monitron::testkit {

struct SmtpLetter {
  std::string to;    // of the envelope
  std::string data;  // headers and body
};

class ScriptedSmtp {
 public:
  // The answer to a command ("EHLO", "MAIL", "RCPT", "DATA", "END" after the last dot) of the
  // letter to a recipient; empty: well. "drop" closes the connection without an answer; "lose" at
  // the END, too, but the letter was taken. "slow 250 …": one byte a second.
  using Answer = std::function<std::string(const std::string& command, const std::string& to)>;
  explicit ScriptedSmtp(Answer answer);
  ~ScriptedSmtp();

  int port() const { return port_; }
  std::vector<SmtpLetter> letters() const;  // taken ones
  int tries() const { return tries_; }      // connections

 private:
  class Line;
  void run();
  void serve(int connection);

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> tries_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<SmtpLetter> letters_;
  std::vector<std::thread> connections_;  // of thread_ alone
  std::thread thread_;
};

}  // namespace monitron::testkit
