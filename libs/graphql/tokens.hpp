#pragma once
// Tokens as PEGTL rules, shared by the flat scan and the grammar; included by those two alone.

#include <tao/pegtl.hpp>

namespace monitron::graphql::rules {

namespace p = tao::pegtl;

struct Comment : p::seq<p::one<'#'>, p::star<p::not_one<'\n', '\r'>>> {};
// Commas, and byte order marks wherever they are, mean nothing.
struct Ignored : p::star<p::sor<p::one<' ', '\t', '\n', '\r', ','>, Comment, p::utf8::bom>> {};

struct Dots : p::string<'.', '.', '.'> {};
struct NameText : p::identifier {};

struct Digits : p::plus<p::digit> {};
struct IntegerPart : p::seq<p::opt<p::one<'-'>>,
                            p::sor<p::one<'0'>, p::seq<p::range<'1', '9'>, p::star<p::digit>>>> {};
struct Fraction : p::seq<p::one<'.'>, p::must<Digits>> {};
struct Exponent : p::seq<p::one<'e', 'E'>, p::opt<p::one<'+', '-'>>, p::must<Digits>> {};
// "00", "1x" and "1.2.3" are mistakes, not two tokens.
struct NumberEnd : p::not_at<p::sor<p::identifier_other, p::one<'.'>>> {};
struct FloatText : p::seq<IntegerPart, p::sor<p::seq<Fraction, p::opt<Exponent>>, Exponent>,
                          p::must<NumberEnd>> {};
struct IntText : p::seq<IntegerPart, p::must<NumberEnd>> {};

struct BlockQuote : p::string<'"', '"', '"'> {};
struct BlockRest : p::until<BlockQuote, p::sor<p::string<'\\', '"', '"', '"'>, p::any>> {};
struct BlockText : p::seq<BlockQuote, p::must<BlockRest>> {};

struct UnicodeEscape
    : p::seq<p::one<'u'>,
             p::sor<p::rep<4, p::xdigit>, p::seq<p::one<'{'>, p::plus<p::xdigit>, p::one<'}'>>>> {};
struct Escape : p::sor<p::one<'"', '\\', '/', 'b', 'f', 'n', 'r', 't'>, UnicodeEscape> {};
struct StringCharacter
    : p::sor<p::seq<p::one<'\\'>, p::must<Escape>>, p::not_one<'"', '\\', '\n', '\r'>> {};
struct StringEnd : p::one<'"'> {};
struct StringText : p::seq<p::one<'"'>, p::star<StringCharacter>, p::must<StringEnd>> {};

}  // namespace monitron::graphql::rules
