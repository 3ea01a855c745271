// api: the one API of the suite: REST for people, scripts and the browser, and the live stream.
// This file only joins the parts; what each part does is in the file it names.

#include "api/secrets.hpp"
#include "api/service.hpp"
#include "api/start.hpp"
#include "base/log.hpp"

using namespace monitron;

int main(int argc, char** argv) {
  const bool rotates = argc > 1 && std::string_view(argv[1]) == "rotate-secrets";
  if (const auto code = service::handle_flags(rotates ? 1 : argc, argv, "api")) return *code;
  if (rotates) return api::run_rotation({argv + 2, argv + argc});
  const auto config = api::load_config();
  if (!config) return service::refuse(config.error());
  log::start("api", config->log_level);

  if (const auto ready = api::prepare_database(*config, std::chrono::seconds(60)); !ready) {
    return service::refuse(ready.error());
  }
  api::tell_hash_cost(*config);
  service::Runtime runtime({.program = "api",
                            .probes_address = config->probes_address,
                            .worker_threads = 6,
                            .worker_queue = 256});
  api::Service api(*config, runtime);
  if (const auto started = api.start(); !started) return service::refuse(started.error());
  return runtime.run();  // until SIGTERM; answers what is in flight
}
