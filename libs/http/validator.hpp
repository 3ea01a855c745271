#pragma once
// Entity tags of what is read, and 304 for who has it already (RFC 9110 §8.8.3, §13.1.2).

#include "http/message.hpp"

namespace monitron::http {

// Gives the answer to a GET a tag of its content: "v3" becomes "v3.<digest>", and without one it is
// the digest. When If-None-Match names it, the answer becomes 304.
void add_validator(const Request& request, Response& response);

// "v3.<digest>" without the digest: what a change may depend on (If-Match).
std::string version_of_tag(std::string_view tag);

}  // namespace monitron::http
