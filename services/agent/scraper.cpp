#include "agent/scraper.hpp"

#include "agent/named_value.hpp"
#include "agent/scrape_text.hpp"
#include "base/log.hpp"

namespace monitron::agent {
namespace {

constexpr std::chrono::seconds kTimeout{10};  // as Prometheus's scrape_timeout
constexpr std::size_t kMostBytes = 8u << 20;
constexpr const char* kAccept = "text/plain;version=0.0.4,*/*;q=0.1";

Result<std::string> text_of(const Result<http::Response>& answer) {
  if (!answer) return fail(answer.error());
  if (answer->status != 200) {
    return fail(Fault::unavailable, "answers with status " + std::to_string(answer->status));
  }
  return answer->body;
}

}  // namespace

Result<ScrapeTarget> parse_scrape_target(const std::string& text) {
  auto named = parse_named(text, "name=URL");
  if (!named) return fail(named.error());
  ScrapeTarget target{std::move(named->name), std::move(named->value)};
  const bool is_url = target.url.starts_with("http://") || target.url.starts_with("https://");
  if (!is_url) return fail(Fault::invalid, "is not an http:// or https:// URL");
  return target;
}

Scraper::Scraper(loop::Loop& loop, http::Client& client, std::vector<ScrapeTarget> targets,
                 const Labels& own)
    : loop_(loop), client_(client), own_(own) {
  for (auto& one : targets) targets_.push_back({std::move(one)});
}

void Scraper::ask(std::chrono::milliseconds patience, std::function<void()> done) {
  done_ = std::move(done);
  waiting_ = 0;
  ++turn_;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].is_asked) continue;
    ++waiting_;
    send(i);
  }
  if (waiting_ == 0) return finish();
  patience_ = loop_.after(patience, [this] { finish(); });
}

void Scraper::finish() {
  patience_.stop();
  if (const auto done = std::exchange(done_, nullptr)) done();
}

void Scraper::send(std::size_t which) {
  auto& target = targets_[which];
  target.is_asked = true;
  target.turn = turn_;
  http::ClientRequest request{.url = target.about.url};
  request.headers = {{"Accept", kAccept}};
  request.timeout = kTimeout;
  request.max_response_bytes = kMostBytes;
  const auto time_ms = to_ms(system_clock().now());
  const auto begun = std::chrono::steady_clock::now();
  client_.send(
      std::move(request), [this, which, time_ms, begun](const Result<http::Response>& answer) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
        answered(which, time_ms, took.count(), answer);
      });
}

void Scraper::answered(std::size_t which, std::int64_t time_ms, double seconds,
                       const Result<http::Response>& answer) {
  auto& target = targets_[which];
  target.is_asked = false;
  const auto& job = target.about.job;
  Scraped scraped{.job = job, .time_ms = time_ms, .measured = Measurements(own_)};
  auto samples = text_of(answer).and_then(
      [&](const std::string& text) { return read_scraped(text, job, own_, scraped.metadata); });
  if (!samples && !target.is_failing) {
    log::warning("scrape.failed", "metrics of a program can not be read",
                 {{"job", job},
                  {"url", http::without_credentials(target.about.url)},
                  {"reason", samples.error().text}});
  }
  target.is_failing = !samples;
  const Labels labels{{"job", job}};
  scraped.measured.add("up", samples ? 1 : 0, labels);
  scraped.measured.add("scrape_duration_seconds", seconds, labels);
  scraped.measured.add("scrape_samples_scraped", samples ? static_cast<double>(samples->size()) : 0,
                       labels);
  if (samples) scraped.measured.append(*std::move(samples));
  {
    const std::lock_guard lock(mutex_);
    scraped_.insert_or_assign(job, std::move(scraped));
  }
  if (target.turn == turn_ && --waiting_ == 0) finish();
}

std::vector<Scraped> Scraper::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Scraped> all;
  for (auto& [job, one] : scraped_) all.push_back(std::move(one));
  scraped_.clear();
  return all;
}

}  // namespace monitron::agent
