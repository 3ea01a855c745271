#pragma once
// What monitron-migrate does: brings the schema up or down and tells where it stands.

#include <string>
#include <vector>

namespace monitron::migrate {

// `arguments` are those behind the program's name: up | down [steps] | status | provision. Prints
// what was done; the answer is the exit code: 0, 64 (wrong use), 69 (no database), 78 (wrong
// settings).
int run(const std::vector<std::string>& arguments);

}  // namespace monitron::migrate
