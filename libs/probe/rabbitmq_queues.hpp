#pragma once
// Queues as RabbitMQ's management API tells of them. Pure; any bytes may come in.

#include "domain/check_result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe::rabbitmq {

inline constexpr std::size_t kPageSize = 500;
inline constexpr std::size_t kMostPages = 20;

struct Queue {
  std::string name;
  double ready = 0;
  double unacked = 0;
  double consumers = 0;
};

struct Page {
  std::vector<Queue> queues;
  std::size_t pages = 1;
};

std::string page_path(std::string_view vhost, std::size_t page);
std::string queue_path(std::string_view vhost, std::string_view queue);
std::optional<Page> read_page(const std::string& body);
std::optional<Queue> read_queue(const std::string& body);

// "" or what is wrong with it. `name` is for people.
std::string complaint_about(const Queue& queue, const std::string& name,
                            const domain::RabbitmqSettings& settings);

}  // namespace monitron::probe::rabbitmq
