// For tools/openapi: the components of docs/swagger.json that follow from the kinds of checks.

#include "api/openapi.hpp"

#include <cstdio>

int main() {
  const auto text = monitron::api::check_components({}).dump(1);
  return std::puts(text.c_str()) < 0 ? 1 : 0;
}
