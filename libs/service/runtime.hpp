#pragma once
// What every program has: a loop, workers, signals, and a small GET-only listener with /livez,
// /readyz (?verbose: one line per role) and /metrics (Prometheus text).
//
//   service::Runtime runtime("notifier", settings);
//   runtime.ready_when("postgres", [&] { return database.ping(); });
//   …
//   return runtime.run();   // until SIGTERM: not ready → `on_stop` hooks in reverse order → 0

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/probes.hpp"
#include "loop/loop.hpp"
#include "loop/workers.hpp"
#include "service/metrics.hpp"
#include "service/settings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace monitron::service {

struct RuntimeConfig {
  std::string program;         // "notifier"
  std::string probes_address;  // "127.0.0.1:18095"; port 0: any free one
  std::size_t worker_threads = 4;
  std::size_t worker_queue = 256;
  std::chrono::seconds grace{10};
};

class Runtime {
 public:
  explicit Runtime(RuntimeConfig config);
  ~Runtime();

  loop::Loop& loop();
  loop::Workers& workers();
  Metrics& metrics();
  const Clock& clock() const { return system_clock(); }

  // `role` is named in /readyz?verbose. Checked on a worker every 2 s; must answer within 5 s.
  void ready_when(std::string role, std::function<Result<void>()> check);
  // True when all roles answered well at their last check. Threads: any.
  bool ready() const;
  using Role = http::ProbeStatus::Role;
  std::vector<Role> roles() const;

  // Runs `task` on a worker every `pause`, never two at once.
  void every(std::chrono::milliseconds pause, std::function<void()> task);

  // Called when SIGTERM has come, on a thread of their own, last registered first. All together
  // may block up to the grace.
  void on_stop(std::function<void()> hook);

  int probes_port() const;
  // 0 after a clean stop. When stopping, up to the end of ~Runtime, takes longer than the grace,
  // the process ends with 1.
  int run();
  void stop();  // as SIGTERM; Threads: any

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Prints every problem to stderr; the exit code of the fault: 78 invalid, 77 denied, 69 else.
int refuse(const Error& error);

// The first line of a program without further options: hides the process (base/hidden.hpp), before
// secrets are in it, and handles --help, --version and --check-config; a value is the exit code to
// end with. An option stands for a setting: `--location x` sets it for this process.
struct Option {
  std::string_view flag;     // "--location"
  std::string_view setting;  // "MONITRON_CHECKER_LOCATION"
};
std::optional<int> handle_flags(int argc, char** argv, std::string_view program,
                                const std::vector<Option>& options = {});

}  // namespace monitron::service
