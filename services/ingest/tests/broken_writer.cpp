// A writer with a fault that can be chosen, for the story of killed programs: it must notice.
// Built with the tests only.
//   no-ledger          what is delivered again is stored again
//   ack-before-commit  acknowledges what it has only in memory
//   sound              as it should be: what the story says of it must be good

#include "contracts/topology.hpp"
#include "ingest/config.hpp"
#include "ingest/writer_role.hpp"

#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

using namespace monitron;
using namespace std::chrono_literals;

namespace {

// Stores one delivery after the other, some time after it was acknowledged.
class LateStore {
 public:
  LateStore(const mq::Endpoint& broker, const series::WriterConfig& storage,
            service::Metrics& metrics)
      : storing_(storage, metrics), thread_([this](const std::stop_token& stop) { work(stop); }) {
    for (int partition = 0; partition < contracts::kPartitions; ++partition) {
      consumers_.push_back(std::make_unique<mq::BatchConsumer>(
          ingest::store_consumer(broker, partition), mq::BatchConfig{},
          [this](std::span<const mq::Delivery> deliveries) {
            const std::lock_guard lock(mutex_);
            waiting_.insert(waiting_.end(), deliveries.begin(), deliveries.end());
            return Result<void>{};
          }));
    }
  }

 private:
  void work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<mq::Delivery> some;
      {
        const std::lock_guard lock(mutex_);
        some.assign(waiting_.begin(), waiting_.end());
        waiting_.clear();
      }
      while (!some.empty() && !storing_(some) && !stop.stop_requested()) {
        std::this_thread::sleep_for(100ms);
      }
      std::this_thread::sleep_for(100ms);
    }
  }

  ingest::Storing storing_;
  std::mutex mutex_;
  std::deque<mq::Delivery> waiting_;
  std::jthread thread_;
  std::vector<std::unique_ptr<mq::BatchConsumer>> consumers_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string fault = argc > 1 ? argv[1] : "";
  const auto config = ingest::Config::load();
  if (!config) return service::refuse(config.error());
  service::Runtime runtime(config->runtime);
  series::WriterConfig storage{.database_url = config->database.url,
                               .application_name = "broken writer"};
  storage.ledger = fault != "no-ledger";
  if (fault == "ack-before-commit") {
    const LateStore late(config->broker, storage, runtime.metrics());
    return runtime.run();
  }
  if (fault != "no-ledger" && fault != "sound") {
    std::cerr << "no-ledger, ack-before-commit or sound?\n";
    return 64;
  }
  const ingest::WriterRole writer(config->broker, storage, runtime.metrics());
  return runtime.run();
}
