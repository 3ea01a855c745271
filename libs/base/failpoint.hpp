#pragma once
// Places at which a test lets a program die or stand still: before and after each commit, send and
// answer. Nothing at all unless MONITRON_FAILPOINTS is defined, which only programs of tests do.

namespace monitron {

#ifdef MONITRON_FAILPOINTS
// What FAILPOINT=<name>:<n>:<kill|stop> says of this place happens when it is reached for the n-th
// time: SIGKILL or SIGSTOP. Threads: any.
void failpoint(const char* name);
#else
constexpr void failpoint(const char* /*name*/) {}
#endif

}  // namespace monitron
