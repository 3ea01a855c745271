#pragma once
// Asks programs on this host (or near it) for their metrics, all at once, each with its own time
// limit. Threads: the loop's, but for take().

#include "agent/measurements.hpp"
#include "http/client.hpp"
#include "loop/loop.hpp"

#include <mutex>

namespace monitron::agent {

inline constexpr std::size_t kMostTargets = 20;

// "postgres=http://127.0.0.1:9187/metrics". Fault: invalid.
Result<ScrapeTarget> parse_scrape_target(const std::string& text);

class Scraper {
 public:
  // `own`: labels of the agent, which outlive it.
  Scraper(loop::Loop& loop, http::Client& client, std::vector<ScrapeTarget> targets,
          const Labels& own);

  // Calls `done` when all have answered, or after `patience`: who answers later is told of the next
  // time. A target that has not answered yet is not asked again.
  void ask(std::chrono::milliseconds patience, std::function<void()> done);
  // What has come since, the last of each. Threads: any.
  std::vector<Scraped> take();

 private:
  struct Target {
    ScrapeTarget about{};
    bool is_asked = false;
    bool is_failing = false;
    std::uint64_t turn = 0;  // in which it was asked
  };
  void send(std::size_t which);
  void answered(std::size_t which, std::int64_t time_ms, double seconds,
                const Result<http::Response>& answer);
  void finish();

  loop::Loop& loop_;
  http::Client& client_;
  const Labels& own_;
  std::vector<Target> targets_;
  std::uint64_t turn_ = 0;
  std::size_t waiting_ = 0;  // answers, of this turn
  std::function<void()> done_;
  loop::Timer patience_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, Scraped> scraped_;
};

}  // namespace monitron::agent
