#pragma once
// The target of a request line, made safe: percent-decoded once, valid UTF-8, no NUL, no dot
// segments, no empty segments, no encoded slash (it would become another segment after decoding).

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace monitron::http {

// Fault: invalid.
Result<std::string> decode_path(std::string_view raw);
// One component of a query string; "+" is a space. Fault: invalid.
Result<std::string> decode_query_part(std::string_view raw);

// name=value&name=value, as in query strings and in bodies of forms. Equal names keep their order.
// Fault: invalid.
using Parameters = std::multimap<std::string, std::string, std::less<>>;
Result<Parameters> parse_form(std::string_view raw);

using monitron::percent_encode;

}  // namespace monitron::http
