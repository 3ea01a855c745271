#pragma once
// The words of Go's templates: of what stands between {{ and }}. Private to this room. Pure.
// github.com/golang/go, src/text/template/parse/lex.go

#include "base/result.hpp"

#include <string_view>
#include <vector>

namespace monitron::rules {

struct TemplateToken {
  enum class Kind {
    open,      // {{, with what trims
    close,     // }}
    space,     // within an action
    word,      // the name of a function, or what Go keeps for itself: if, end, true, nil …
    field,     // .Labels
    dot,       // .
    variable,  // $value; $ alone
    number,    // and characters: 'a'
    string,
    assign,  // := and =
    pipe,
    left_paren,
    right_paren,
    sign,  // any other
    end,   // of the text
  };
  Kind kind = Kind::end;
  std::string_view text{};
};

// Ends with one of the kind end. Comments, and texts outside of actions, are none. Fault: invalid,
// in Go's words.
Result<std::vector<TemplateToken>> template_tokens(std::string_view text);

}  // namespace monitron::rules
