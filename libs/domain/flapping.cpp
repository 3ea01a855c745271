#include "domain/flapping.hpp"

namespace monitron::domain {
namespace {

constexpr double kOldest = 0.8, kNewest = 1.2;

}  // namespace

double Flapping::percent() const {
  double sum = 0;
  for (int age = 0; age < kResults; ++age) {
    const double weight = kNewest - (kNewest - kOldest) * age / (kResults - 1);
    if ((turns >> age & 1U) != 0) sum += weight;
  }
  return 100 * sum / kResults;
}

Flapping advance(const Flapping& before, bool turned) {
  constexpr std::uint32_t kept = (1U << Flapping::kResults) - 1;
  Flapping after{(before.turns << 1U | (turned ? 1U : 0U)) & kept, before.on};
  const double percent = after.percent();
  if (percent > Flapping::kHigh) after.on = true;
  if (percent < Flapping::kLow) after.on = false;
  return after;
}

}  // namespace monitron::domain
