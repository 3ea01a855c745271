#include "generated.hpp"

namespace monitron::promql {

namespace {

constexpr std::string_view kLabels[] = {"job",     "instance", "code",    "a",
                                        "version", "le",       "__name__"};
constexpr std::string_view kDurations[] = {"30s", "1m", "2m", "5m", "7m13s", "10m", "31m"};

}  // namespace

std::string Expressions::any() {
  return chance(10) ? scalar(3) : vector(static_cast<int>(random_() % 3) + 1);
}

std::string Expressions::number() {
  constexpr std::string_view kNumbers[] = {"0", "1",    "2",   "0.5", "-1",   "1e9",
                                           "3", "20.1", "NaN", "Inf", "-Inf", "0.1"};
  return one_of(kNumbers);
}

std::string Expressions::scalar(int depth) {
  if (depth <= 0 || chance(40)) return number();
  constexpr std::string_view kOperators[] = {"+", "-",       "*",      "/",       "%",
                                             "^", "== bool", "< bool", ">= bool", "atan2"};
  switch (random_() % 5) {
    case 0:
      return "time()";
    case 1:
      return "scalar(" + vector(depth - 1) + ")";
    case 2:
      return "-(" + scalar(depth - 1) + ")";
    case 3:
      return "pi()";
    default:
      return "(" + scalar(depth - 1) + " " + one_of(kOperators) + " " + scalar(depth - 1) + ")";
  }
}

std::string Expressions::modifiers() {
  constexpr std::string_view kTimes[] = {"1700002000", "1700005555.5", "start()", "end()",
                                         "1699990000"};
  std::string text;
  if (chance(15)) text += " offset " + std::string(chance(25) ? "-" : "") + one_of(kDurations);
  if (chance(8)) text += " @ " + one_of(kTimes);
  return text;
}

std::string Expressions::selector() {
  constexpr std::string_view kSelectors[] = {
      "requests_total",
      "requests_total{code=\"200\"}",
      "requests_total{job=\"api\",code!=\"200\"}",
      "memory_bytes",
      "memory_bytes{job=~\"a.*\"}",
      "temperature",
      "up",
      "info",
      "x",
      "y",
      "weird",
      "latency_bucket",
      "latency_bucket{job=\"web\"}",
      "delay_bucket",
      "{__name__=~\"latency_bucket|delay_bucket\"}",
      "{__name__=~\"x|y\"}",
      "{__name__=~\"memory_bytes|temperature\",instance!~\"c.*\"}",
      "nothing{a=\"1\",b!=\"2\"}",
  };
  return one_of(kSelectors);
}

std::string Expressions::range(int depth) { return range(depth, modifiers()); }

std::string Expressions::range(int depth, const std::string& modified) {
  if (depth <= 0 || chance(80)) return selector() + "[" + one_of(kDurations) + "]" + modified;
  // With a step in each window: Prometheus evaluates some that are in none.
  constexpr std::string_view kSpans[] = {"3m", "5m", "10m", "11m7s"};
  constexpr std::string_view kSteps[] = {"", "15s", "30s", "1m13s", "2m"};
  return "(" + vector(depth - 1) + ")[" + one_of(kSpans) + ":" + one_of(kSteps) + "]" + modified;
}

std::string Expressions::names() {
  std::string text = "(";
  for (const auto name : kLabels) {
    if (chance(30)) text += (text.size() > 1 ? "," : "") + std::string(name);
  }
  return text + ")";
}

std::string Expressions::vector(int depth) {
  if (depth <= 0) return selector() + modifiers();
  switch (random_() % 7) {
    case 0:
      return operation(depth);
    case 1:
      return matched(depth);
    case 2:
      return aggregation(depth);
    case 3:
    case 4:
      return of_range(depth);
    case 5:
      return of_vector(depth);
    default:
      return of_labels(depth);
  }
}

std::string Expressions::operation(int depth) {
  constexpr std::string_view kOperators[] = {
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "== bool", "> bool"};
  const auto op = " " + one_of(kOperators) + " ";
  const auto inner = "(" + vector(depth - 1) + ")";
  return chance(50) ? inner + op + scalar(depth - 1) : scalar(depth - 1) + op + inner;
}

std::string Expressions::matched(int depth) {
  constexpr std::string_view kOperators[] = {
      "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "== bool", "< bool"};
  constexpr std::string_view kSets[] = {"and", "or", "unless"};
  const auto matching =
      chance(60) ? " " + std::string(chance(50) ? "on" : "ignoring") + names() : "";
  const auto left = "(" + vector(depth - 1) + ")";
  const auto right = "(" + vector(depth - 1) + ")";
  if (chance(35)) return left + " " + one_of(kSets) + matching + " " + right;
  std::string group;
  if (!matching.empty() && chance(40)) {
    group = chance(50) ? " group_left" : " group_right";
    group += chance(20) ? "(__name__) " : "() ";
  }
  if (chance(20)) {
    return "requests_total " + one_of(kOperators) + " on(job,instance) group_left(version) info";
  }
  if (chance(20)) {
    return "latency_bucket " + one_of(kOperators) + " ignoring(le) group_left() " +
           (chance(50) ? "memory_bytes" : "max without(le) (latency_bucket)");
  }
  return left + " " + one_of(kOperators) + matching + group + " " + right;
}

std::string Expressions::aggregation(int depth) {
  constexpr std::string_view kOperators[] = {"sum",   "avg",    "min",    "max",
                                             "count", "stddev", "stdvar", "group"};
  const auto grouping = chance(70) ? std::string(chance(60) ? " by" : " without") + names() : "";
  const auto inner = vector(depth - 1);
  // Which of equal values are among the k is open, so that these are of values that differ.
  const std::string distinct =
      chance(50) ? "temperature" : "avg_over_time(temperature[" + one_of(kDurations) + "])";
  switch (random_() % 10) {
    case 0:
      return "topk" + grouping + "(" + (chance(80) ? "2" : scalar(1)) + ", " + distinct + ")";
    case 1:
      return "bottomk" + grouping + "(3, " + distinct + ")";
    case 2:
      return "quantile" + grouping + "(" + number() + ", " + inner + ")";
    case 3:
      // Of whole numbers: the last digit of others depends on the order of additions.
      return "count_values" + grouping + "(\"zz\", " +
             (chance(50) ? "changes(" + range(depth) + ")" : selector() + modifiers()) + ")";
    default:
      return one_of(kOperators) + grouping + "(" + inner + ")";
  }
}

std::string Expressions::of_range(int depth) {
  constexpr std::string_view kFunctions[] = {"rate",
                                             "increase",
                                             "delta",
                                             "irate",
                                             "idelta",
                                             "avg_over_time",
                                             "sum_over_time",
                                             "min_over_time",
                                             "max_over_time",
                                             "count_over_time",
                                             "last_over_time",
                                             "stddev_over_time",
                                             "stdvar_over_time",
                                             "present_over_time",
                                             "changes",
                                             "resets",
                                             "deriv",
                                             "absent_over_time",
                                             "rate",
                                             "increase"};
  switch (random_() % 11) {
    case 3:
      return "absent_over_time((" + range(depth) + "))";
    case 0:
      return "quantile_over_time(" + scalar(1) + ", " + range(depth, "") + ")";
    case 1:
      return "predict_linear(" + range(depth, "") + ", " + scalar(1) + ")";
    case 2:
      return "holt_winters(" + range(depth) + ", 0.5, 0." + std::to_string(1 + random_() % 9) + ")";
    default:
      return one_of(kFunctions) + "(" + range(depth) + ")";
  }
}

std::string Expressions::of_vector(int depth) {
  constexpr std::string_view kFunctions[] = {
      "abs",   "ceil",        "floor",        "ln",
      "log2",  "log10",       "sqrt",         "sgn",
      "deg",   "rad",         "sin",          "cos",
      "asin",  "acos",        "atan",         "tanh",
      "asinh", "acosh",       "atanh",        "timestamp",
      "sort",  "sort_desc",   "absent",       "minute",
      "hour",  "day_of_week", "day_of_month", "days_in_month",
      "month", "year",        "day_of_year",  "-",
      "+"};
  // Of small values: of large ones, these show nothing but the last digit.
  constexpr std::string_view kSteep[] = {"exp", "sinh", "cosh", "tan"};
  const auto inner = "(" + vector(depth - 1) + ")";
  switch (random_() % 15) {
    case 7:
      return "absent((" + selector() + modifiers() + "))";
    case 8:
      return "timestamp(" + std::string(chance(50) ? "+" : "") + "(" + selector() + "))";
    case 6:
      return one_of(kSteep) + "(temperature / " + number() + ")";
    case 0:
      return "clamp(" + inner + ", " + scalar(1) + ", " + scalar(1) + ")";
    case 1:
      return "clamp_min(" + inner + ", " + scalar(1) + ")";
    case 2:
      return "clamp_max(" + inner + ", " + scalar(1) + ")";
    case 3:
      return "round(" + inner + (chance(50) ? ", " + scalar(1) : std::string()) + ")";
    case 4:
      return "vector(" + scalar(depth) + ")";
    case 5:
      return "timestamp(" + selector() + (chance(50) ? " offset 1m" : " @ 1700003333") + ")";
    default:
      return one_of(kFunctions) + inner;
  }
}

std::string Expressions::of_labels(int depth) {
  const auto inner = vector(depth - 1);
  switch (random_() % 5) {
    case 0:
      return "label_replace(" + inner +
             ", \"new\", \"$1-${rest}$$\", \"instance\", \"(.):(?P<rest>.*)\")";
    case 1:
      return "label_replace(" + inner + ", \"" + one_of(kLabels) + "\", \"$1\", \"" +
             one_of(kLabels) + "\", \"(.*)\")";
    case 2:
      return "label_join(" + inner + ", \"" + one_of(kLabels) + "\", \"-\", \"job\", \"" +
             one_of(kLabels) + "\")";
    case 3:
      return "histogram_quantile(" + scalar(1) + ", " +
             (chance(60) ? "rate(" + std::string(chance(50) ? "latency" : "delay") + "_bucket[" +
                               one_of(kDurations) + "])"
                         : inner) +
             ")";
    default:
      return "histogram_quantile(0." + std::to_string(random_() % 100) + ", sum by(le" +
             (chance(50) ? ",job" : "") + ") (" +
             (chance(50) ? "latency_bucket" : "increase(latency_bucket[5m])") + "))";
  }
}

}  // namespace monitron::promql
