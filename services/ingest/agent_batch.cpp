#include "ingest/agent_batch.hpp"

namespace monitron::ingest {
namespace {

using contracts::Batch;
using contracts::Block;

std::string more_than(std::size_t limit, const char* what) {
  return "more than " + std::to_string(limit) + " " + what + " in a batch";
}

Taken<void> check_size(const Batch& batch, const BatchLimits& limits) {
  std::size_t series = 0;
  for (const auto& block : batch.blocks) series += block.series_count;
  if (batch.blocks.size() > limits.blocks) {
    return refuse(413, "too_large", more_than(limits.blocks, "blocks"));
  }
  if (series > limits.series) {
    return refuse(413, "too_large", more_than(limits.series, "series"));
  }
  return {};
}

// The complaints about the samples of one batch.
class Samples {
 public:
  explicit Samples(const TimeWindow& window) : window_(window) {}

  void look_at(const Block& block, const std::string& place) {
    if (block.series_count == 0 && !block.frames.empty()) {
      complain(place, "series_count", "invalid", "is 0, but there are frames");
    }
    for (std::size_t i = 0; i < block.frames.size(); ++i) {
      look_at_time(block.frames[i].time_ms, block.frames[i].values.size(), place, "frames", i);
    }
    for (std::size_t i = 0; i < block.points.size(); ++i) {
      look_at_time(block.points[i].time_ms, 1, place, "points", i);
      if (contracts::is_absent(block.points[i].value)) {
        complain(place, "points[" + std::to_string(i) + "].value", "invalid",
                 "is the absent value");
      }
    }
  }
  const OutsideWindow& outside() const { return outside_; }
  std::vector<http::FieldError> errors() && { return std::move(errors_); }

 private:
  void look_at_time(std::int64_t time_ms, std::size_t samples, const std::string& place,
                    const char* list, std::size_t i) {
    if (window_.contains(time_ms)) return;
    window_.count(time_ms, samples, outside_);
    if (enough()) return;
    complain(place, std::string(list) + "[" + std::to_string(i) + "].time", "out_of_range",
             window_.text(time_ms));
  }
  bool enough() const { return errors_.size() >= kMaxComplaints; }
  void complain(const std::string& place, const std::string& field, const char* code,
                const std::string& message) {
    if (!enough()) errors_.push_back({place + "." + field, code, message});
  }

  const TimeWindow& window_;
  OutsideWindow outside_;
  std::vector<http::FieldError> errors_;
};

}  // namespace

Taken<Batch> parse_batch(std::string_view body, const TimeWindow& window,
                         const BatchLimits& limits) {
  auto batch = contracts::decode_batch(body);
  if (!batch) {
    return refuse(400, "unreadable", "the batch is not readable: " + batch.error().text);
  }
  if (auto fit = check_size(*batch, limits); !fit) return tl::unexpected(fit.error());
  Samples samples(window);
  for (std::size_t i = 0; i < batch->blocks.size(); ++i) {
    samples.look_at(batch->blocks[i], "blocks[" + std::to_string(i) + "]");
  }
  const auto outside = samples.outside();
  auto errors = std::move(samples).errors();
  if (!errors.empty()) {
    return tl::unexpected<Refusal>(Refusal{422, "invalid",
                                           "nothing was stored: some samples are not acceptable",
                                           std::move(errors), outside});
  }
  return std::move(*batch);
}

}  // namespace monitron::ingest
