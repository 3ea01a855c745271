// probe_bench <kind> <target> <count> <at once> [pid]: runs one check many times on one loop and
// prints
// "<CPU µs per check> <checks per second> <failures>"; the CPU is its own, or that of `pid`.

#include "probe/engine.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

using namespace monitron;

namespace {

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_seconds_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double kernel = 0;
  fields >> user >> kernel;
  return (user + kernel) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Bench {
  loop::Loop loop;
  probe::Engine engine;
  domain::CheckDefinition check;
  int left;
  int running = 0;
  int failures = 0;

  Bench(const probe::EngineSettings& settings, domain::CheckDefinition what, int count)
      : engine(loop, settings), check(std::move(what)), left(count) {}

  void start_one() {
    --left;
    ++running;
    engine.start(check, [this](const domain::ProbeOutcome& outcome) {
      --running;
      if (outcome.status != domain::CheckStatus::up && failures++ == 0) {
        std::fprintf(stderr, "%s\n", outcome.reason.c_str());
      }
      // Not from here: the probe that has just ended is still on the stack.
      loop.post([this] {
        if (left > 0) return start_one();
        if (running == 0) loop.stop();
      });
    });
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 64;
  domain::CheckDefinition check;
  check.id = CheckId::make();
  const auto kind = domain::parse_check_kind(argv[1]).value_or(domain::CheckKind::http);
  check.settings = domain::default_settings(kind);
  check.type = to_string(kind);
  check.target = argv[2];
  if (kind == domain::CheckKind::icmp) check.use<domain::IcmpSettings>().count = 1;
  if (kind == domain::CheckKind::dns) {
    // "name@server"
    const auto at = check.target.find('@');
    check.use<domain::DnsSettings>().server = check.target.substr(at + 1);
    check.target.resize(at);
  }
  const int count = std::atoi(argv[3]);
  probe::EngineSettings::Wishes wishes;
  if (const char* file = std::getenv("BENCH_CA_FILE")) wishes.ca_file = file;
  const auto settings = probe::EngineSettings::make(wishes);
  if (!settings) return 78;
  Bench bench(*settings, check, count);
  const auto cpu = [&] { return argc > 5 ? cpu_seconds_of(argv[5]) : own_cpu_seconds(); };
  const double cpu_before = cpu();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = std::atoi(argv[4]); i > 0 && bench.left > 0; --i) bench.start_one();
  bench.loop.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  std::printf("%.1f %.0f %d\n", (cpu() - cpu_before) / count * 1e6, count / wall.count(),
              bench.failures);
  return bench.failures == 0 ? 0 : 1;
}
