#include "lexer.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "monoidal/expression/parse.hpp"

namespace monoidal::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        std::vector<Token> tokens;
        for (;;) {
            while (at_ < text_.size() && is_space(text_[at_])) ++at_;
            if (at_ == text_.size()) break;
            if (tokens.size() == kMaxTokens) {
                throw ParseError("text has more than " + std::to_string(kMaxTokens) +
                                     " numbers, names and signs",
                                 text_, at_);
            }
            tokens.push_back(next());
        }
        tokens.push_back({.kind = TokenKind::end, .begin = text_.size(), .text = {}});
        return tokens;
    }

private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    [[nodiscard]] char peek(std::size_t offset = 0) const {
        return at_ + offset < text_.size() ? text_[at_ + offset] : '\0';
    }

    Token next() {
        char const c = peek();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
        if (is_letter(c)) return name();
        if (c == '*' && peek(1) == '*') return symbol(2);
        if (std::string_view("+-*/^(),").find(c) != std::string_view::npos) return symbol(1);
        refuse();
    }

    Token symbol(std::size_t length) {
        Token const token{
            .kind = TokenKind::symbol, .begin = at_, .text = text_.substr(at_, length)};
        at_ += length;
        return token;
    }

    Token name() {
        auto const begin = at_;
        while (is_letter(peek()) || is_digit(peek())) ++at_;
        auto const text = text_.substr(begin, at_ - begin);
        if (text.size() > kMaxNameLength) {
            throw ParseError(
                "a name has more than " + std::to_string(kMaxNameLength) + " characters", text_,
                begin);
        }
        return {.kind = TokenKind::name, .begin = begin, .text = text};
    }

    std::size_t digits() {
        auto const begin = at_;
        while (is_digit(peek())) ++at_;
        if (at_ - begin > kMaxDigits) {
            throw ParseError("a number has more than " + std::to_string(kMaxDigits) + " digits",
                             text_, begin);
        }
        return at_ - begin;
    }

    Token number() {
        auto const begin = at_;
        auto kind = TokenKind::integer;
        digits();
        if (peek() == '.') {
            kind = TokenKind::real;
            ++at_;
            digits();
        }
        bool const has_sign = peek(1) == '+' || peek(1) == '-';
        if ((peek() == 'e' || peek() == 'E') && is_digit(peek(has_sign ? 2 : 1))) {
            kind = TokenKind::real;
            at_ += has_sign ? 2 : 1;
            digits();
        }
        if (is_letter(peek())) {
            throw ParseError("a number runs into a name; write the operator between them", text_,
                             at_);
        }
        return {.kind = kind, .begin = begin, .text = text_.substr(begin, at_ - begin)};
    }

    [[noreturn]] void refuse() const {
        char const c = peek();
        if (c == '.') {
            bool const named = is_letter(peek(1));
            throw ParseError(named ? "attribute access is not part of the expression language"
                                   : "a point stands outside a number",
                             text_, at_ + (named ? 1 : 0));
        }
        throw ParseError(std::string(reason(c)) + " not part of the expression language", text_,
                         at_);
    }

    static std::string_view reason(char c) {
        switch (c) {
            case '\'':
            case '"':
            case '`': return "strings are";
            case '[':
            case ']':
            case '{':
            case '}': return "lists, sets and indices are";
            case '=':
            case ':':
            case ';': return "assignments and statements are";
            case '<':
            case '>':
            case '!':
            case '&':
            case '|':
            case '~': return "comparisons and logic are";
            case '%': return "remainders are";
            case '@': return "matrix products are";
            case '\\': return "backslashes are";
            default: return "this character is";
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

constexpr std::array<std::string_view, 66> kWords{
    "False",   "None",     "True",     "and",      "as",       "assert", "async",    "await",
    "break",   "class",    "continue", "def",      "del",      "elif",   "else",     "except",
    "finally", "for",      "from",     "global",   "if",       "import", "in",       "is",
    "lambda",  "nonlocal", "not",      "or",       "pass",     "raise",  "return",   "try",
    "while",   "with",     "yield",    "auto",     "bool",     "case",   "char",     "const",
    "default", "do",       "double",   "enum",     "extern",   "float",  "goto",     "inline",
    "int",     "long",     "register", "restrict", "short",    "signed", "sizeof",   "static",
    "struct",  "switch",   "typedef",  "union",    "unsigned", "void",   "volatile", "nan",
    "inf",     "pi"};

/// (name without its last digits, their number of digits, the digits, the name)
std::tuple<std::string_view, std::size_t, std::string_view> natural_key(std::string_view name) {
    auto end = name.size();
    while (end > 0 && is_digit(name[end - 1])) --end;
    auto const digits = name.substr(end);
    return {name.substr(0, end), digits.size(), digits};
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

void sort_names(std::vector<std::string>& names) {
    std::ranges::sort(names, [](std::string const& a, std::string const& b) {
        return natural_key(a) < natural_key(b);
    });
}

bool is_reserved(std::string_view name) noexcept {
    return std::ranges::find(kWords, name) != kWords.end();
}

}  // namespace monoidal::expression
