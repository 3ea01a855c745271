#pragma once
// Several writers side by side, for what comes in faster than one can store it. A source belongs to
// one of them, so that its batches are stored in the order in which they came. Little is stored in
// one transaction by the first of them: a commit costs more than it.

#include "loop/workers.hpp"
#include "series/writer.hpp"

#include <functional>
#include <memory>

namespace monitron::ingest {

class Lanes {
 public:
  static constexpr std::size_t kCount = 2;

  explicit Lanes(const series::WriterConfig& config);

  // As series::Writer, but that after a fault some sources may be stored and others not: it is
  // to be written again, and the ledger knows. `written` grows by what is stored in any case.
  Result<void> write(series::Load load, bool is_much, series::Written& written);
  // Runs work(0) … work(kCount - 1) side by side and waits for all of them.
  void side_by_side(const std::function<void(std::size_t)>& work);

 private:
  std::vector<std::unique_ptr<series::Writer>> writers_;
  loop::Workers threads_{"writer", kCount - 1, kCount};
};

void add(series::Written& to, const series::Written& more);

}  // namespace monitron::ingest
