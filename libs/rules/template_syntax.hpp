#pragma once
// Whether Prometheus takes a text as a template of an alert: the grammar of Go's templates, the
// functions that Prometheus has, and the variables it defines. Nothing is filled in. Pure.
// github.com/golang/go, src/text/template/parse/parse.go; github.com/prometheus/prometheus,
// template/template.go. Threads: any.

#include <string>
#include <string_view>

namespace monitron::rules {

// The first that is wrong with it, in Go's words: `function "humanise" not defined`; empty: it is
// taken. Also wrong is what is nested deeper than 1,000 levels.
std::string template_complaint(std::string_view text);

}  // namespace monitron::rules
