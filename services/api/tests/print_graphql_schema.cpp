// For tools/openapi: docs/schema.graphql, which follows from docs/swagger.json.

#include "api/graphql/schema.hpp"
#include "graphql/sdl.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

int main(int, char** argv) {
  std::ifstream file(argv[1]);
  std::stringstream openapi;
  openapi << file.rdbuf();
  const monitron::api::Description description(openapi.str());
  std::cout << monitron::graphql::to_sdl(monitron::api::graphql_schema(description));
  return std::cout.good() ? 0 : 1;
}
