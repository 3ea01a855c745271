#include "probe/rabbitmq_queues.hpp"

#include <nlohmann/json.hpp>

namespace monitron::probe::rabbitmq {

namespace {

using nlohmann::json;

constexpr std::string_view kColumns =
    "columns=name,messages_ready,messages_unacknowledged,consumers";

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// A queue that has just been made has no figures yet.
double number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::optional<Queue> queue_of(const json& object) {
  if (!object.is_object() || !object.contains("name") || !object["name"].is_string()) return {};
  return Queue{object["name"], number(object, "messages_ready"),
               number(object, "messages_unacknowledged"), number(object, "consumers")};
}

std::string whole(double amount) { return std::to_string(static_cast<std::int64_t>(amount)); }

}  // namespace

std::string page_path(std::string_view vhost, std::size_t page) {
  return "/api/queues/" + percent_encoded(vhost) + "?page=" + std::to_string(page) +
         "&page_size=" + std::to_string(kPageSize) + "&" + std::string(kColumns);
}

std::string queue_path(std::string_view vhost, std::string_view queue) {
  return "/api/queues/" + percent_encoded(vhost) + "/" + percent_encoded(queue) + "?" +
         std::string(kColumns);
}

std::optional<Page> read_page(const std::string& body) {
  const json answer = json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("items") || !answer["items"].is_array()) return {};
  Page page;
  for (const auto& item : answer["items"]) {
    auto queue = queue_of(item);
    if (!queue) return std::nullopt;
    page.queues.push_back(std::move(*queue));
  }
  const double pages = number(answer, "page_count");
  page.pages = pages > 1 && pages < 1e6 ? static_cast<std::size_t>(pages) : 1;
  return page;
}

std::optional<Queue> read_queue(const std::string& body) {
  return queue_of(json::parse(body, nullptr, false));
}

std::string complaint_about(const Queue& queue, const std::string& name,
                            const domain::RabbitmqSettings& settings) {
  const auto too_many = [&](double amount, std::int64_t most, const char* what) {
    return name + ": " + whole(amount) + " " + what + ", more than " + std::to_string(most);
  };
  if (settings.max_ready >= 0 && queue.ready > static_cast<double>(settings.max_ready)) {
    return too_many(queue.ready, settings.max_ready, "ready messages");
  }
  if (settings.max_unacked >= 0 && queue.unacked > static_cast<double>(settings.max_unacked)) {
    return too_many(queue.unacked, settings.max_unacked, "unacknowledged messages");
  }
  if (queue.consumers < settings.min_consumers) {
    return name + ": " + whole(queue.consumers) + " consumers, fewer than " +
           std::to_string(settings.min_consumers);
  }
  return {};
}

}  // namespace monitron::probe::rabbitmq
