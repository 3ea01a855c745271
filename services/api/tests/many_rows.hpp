#pragma once
// A database with many rows of everything that lists show, equal values among them.

#include "suite.hpp"

namespace monitron::api {

// `count` of each kind of thing; owned by this caller where a thing belongs to somebody.
void fill_lists(Suite& suite, int count);

// What sort= of a list may be, as docs/swagger.json says, and the lists that have it.
std::map<std::string, std::vector<std::string>> sorts_of_lists();

}  // namespace monitron::api
