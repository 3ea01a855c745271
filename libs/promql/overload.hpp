#pragma once
// One lambda for each alternative of a variant.

namespace monitron::promql {

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

}  // namespace monitron::promql
