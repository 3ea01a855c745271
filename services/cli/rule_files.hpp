#pragma once
// `monitron rules check` and `monitron rules test`: what is in files here; no server is asked.

#include "rules/remarks.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace monitron::cli {

// What is in a file. Fault: not_found.
Result<std::string> contents(const std::string& path);

// A line.
std::string told(const rules::Remark& remark);

// Rule files of Prometheus: whether they can be imported, and what of them is not taken as it is
// written. 0: all of them can; 1: not.
int check_rules(const std::vector<std::string>& paths, std::ostream& out, std::ostream& err);

// Unit tests of rules, in the form of promtool's, with the rule files that they name. 0: all is as
// expected; 1: not.
int test_rules(const std::vector<std::string>& paths, std::ostream& out, std::ostream& err);

}  // namespace monitron::cli
