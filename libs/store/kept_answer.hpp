#pragma once
// What a request was answered, kept so that it can be given again.

#include <string>

namespace monitron::store {

struct KeptAnswer {
  int status = 200;
  std::string content_type{};
  std::string headers{};  // JSON: names with values
  std::string body{};
};

}  // namespace monitron::store
