#pragma once
// Whether an address of PostgreSQL has the right form. libpq looks too, but repeats what it does
// not understand, and that may be a piece of a password that was not written as URLs need it.

#include <string>
#include <string_view>

namespace monitron::service {

// What is wrong, without a word of `url`; "" when nothing is.
std::string problem_with_database_url(std::string_view url);

}  // namespace monitron::service
