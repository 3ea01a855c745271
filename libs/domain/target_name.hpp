#pragma once
// Names beyond ASCII, as people write them in targets, become what is asked of name servers, put in
// the Host header and expected in certificates. This is the one place for it: a definition that is
// read (contracts::read_settings) has its target in ASCII.

#include "domain/check.hpp"

namespace monitron::domain {

// IDNA 2008 with the mapping of UTS #46, as browsers do it; of a URL also its path, by percent
// signs. Fault: invalid, with what is wrong with the name.
Result<std::string> ascii_target(TargetForm form, std::string_view target);

}  // namespace monitron::domain
