#pragma once
// Binary operators by what they join. Faults as in query.hpp.

#include "promql/evaluator.hpp"

namespace monitron::promql {

// Of an operator that is neither a comparison nor of sets.
double arithmetic(BinaryOp op, double left, double right);
bool comparison(BinaryOp op, double left, double right);

// Of two values in a vector: what is kept of the left one; kAbsent: nothing.
double combined(const Binary& binary, double left, double right);
// The result is about something else than the left operand, so that its name says too much.
inline bool drops_name(const Binary& binary) {
  return !is_comparison(binary.op) || binary.return_bool;
}

Result<void> match_vectors(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                           const Emit& emit);
Result<void> join_sets(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                       const Emit& emit);

}  // namespace monitron::promql
