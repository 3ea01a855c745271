#pragma once
// Rules whose alerts would be one and the same elsewhere: Alertmanager knows alerts by their labels
// alone, and people by their names. One thing that is wrong would be two incidents and two letters.
// Pure.

#include "api/rule_plan.hpp"

namespace monitron::api {

// Whether both are on, alert, and agree in name, severity and labels, and it is not certain that
// they are about different things: different checks, or different values of a label that both
// select by.
bool are_twins(const store::Rule& a, const store::Rule& b);

// Of `others` the one that `rule`, as it is to be, must not be a twin of; null: none. `before`: the
// rule as it is, null when it is new: what are twins already may go on. Rules of files may be twins
// of each other, as they may be in Prometheus.
const store::Rule* new_twin(const store::Rule& rule, const store::Rule* before,
                            const std::vector<store::Rule>& others);

// Of the rules of a file that are twins of others, when all is done as planned. `existing`: all
// rules there are.
std::vector<rules::Remark> remarks_on_twins(const std::vector<PlannedRule>& plan,
                                            const std::vector<store::Rule>& existing);

}  // namespace monitron::api
