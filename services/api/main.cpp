// api: the one API of the suite: REST for people, scripts and the browser, and the live stream.
// This file only joins the parts; what each part does is in the file it names.

#include "api/service.hpp"
#include "api/start.hpp"
#include "base/log.hpp"

using namespace monitron;

int main(int argc, char** argv) {
  if (const auto code = service::handle_flags(argc, argv, "api")) return *code;
  const auto config = api::load_config();
  if (!config) return service::refuse(config.error());
  log::start("api", config->log_level);

  if (const auto ready = api::prepare_database(*config, std::chrono::seconds(60)); !ready) {
    return service::refuse(ready.error());
  }
  service::Runtime runtime({.program = "api",
                            .probes_address = config->probes_address,
                            .worker_threads = 6,
                            .worker_queue = 256});
  api::Service api(*config, runtime);
  if (const auto started = api.start(); !started) return service::refuse(started.error());
  return runtime.run();  // until SIGTERM; answers what is in flight
}
