#pragma once
// What a suite keeps of the batches that agents send, behind a door of the tests.

#include "agent/tests/fake_door.hpp"
#include "agent/tests/program.hpp"
#include "contracts/telemetry.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace monitron::agent {

using namespace std::chrono_literals;

inline const std::string kServerId = "018f0000-0000-7000-8000-000000000001";

// What a suite keeps: each identity once, dictionaries by hash.
class Store {
 public:
  struct Kept {
    contracts::Batch batch;
    std::string frames;          // the bytes that must not change between tries
    std::size_t sent_bytes = 0;  // on the wire, headers included
  };

  // Told before the answer is made; `fault` may say otherwise than "stored".
  std::function<std::optional<DoorAnswer>(const contracts::Batch&, int request)> fault;

  DoorAnswer operator()(const DoorRequest& request);

  bool wait_for(std::size_t batches, std::chrono::seconds limit = 60s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return kept_.size() >= batches; });
  }
  std::vector<Kept> kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }
  void forget_dictionaries() { dictionaries_.clear(); }  // within `fault` only
  std::atomic<int> changed_bytes = 0;
  std::atomic<int> duplicates = 0;
  std::string enrolment;

 private:
  void keep(contracts::Batch batch, std::size_t sent_bytes);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<contracts::DictionaryHash, std::string> dictionaries_;
  std::map<contracts::BatchId, std::string> by_id_;
  std::vector<Kept> kept_;
  int requests_ = 0;
};

// What joins the door, and measures ten times a second.
std::vector<std::string> flags(const FakeDoor& door, const StateDir& state);

// name → labels of every series of a batch.
std::multimap<std::string, std::map<std::string, std::string>> series_of(const Store::Kept& kept);

// The newest value of a metric of a scraped job.
std::optional<double> last_value(const std::vector<Store::Kept>& kept, const std::string& job,
                                 const std::string& name);

}  // namespace monitron::agent
