#include "http/rate_limit.hpp"

#include <algorithm>

namespace monitron::http {
namespace {

constexpr std::chrono::minutes kWindow{1};

std::chrono::seconds whole_seconds(SteadyInstant::duration time) {
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(time));
}

}  // namespace

RateLimit::RateLimit(const Clock& clock, int per_minute)
    : clock_(clock),
      per_minute_(per_minute),
      step_(std::chrono::duration_cast<SteadyInstant::duration>(kWindow) / per_minute) {}

RateLimit::Verdict RateLimit::take(const std::string& caller) {
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  if (full_at_.size() >= kMostCallers && !full_at_.contains(caller)) make_room(now);
  auto& full_at = full_at_[caller];
  const auto next = std::max(full_at, now) + step_;
  Verdict verdict;
  verdict.allowed = next - now <= step_ * per_minute_;
  if (verdict.allowed) full_at = next;
  verdict.left = static_cast<int>((step_ * per_minute_ - (full_at - now)) / step_);
  verdict.reset = whole_seconds(full_at - now);
  if (!verdict.allowed) {
    verdict.wait =
        std::max(std::chrono::seconds(1), whole_seconds(next - now - step_ * per_minute_));
  }
  return verdict;
}

// Callers whose buckets are full lose nothing; when all of so many ask at once, all begin anew.
void RateLimit::make_room(SteadyInstant now) {
  std::erase_if(full_at_, [&](const auto& entry) { return entry.second <= now; });
  if (full_at_.size() >= kMostCallers) full_at_.clear();
}

std::vector<std::pair<std::string, std::string>> RateLimit::headers_of(
    const Verdict& verdict) const {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"RateLimit-Policy", "\"requests\";q=" + std::to_string(per_minute_) + ";w=60"},
      {"RateLimit", "\"requests\";r=" + std::to_string(verdict.left) +
                        ";t=" + std::to_string(verdict.reset.count())}};
  if (!verdict.allowed) headers.emplace_back("Retry-After", std::to_string(verdict.wait.count()));
  return headers;
}

}  // namespace monitron::http
