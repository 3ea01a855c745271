// A compactor that may be killed at any point: compacts until nothing waits, then says how much
// memory it has had at most, in KiB. Built with the tests only.
//   compacting <database url> <sound | mark-apart> <bytes of a piece> <samples of a transaction>

#include "series/compactor.hpp"
#include "series/session.hpp"

#include <cstdio>
#include <sys/resource.h>

using namespace monitron;

namespace {

std::int64_t take_lease(const std::string& url) {
  auto session = series::Session::open(url, "compacting");
  if (!session) return 0;
  auto fence = session->run(
      "INSERT INTO leases AS l VALUES ('ingest.compactor', 'compacting', 1, now() + '1 hour') "
      "ON CONFLICT (name) DO UPDATE SET fence = l.fence + 1 RETURNING fence");
  return fence ? fence->number(0, 0) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  series::CompactorConfig config;
  config.database_url = argv[1];
  config.application_name = "compacting";
  config.slot_age = config.rest = std::chrono::milliseconds(0);
  config.mark_apart = std::string(argv[2]) == "mark-apart";
  config.piece_bytes = std::stoul(argv[3]);
  config.transaction_samples = std::stoul(argv[4]);
  const auto fence = take_lease(argv[1]);
  series::Compactor compactor(config);
  for (bool worked = true; worked;) {
    const auto step = compactor.step(fence);
    if (!step) {
      std::fprintf(stderr, "%s\n", step.error().text.c_str());
      return 1;
    }
    worked = step->worked;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%ld\n", usage.ru_maxrss);
}
