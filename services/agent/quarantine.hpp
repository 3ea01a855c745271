#pragma once
// Batches that the server will never take, with its reason, for people to look at. Bounded: the
// oldest make room. Threads: one at a time.

#include "agent/spool.hpp"

#include <string>

namespace monitron::agent {

class Quarantine {
 public:
  explicit Quarantine(std::string directory, std::size_t most_batches = 100);
  // Writes <epoch>-<seq>.batch and .reason, on the disk when it returns.
  Result<void> keep(const SpooledBatch& batch, const std::string& reason);
  std::uint64_t kept() const { return kept_; }  // since the start

 private:
  void make_room();
  std::string directory_;
  std::size_t most_batches_;
  std::uint64_t kept_ = 0;
};

}  // namespace monitron::agent
