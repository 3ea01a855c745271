#pragma once
// The grammar of executable documents over a text that the flat scan has accepted; included by the
// parser alone. https://spec.graphql.org/October2021/#sec-Appendix-Grammar-Summary

#include "graphql/tokens.hpp"

#include <tao/pegtl/contrib/parse_tree.hpp>

namespace monitron::graphql::rules {

template <char C>
struct Sign : p::seq<p::one<C>, Ignored> {};
template <class Word>
struct Keyword : p::seq<Word, p::not_at<p::identifier_other>, Ignored> {};
struct On : Keyword<p::string<'o', 'n'>> {};
struct FragmentWord : Keyword<TAO_PEGTL_STRING("fragment")> {};
struct OperationWord : p::seq<p::sor<TAO_PEGTL_STRING("query"), TAO_PEGTL_STRING("mutation"),
                                     TAO_PEGTL_STRING("subscription")>,
                              p::not_at<p::identifier_other>> {};

struct Name : p::seq<NameText, Ignored> {};

struct AnyValue;
struct Variable : p::seq<Sign<'$'>, p::must<Name>> {};
struct List : p::seq<Sign<'['>, p::until<Sign<']'>, p::must<AnyValue>>> {};
struct ObjectField : p::seq<Name, p::must<Sign<':'>>, p::must<AnyValue>> {};
struct Object : p::seq<Sign<'{'>, p::until<Sign<'}'>, p::must<ObjectField>>> {};
struct Word : p::identifier {};  // true, false, null, or an enum's value
template <class Text>
struct Literal : p::seq<Text, Ignored> {};
struct AnyValue : p::sor<Variable, Literal<Word>, Literal<BlockText>, Literal<StringText>,
                         Literal<FloatText>, Literal<IntText>, List, Object> {};

struct Argument : p::seq<Name, p::must<Sign<':'>>, p::must<AnyValue>> {};
struct Arguments : p::seq<Sign<'('>, p::must<Argument>, p::until<Sign<')'>, p::must<Argument>>> {};
struct Directive : p::seq<Sign<'@'>, p::must<Name>, p::opt<Arguments>> {};
struct Directives : p::star<Directive> {};

struct AnySelection;
struct SelectionSet
    : p::seq<Sign<'{'>, p::must<AnySelection>, p::until<Sign<'}'>, p::must<AnySelection>>> {};
struct TypeCondition : p::seq<On, p::must<Name>> {};
struct Field : p::seq<Name, p::opt<Sign<':'>, p::must<Name>>, p::opt<Arguments>, Directives,
                      p::opt<SelectionSet>> {};
struct FragmentSpread : p::seq<Dots, Ignored, p::not_at<On>, Name, Directives> {};
struct InlineFragment
    : p::seq<Dots, Ignored, p::opt<TypeCondition>, Directives, p::must<SelectionSet>> {};
struct AnySelection : p::sor<Field, FragmentSpread, InlineFragment> {};

struct AnyType;
struct Bang : p::one<'!'> {};
struct ListType : p::seq<Sign<'['>, p::must<AnyType>, p::must<Sign<']'>>> {};
struct AnyType : p::seq<p::sor<ListType, Name>, p::opt<Bang, Ignored>> {};
struct DefaultValue : p::seq<Sign<'='>, p::must<AnyValue>> {};
struct VariableDefinition
    : p::seq<Variable, p::must<Sign<':'>>, p::must<AnyType>, p::opt<DefaultValue>, Directives> {};
struct VariableDefinitions : p::seq<Sign<'('>, p::must<VariableDefinition>,
                                    p::until<Sign<')'>, p::must<VariableDefinition>>> {};

struct Operation
    : p::sor<SelectionSet, p::seq<OperationWord, Ignored, p::opt<Name>, p::opt<VariableDefinitions>,
                                  Directives, p::must<SelectionSet>>> {};
struct FragmentName : p::seq<p::not_at<On>, Name> {};
struct Fragment : p::seq<FragmentWord, p::must<FragmentName>, p::must<TypeCondition>, Directives,
                         p::must<SelectionSet>> {};
struct Definition : p::sor<Operation, Fragment> {};
struct Source : p::seq<Ignored, p::must<Definition>, p::until<p::eof, p::must<Definition>>> {};

// Rules that become nodes; what is in a rule that does not, hangs on the next one outside of it.
template <class Rule>
using Selector = p::parse_tree::selector<
    Rule,
    p::parse_tree::store_content::on<
        NameText, Word, Variable, IntText, FloatText, StringText, BlockText, List, Object,
        ObjectField, Argument, Directive, Field, FragmentSpread, InlineFragment, TypeCondition,
        AnyType, ListType, Bang, VariableDefinition, OperationWord, Operation, Fragment>>;

// What was expected, by the rule that did not match.
template <class Rule>
inline constexpr const char* kExpected = "something else";
template <char C>
inline constexpr char kSignText[] = {'"', C, '"', '\0'};
template <char C>
inline constexpr const char* kExpected<Sign<C>> = kSignText<C>;
template <>
inline constexpr const char* kExpected<Name> = "a name";
template <>
inline constexpr const char* kExpected<FragmentName> = "the name of a fragment";
template <>
inline constexpr const char* kExpected<TypeCondition> = "\"on\" and a type";
template <>
inline constexpr const char* kExpected<AnyValue> = "a value";
template <>
inline constexpr const char* kExpected<ObjectField> = "a field or \"}\"";
template <>
inline constexpr const char* kExpected<Argument> = "an argument";
template <>
inline constexpr const char* kExpected<SelectionSet> = "\"{\"";
template <>
inline constexpr const char* kExpected<AnySelection> = "a field or a fragment";
template <>
inline constexpr const char* kExpected<AnyType> = "a type";
template <>
inline constexpr const char* kExpected<VariableDefinition> = "a variable";
template <>
inline constexpr const char* kExpected<Definition> = "an operation or a fragment";

template <class Rule>
struct GrammarControl : p::normal<Rule> {
  template <class Input, class... States>
  [[noreturn]] static void raise(const Input& in, States&&... /*states*/) {
    throw p::parse_error(kExpected<Rule>, in);
  }
};

}  // namespace monitron::graphql::rules
