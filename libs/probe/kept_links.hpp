#pragma once
// Connections that checks keep from one run to the next. One that its server closes, or that is
// not asked for in time, is forgotten. Threads: loop only.

#include "probe/link.hpp"

#include <chrono>
#include <string>
#include <unordered_map>

namespace monitron::probe {

class KeptLinks {
 public:
  explicit KeptLinks(loop::Loop& loop);
  ~KeptLinks();
  KeptLinks(const KeptLinks&) = delete;
  KeptLinks& operator=(const KeptLinks&) = delete;

  // `key` names whoever may use it, and on what terms it was made.
  std::optional<Link> take(const std::string& key);
  // Without a place for it, it is closed: all together hold no more than a quarter of the
  // descriptors that this program may have.
  void keep(const std::string& key, Link link, std::chrono::milliseconds time);
  std::size_t size() const { return kept_.size(); }

 private:
  class Kept;
  void sweep();

  loop::Loop& loop_;
  std::size_t most_;
  std::unordered_map<std::string, std::unique_ptr<Kept>> kept_;
  loop::Timer sweeper_;
};

}  // namespace monitron::probe
