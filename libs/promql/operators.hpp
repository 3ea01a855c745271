#pragma once
// Binary operators by what they join. Faults as in query.hpp.

#include "promql/evaluator.hpp"

namespace monitron::promql {

// Of an operator that is neither a comparison nor of sets.
double arithmetic(BinaryOp op, double left, double right);
bool comparison(BinaryOp op, double left, double right);

// Of two values in a vector: what is kept of the left one; kAbsent: nothing.
double combined(const Binary& binary, double left, double right);
// Results of arithmetic are about something else than the left operand is, so its name goes; but
// atan2 keeps it, as in Prometheus 2.4x.
inline bool is_nameless(BinaryOp op) { return !is_comparison(op) && op != BinaryOp::atan2; }
inline bool drops_name(const Binary& binary) {
  return is_nameless(binary.op) || binary.return_bool;
}

Result<void> match_vectors(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                           const Emit& emit);
Result<void> join_sets(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                       const Emit& emit);

}  // namespace monitron::promql
