#include "checker/self_report.hpp"

#include "contracts/telemetry.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr auto kPause = 10s;

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

void add_label(contracts::Series& series, const std::string& name, const std::string& value) {
  auto& labels = series.labels;
  const auto place = std::lower_bound(labels.begin(), labels.end(), std::pair(name, std::string()));
  // Who acts for all locations says which one it is.
  if (place == labels.end() || place->first != name) labels.emplace(place, name, value);
}

}  // namespace

contracts::Series ReportMaker::series_of(const service::MetricSample& sample) const {
  contracts::Series series{sample.name, sample.labels};
  add_label(series, "location", who_.location);
  add_label(series, "checker", who_.checker);
  return series;
}

Report ReportMaker::make(const std::vector<service::MetricFamily>& families, Instant now) const {
  const std::lock_guard lock(mutex_);
  Report report;
  report.at = now;
  report.batch.id.source = contracts::kSuite;
  report.batch.id.epoch = Uuid::make().bytes;
  std::vector<contracts::Series> all;
  contracts::Frame zeros{to_ms(before_), {}}, values{to_ms(now), {}};
  for (const auto& family : families) {
    report.batch.metadata.push_back({family.name, family.type, family.help, ""});
    for (const auto& sample : family.samples) {
      const auto& series = all.emplace_back(series_of(sample));
      const bool counts = family.type != "gauge";
      zeros.values.push_back(counts && !known_.contains(series) ? 0 : contracts::kAbsent);
      values.values.push_back(sample.value);
      if (counts) report.counters.insert(series);
    }
  }
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(all);
  block.series_count = static_cast<std::uint32_t>(all.size());
  const bool news = !std::all_of(zeros.values.begin(), zeros.values.end(), contracts::is_absent);
  if (news && zeros.time_ms < values.time_ms) block.frames.push_back(std::move(zeros));
  block.frames.push_back(std::move(values));
  report.batch.blocks.push_back(std::move(block));
  return report;
}

void ReportMaker::arrived(const Report& report) {
  const std::lock_guard lock(mutex_);
  before_ = report.at;
  known_ = report.counters;
}

SelfReport::SelfReport(service::Runtime& runtime, mq::Publisher& broker,
                       const std::string& location, const std::string& instance)
    : runtime_(runtime),
      instance_(instance),
      maker_(std::make_shared<ReportMaker>(
          ReportMaker::Who{location, host_name() + ":" + std::to_string(runtime.probes_port())},
          runtime.clock().now())) {
  runtime.every(kPause, [this, &broker] { send(broker); });
}

void SelfReport::send(mq::Publisher& broker) {
  auto report =
      std::make_shared<Report>(maker_->make(runtime_.metrics().collect(), runtime_.clock().now()));
  contracts::CheckResults results{instance_, {}, {}, {report->batch}};
  auto message = contracts::to_message(results, contracts::check_key(contracts::kSuite));
  // The next one follows soon.
  (void)broker.publish(std::move(message), [report, maker = maker_](const Result<void>& done) {
    if (done) maker->arrived(*report);
  });
}

}  // namespace monitron::checker
