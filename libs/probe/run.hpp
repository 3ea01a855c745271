#pragma once
// One run of one check: what all probes share. A run ends exactly once: with its outcome, by its
// timeout, or silently when the engine stops. Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"
#include "probe/deadlines.hpp"
#include "probe/finding.hpp"
#include "probe/link.hpp"
#include "probe/resolver.hpp"
#include "probe/tls_trusts.hpp"

#include <functional>
#include <memory>

namespace monitron::probe {

class AnswerMemory;
class DnsSockets;
class Expressions;
class KeptLinks;
class IcmpSockets;
class Registries;
class Run;
}  // namespace monitron::probe

namespace monitron::http {
class Transfers;
}

namespace monitron::script {
class Runner;
}

namespace monitron::probe {

using Done = std::function<void(Finding)>;

// What runs of one loop use together.
struct Context {
  loop::Loop& loop;
  const std::string& location;
  Resolver& resolver;
  const Networks& denied;
  const Networks& allowed;  // empty: all
  TlsTrust& trust;          // the checker's own
  TlsTrusts& trusts;        // by the options of a check
  IcmpSockets& icmp;
  DnsSockets& dns;
  AnswerMemory& answers;
  Expressions& expressions;
  Registries& registries;
  KeptLinks& kept;
  http::Transfers& transfers;
  script::Runner* scripts;  // null: no scripts here
  Deadlines& deadlines;
  Run* first = nullptr;  // of the runs under way
  std::size_t running = 0;

  // Asked of every address right before it is spoken to; names, redirects, proxies and servers
  // that a check names are no exception.
  bool may_reach(const Address& address) const {
    return !denied.contains(address) && (allowed.empty() || allowed.contains(address));
  }
};

class Run : public std::enable_shared_from_this<Run>, private Deadline {
 public:
  Run(Context& context, domain::CheckDefinition check, Done done);
  ~Run() override = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void begin();
  void stop();  // no outcome

 protected:
  virtual void start() = 0;
  virtual void release() = 0;   // sockets and the like
  virtual void timed_out();     // ends the run
  virtual void last_words() {}  // adds values just before the end

  // Up with a reason is a warning, unless last_words() says otherwise.
  void finish(domain::CheckStatus status, std::string reason);
  // No name, no connection or no TLS: ends the run, unless a kind knows another way.
  virtual void failed(domain::CheckStatus status, std::string reason) {
    finish(status, std::move(reason));
  }
  bool ended() const { return !done_; }
  void add_value(std::string name, double value) {
    outcome_.values.push_back({std::move(name), {}, value});
  }

  // The time counts from now on: what came before was waiting for a place of ours.
  void restart_time(std::chrono::milliseconds limit);

  // The target's host and port; a target without one has the port of its kind.
  Result<domain::HostPort> host_port() const;

  // What the finding tells beside the outcome: whom the run speaks to, and the last error (of
  // libuv, or -errno) that it met; 0: what it met is over.
  void note(const Address& address) { peer_address_ = address; }
  void note_error(int error) { error_ = error; }

  // Resolves `host` to addresses of the IP version that the check wishes and drops those that may
  // not be reached; ends the run when none is left.
  void resolve(const std::string& host, std::function<void(std::vector<Address>)> then);
  // Adds the time since `since` to a phase.
  static void add_time(domain::Phases::Part& part, SteadyInstant since);

  Context& context_;
  domain::CheckDefinition check_;
  domain::ProbeOutcome outcome_;
  SteadyInstant started_;
  std::string stage_;       // "connecting": named when the time runs out
  bool our_stage_ = false;  // a timeout here tells of us, not of the target

 private:
  Trouble trouble() const;
  void explain_failure();

  void use(Result<std::vector<Address>> found, SteadyInstant begun,
           const std::function<void(std::vector<Address>)>& then);
  void passed() final;  // the time
  void leave();

  Done done_;
  // While it runs it is in the context's list, and kept by it.
  std::shared_ptr<Run> kept_;
  Run* before_ = nullptr;
  Run* after_ = nullptr;
  std::optional<Address> peer_address_;
  int error_ = 0;
  bool out_of_time_ = false;
  unsigned resolutions_ = 0;  // only the last one counts
  bool no_names_ = false;     // no name server has answered
};

// A run over TCP: resolves, then tries each address, each with its share of the time left. TLS may
// begin at any time after that; then `received` and `send` deal in plain bytes.
class StreamRun : public Run, protected Connection::Listener {
 public:
  using Run::Run;

 protected:
  virtual void connected() = 0;
  virtual void received(std::string_view bytes) = 0;
  virtual void ended_by_peer(int error) = 0;

  void dial(const std::string& host, int port);
  void dial(std::vector<Address> addresses);  // with their ports
  void send(std::string_view bytes);
  // `then` is called after the handshake, once the certificate was found good for `name` (or for
  // options.server_name) or was not to be verified; else the run ends. It reports the certificate.
  // `http`: says so (ALPN).
  void start_tls(const domain::TlsOptions& options, const std::string& name,
                 std::function<void()> then, bool http = false);
  // Gives the connection away, to go on with later, or goes on with one instead of dialling.
  Link part();
  void go_on(Link link);
  // Of the last TLS session.
  const std::optional<PeerCertificate>& certificate() const { return certificate_; }
  void release() override;
  void last_words() override;

  Connection connection_;
  std::string address_;  // the one that is connected to

 private:
  void hang_up();
  void try_next();
  void on_connect(int error) final;
  void on_data(std::string_view bytes) final;
  void on_end(int error) final;
  void take_sealed(std::string_view bytes);
  void keep(std::string_view bytes);

  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  SteadyInstant dialled_;
  loop::Timer attempt_;
  std::string last_failure_;
  bool target_failed_ = false;  // one address at least was refused by the target's side
  bool open_ = false;
  std::string head_;  // of what was received: shown when the run fails

  std::unique_ptr<TlsClient> session_;
  std::function<void()> secured_;  // null once the handshake is over
  bool verify_ = true;
  SteadyInstant handshake_begun_;
  std::optional<PeerCertificate> certificate_;
};

void start_http(Context& context, domain::CheckDefinition check, Done done);
void start_http_by_curl(Context& context, domain::CheckDefinition check, Done done);
void start_tcp(Context& context, domain::CheckDefinition check, Done done);
void start_udp(Context& context, domain::CheckDefinition check, Done done);
void start_icmp(Context& context, domain::CheckDefinition check, Done done);
void start_tls(Context& context, domain::CheckDefinition check, Done done);
void start_domain(Context& context, domain::CheckDefinition check, Done done);
void start_dns(Context& context, domain::CheckDefinition check, Done done);
void start_script(Context& context, domain::CheckDefinition check, Done done);
void start_service(Context& context, domain::CheckDefinition check, Done done);  // conversation.hpp

}  // namespace monitron::probe
