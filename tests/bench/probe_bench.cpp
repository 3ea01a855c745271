// probe_bench <kind> <rounds> <checks a round> <at once> [<peer host:port> <peer pid>] <targets
//
// Runs checks of the targets (one a line; DNS: name@server:port) on one loop, in turn with
// blackbox_exporter, which is asked for the same ones, as many, as many at once. One round of each
// is not counted. Prints "<our CPU µs a check> <our checks a second> <the peer's CPU> <its rate>".
// CPU is that of a whole process by the kernel's clock of it: while the peer works, of the peer's
// alone. Ends with 1 when a check did not succeed, on either side.

#include "probe/engine.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <unistd.h>
#include <uv.h>

using namespace monitron;

namespace {

using domain::CheckKind;

double cpu_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

domain::CheckDefinition definition(CheckKind kind, const std::string& target) {
  domain::CheckDefinition check;
  check.id = CheckId::make();
  check.settings = domain::default_settings(kind);
  check.type = to_string(kind);
  check.target = target;
  if (kind == CheckKind::icmp) check.use<domain::IcmpSettings>().count = 1;
  if (kind == CheckKind::dns) {
    const auto at = target.find('@');
    check.use<domain::DnsSettings>().server = target.substr(at + 1);
    check.target.resize(at);
  }
  return check;
}

// Asks the exporter to check it; its word is looked at.
domain::CheckDefinition asked_of(const std::string& peer, CheckKind kind,
                                 const std::string& target) {
  const auto at = kind == CheckKind::dns ? target.find('@') + 1 : 0;
  auto check = definition(CheckKind::http, "http://" + peer +
                                               "/probe?module=" + std::string(to_string(kind)) +
                                               "&target=" + target.substr(at));
  check.use<domain::HttpSettings>().body_contains = "probe_success 1";
  return check;
}

// One side: the same checks over and over.
class Side {
 public:
  Side(const probe::EngineSettings& settings, std::vector<domain::CheckDefinition> checks,
       clockid_t clock)
      : engine_(loop_, settings), checks_(std::move(checks)), clock_(clock) {}

  void round(int count, int at_once, bool counts) {
    left_ = count;
    const double cpu = cpu_seconds(clock_);
    const auto begun = std::chrono::steady_clock::now();
    while (running_ < at_once && left_ > 0) start_one();
    loop_.run();
    if (!counts) return;
    cpu_ += cpu_seconds(clock_) - cpu;
    wall_ += std::chrono::steady_clock::now() - begun;
    counted_ += count;
  }
  double microseconds() const { return cpu_ / counted_ * 1e6; }
  double rate() const { return counted_ / wall_.count(); }
  int failures() const { return failures_; }

 private:
  void start_one() {
    --left_;
    ++running_;
    engine_.start(checks_[next_++ % checks_.size()], [this](const domain::ProbeOutcome& outcome) {
      --running_;
      if (outcome.status != domain::CheckStatus::up && failures_++ == 0) {
        std::fprintf(stderr, "%s\n", outcome.reason.c_str());
      }
      // Not from here: the probe that has just ended is still on the stack.
      loop_.post([this] {
        if (left_ > 0) return start_one();
        if (running_ == 0) uv_stop(loop_.raw());  // Loop::stop() is for good
      });
    });
  }

  loop::Loop loop_;
  probe::Engine engine_;
  std::vector<domain::CheckDefinition> checks_;
  clockid_t clock_;
  std::size_t next_ = 0;
  int left_ = 0;
  int running_ = 0;
  int failures_ = 0;
  int counted_ = 0;
  double cpu_ = 0;
  std::chrono::duration<double> wall_{0};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 64;
  const auto kind = domain::parse_check_kind(argv[1]).value_or(CheckKind::http);
  const int rounds = std::atoi(argv[2]);
  const int count = std::atoi(argv[3]);
  const int at_once = std::atoi(argv[4]);
  std::vector<domain::CheckDefinition> ours;
  std::vector<domain::CheckDefinition> theirs;
  for (std::string target; std::getline(std::cin, target);) {
    ours.push_back(definition(kind, target));
    if (argc > 6) theirs.push_back(asked_of(argv[5], kind, target));
  }
  clockid_t peer_clock = CLOCK_PROCESS_CPUTIME_ID;
  if (argc > 6 && clock_getcpuclockid(std::atoi(argv[6]), &peer_clock) != 0) return 64;
  probe::EngineSettings::Wishes wishes;
  if (const char* file = std::getenv("BENCH_CA_FILE")) wishes.ca_file = file;
  const auto settings = probe::EngineSettings::make(wishes);
  if (!settings || ours.empty()) return 78;
  Side us(*settings, std::move(ours), CLOCK_PROCESS_CPUTIME_ID);
  Side peer(*settings, std::move(theirs), peer_clock);
  for (int i = 0; i <= rounds; ++i) {
    us.round(count, at_once, i > 0);
    if (argc > 6) peer.round(count, at_once, i > 0);
  }
  std::printf("%.2f %.0f %.2f %.0f\n", us.microseconds(), us.rate(),
              argc > 6 ? peer.microseconds() : 0.0, argc > 6 ? peer.rate() : 0.0);
  return us.failures() + peer.failures() == 0 ? 0 : 1;
}
