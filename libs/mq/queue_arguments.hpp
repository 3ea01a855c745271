#pragma once
// The arguments of a queue's declaration. Private to this room. They must be the same at every
// declaration: the broker refuses others (406), so a change here needs new names of queues.

#include "contracts/topology.hpp"

#include <amqp.h>
#include <vector>

namespace monitron::mq {

// Points into the specification, which must outlive it.
class QueueArguments {
 public:
  explicit QueueArguments(const contracts::QueueSpec& queue);
  amqp_table_t table() const;

 private:
  std::vector<amqp_table_entry_t> entries_;
};

}  // namespace monitron::mq
