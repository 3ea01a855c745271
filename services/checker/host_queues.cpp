#include "checker/host_queues.hpp"

#include "probe/target.hpp"

namespace monitron::checker {

std::string host_of(const domain::CheckDefinition& check) {
  return probe::target_of(domain::info_of(check.kind()), check.target).host;
}

}  // namespace monitron::checker
