#include "domain/maintenance.hpp"

#include <algorithm>

namespace monitron::domain {

bool MaintenanceWindow::covers(const LabelSet& labels) const {
  if (everything) return true;
  return !selector.empty() &&
         std::includes(labels.begin(), labels.end(), selector.begin(), selector.end());
}

}  // namespace monitron::domain
