// label_replace and label_join.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#label_replace
// label_ip is our own (docs/promql.md).

#include "base/ip_network.hpp"
#include "base/label_name.hpp"
#include "promql/analysis.hpp"
#include "promql/calls.hpp"
#include "promql/replacement.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

Result<void> bad(std::string text) { return fail(Fault::invalid, std::move(text)); }

using Relabel = std::function<void(Labels&)>;

// Labels that become equal are put together, or refused.
Result<void> relabelled(Evaluator& evaluator, const Expr& argument, const Steps& steps,
                        const Relabel& relabel, const Emit& emit) {
  Merge merge(evaluator.budget());
  auto read = evaluator.stream(argument, steps, [&](const RowView& row) {
    Labels labels = row.own_labels();
    relabel(labels);
    return merge.add(std::move(labels), row.values);
  });
  return read ? merge.emit(emit) : read;
}

}  // namespace

Result<void> label_replace(Evaluator& evaluator, const Call& call, const Steps& steps,
                           const Emit& emit) {
  const auto& target = text_of(call.arguments[1]);
  const auto& source = text_of(call.arguments[3]);
  auto replacement = Replacement::make(text_of(call.arguments[4]), text_of(call.arguments[2]));
  if (!replacement) {
    return bad("invalid regular expression in label_replace(): " + text_of(call.arguments[4]));
  }
  if (!is_label_name(target)) {
    return bad("invalid destination label name in label_replace(): " + target);
  }
  const auto relabel = [&](Labels& labels) {
    if (const auto value = replacement->apply(labels.get(source))) labels.set(target, *value);
  };
  return relabelled(evaluator, call.arguments[0], steps, relabel, emit);
}

Result<void> label_join(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit) {
  const auto& target = text_of(call.arguments[1]);
  const auto& separator = text_of(call.arguments[2]);
  std::vector<std::string_view> sources;
  for (std::size_t i = 3; i < call.arguments.size(); ++i) {
    sources.push_back(text_of(call.arguments[i]));
    if (is_label_name(sources.back())) continue;
    return bad("invalid source label name in label_join(): " + std::string(sources.back()));
  }
  if (!is_label_name(target)) {
    return bad("invalid destination label name in label_join(): " + target);
  }
  const auto relabel = [&](Labels& labels) {
    std::string joined;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i > 0) joined += separator;
      joined += labels.get(sources[i]);
    }
    labels.set(target, joined);
  };
  return relabelled(evaluator, call.arguments[0], steps, relabel, emit);
}

Result<void> label_ip(Evaluator& evaluator, const Call& call, const Steps& steps,
                      const Emit& emit) {
  const auto& label = text_of(call.arguments[1]);
  if (!is_label_name(label)) return bad("invalid label name in label_ip(): " + label);
  std::vector<IpNetwork> networks;
  for (std::size_t i = 2; i < call.arguments.size(); ++i) {
    const auto& text = text_of(call.arguments[i]);
    const auto network = parse_ip_network(text);
    if (!network) return bad("neither an address nor a network in label_ip(): " + text);
    networks.push_back(*network);
  }
  return evaluator.stream(call.arguments[0], steps, [&](const RowView& row) -> Result<void> {
    const auto one = parse_ip_network(row.labels->get(label));
    if (!one) return {};
    const bool is_in = std::any_of(networks.begin(), networks.end(),
                                   [&](const auto& network) { return includes(network, *one); });
    return is_in ? emit(row) : Result<void>{};
  });
}

}  // namespace monitron::promql
