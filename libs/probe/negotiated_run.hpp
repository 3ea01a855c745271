#pragma once
// A run over TCP that comes to TLS by the words of its protocol, from the first byte or not at
// all, and that parts in peace. Threads: loop only.

#include "probe/run.hpp"
#include "probe/starttls.hpp"

#include <optional>

namespace monitron::probe {

class NegotiatedRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 protected:
  struct Way {
    std::string starttls = "none";
    bool tls = false;  // from the first byte
    domain::TlsOptions options{};
  };
  // Connects to the target; then come `ready` and what is received.
  void reach(Way way);
  // The certificate, if TLS was asked for, is there and nobody has judged it.
  virtual void ready() = 0;
  virtual void answered(std::string_view) {}
  virtual void left_by_peer(int) {}

  // Ends the run with this, once the server has heard what it wants to hear before the end.
  void part(domain::CheckStatus status, std::string reason);
  // The same at once, for dialogues that have said their own good-bye.
  using Run::finish;

 private:
  void connected() final;
  void received(std::string_view bytes) final;
  void ended_by_peer(int error) final;
  void timed_out() final;
  void negotiate(const StartTls::Step& step);
  void secure();
  void leave(const StartTls::Step& step);

  struct Verdict {
    domain::CheckStatus status;
    std::string reason;
  };
  Way way_;
  std::string host_;
  std::unique_ptr<StartTls> words_;
  bool negotiating_ = false;
  std::optional<Verdict> verdict_;  // set: on the way out
};

}  // namespace monitron::probe
