#include "domain/warning.hpp"

namespace monitron::domain {

Warning advance(const Warning& before, bool trouble, int needed) {
  if (trouble == before.on) return {before.on, 0};
  if (before.against + 1 >= needed) return {trouble, 0};
  return {before.on, before.against + 1};
}

}  // namespace monitron::domain
