#pragma once
// Numbers for rows of chunk_times. Some are reserved at a time: they need not be without gaps. Who
// is given them takes no errors, so that a fault is asked for afterwards. Private to this room.

#include "series/session.hpp"

#include <vector>

namespace monitron::series {

class TimesIds {
 public:
  explicit TimesIds(Session& session) : session_(&session) {}

  std::int64_t next();  // 0 after a fault
  const Result<void>& reserved() const { return reserved_; }
  void forget_fault() { reserved_ = {}; }

 private:
  Session* session_;
  std::vector<std::int64_t> free_;
  Result<void> reserved_;
};

}  // namespace monitron::series
