// Prints .env.example from the table of settings: build/dev/tests/print_env_example > .env.example
#include "service/settings.hpp"

#include <cstdio>

int main() { std::fputs(monitron::service::env_example().c_str(), stdout); }
