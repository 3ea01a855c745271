#pragma once

namespace monitron {

// From now on other processes of our user can neither read our environment and memory nor trace us;
// nor does a core with secrets lie about. Every program that holds secrets calls it first.
void hide_this_process();

}  // namespace monitron
