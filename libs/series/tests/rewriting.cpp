// Rewrites a day again and again, until it is killed. Built with the tests only.
//   rewriting <database url> <begin of the day, ms>

#include "series/rewriter.hpp"
#include "series/session.hpp"

#include <cstdio>

using namespace monitron;

namespace {

std::int64_t take_lease(const std::string& url) {
  auto session = series::Session::open(url, "rewriting");
  if (!session) return 0;
  auto fence = session->run(
      "INSERT INTO leases AS l VALUES ('ingest.compactor', 'rewriting', 1, now() + '1 hour') "
      "ON CONFLICT (name) DO UPDATE SET fence = l.fence + 1 RETURNING fence");
  return fence ? fence->number(0, 0) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  series::RewriterConfig config;
  config.database_url = argv[1];
  config.application_name = "rewriting";
  config.group_samples = 5000;
  config.copy_bytes = 10'000;
  const series::Fence fence{"ingest.compactor", take_lease(argv[1])};
  const auto day = std::stoll(argv[2]);
  const series::RewriteJob job{0, day, day + series::kDayMs};
  while (true) {
    const auto done = rewrite(config, fence, job, from_ms(day + 2 * series::kDayMs));
    // Readers are in its way, and the one that was killed may not be gone yet.
    if (!done) std::fprintf(stderr, "%s\n", done.error().text.c_str());
  }
}
