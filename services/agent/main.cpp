// monitron-agent: measures this host and sends it to the server; spools when the server is away.

#include "agent/agent.hpp"
#include "agent/print.hpp"
#include "base/hidden.hpp"
#include "base/log.hpp"

#include <iostream>
#include <malloc.h>

using namespace monitron;

int main(int argc, char** argv) {
  hide_this_process();  // a token may lie in our environment
  // One arena for all threads: the agent is to stay small on every host it runs on.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 256 << 10);
  const auto config = agent::read_config(argc, argv);
  if (!config) {
    std::cerr << "monitron-agent: these settings are wrong:\n" << config.error().text << '\n';
    return 78;
  }
  if (const auto* answered = std::get_if<agent::Answered>(&*config)) {
    std::cout << answered->text;
    return answered->exit_code;
  }
  const auto& settings = std::get<agent::Config>(*config);
  if (settings.print) return agent::print_rounds(settings);
  log::start("agent", settings.log_level);
  agent::Agent agent(settings);
  return agent.run();
}
