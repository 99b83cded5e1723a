#include "monoidal/expression/parse.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "lexer.hpp"

namespace monoidal::expression {
namespace {

constexpr std::size_t kWidth = 60;  // of the text that an error shows

std::size_t column_of(std::string_view text, std::size_t byte) {
    auto const end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
    // Bytes 10xxxxxx continue a character of UTF-8.
    return 1 + static_cast<std::size_t>(std::count_if(text.begin(), end, [](char c) {
               return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
           }));
}

/// The text, or the part around `byte`, in printable ASCII.
std::string excerpt(std::string_view text, std::size_t byte) {
    std::size_t const begin =
        text.size() <= kWidth ? 0
                              : std::min(byte - std::min(byte, kWidth / 2), text.size() - kWidth);
    auto shown = std::string(text.substr(begin, kWidth));
    for (char& c : shown) {
        if (c < ' ' || c > '~') c = '?';
    }
    return (begin > 0 ? "..." : "") + shown + (begin + kWidth < text.size() ? "..." : "");
}

std::string message(std::string_view what, std::string_view text, std::size_t byte) {
    return "column " + std::to_string(column_of(text, byte)) + ": " + std::string(what) + ": \"" +
           excerpt(text, byte) + '"';
}

std::string quoted(std::string_view word) {
    std::string all("'");  // GCC 12 warns wrongly of "'" + word
    all += word;
    all += '\'';
    return all;
}

class Parser {
public:
    Parser(std::string_view text, std::vector<Token> const& tokens,
           std::vector<std::string> const& variables, std::vector<Definition> const& definitions)
        : text_(text), tokens_(tokens), definitions_(definitions), builder_(variables.size()) {
        for (std::size_t k = 0; k < variables.size(); ++k) variable_[variables[k]] = k;
    }

    Program run() {
        auto const result = sum();
        if (token().kind != TokenKind::end)
            fail("expected an operator, got " + quoted(token().text));
        return builder_.build(result);
    }

private:
    using Id = Builder::Id;

    [[nodiscard]] Token const& token(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    [[noreturn]] void fail(std::string const& what) const { fail(what, token()); }
    [[noreturn]] void fail(std::string const& what, Token const& where) const {
        throw ParseError(what, text_, where.begin);
    }
    bool accept(std::string_view symbol) {
        if (!token().is(symbol)) return false;
        ++at_;
        return true;
    }
    void expect(std::string_view symbol) {
        if (accept(symbol)) return;
        bool const ends = token().kind == TokenKind::end;
        fail("expected " + quoted(symbol) + ", got " +
             (ends ? "the end of the text" : quoted(token().text)));
    }

    Id apply(Op op, Id a, Id b = 0) {
        auto const id = builder_.apply(op, a, b);
        if (builder_.size() > kMaxNodes) {
            fail("expression has more than " + std::to_string(kMaxNodes) + " nodes");
        }
        return id;
    }

    Id sum() {
        auto left = product();
        for (;;) {
            if (accept("+")) {
                left = apply(Op::add, left, product());
            } else if (accept("-")) {
                left = apply(Op::sub, left, product());
            } else {
                return left;
            }
        }
    }

    Id product() {
        auto left = unary();
        for (;;) {
            if (accept("*")) {
                left = apply(Op::mul, left, unary());
            } else if (accept("/")) {
                auto const right = unary();
                left = builder_.is_number(left, 1) ? apply(Op::inv, right)
                                                   : apply(Op::div, left, right);
            } else {
                return left;
            }
        }
    }

    Id unary() {
        if (++nesting_ > kMaxNesting) {
            fail("expression is nested more than " + std::to_string(kMaxNesting) + " deep");
        }
        auto const id = signed_power();
        --nesting_;
        return id;
    }

    Id signed_power() {
        if (accept("+")) return unary();
        if (!accept("-")) return power();
        bool const is_power = token(1).is("**") || token(1).is("^");
        if (token().is_literal() && !is_power) return literal(-1);
        return apply(Op::neg, unary());
    }

    Id power() {
        auto const base = atom();
        if (!accept("**") && !accept("^")) return base;
        auto const exponent = unary();
        if (builder_.is_number(exponent, 2)) return apply(Op::pow2, base);
        if (builder_.is_number(exponent, 3)) return apply(Op::pow3, base);
        return apply(Op::pow, base, exponent);
    }

    Id atom() {
        if (token().is_literal()) return literal(1);
        if (token().kind == TokenKind::name) return token(1).is("(") ? call() : name();
        if (accept("(")) {
            auto const inner = sum();
            expect(")");
            return inner;
        }
        if (token().kind == TokenKind::end) fail("expected a number, a name or '(' before the end");
        fail("expected a number, a name or '(', got " + quoted(token().text));
    }

    Id literal(int sign) {
        auto const& word = token();
        double value = 0.0;
        auto const* const end = word.text.end();
        auto const [stop, error] = std::from_chars(word.text.begin(), end, value);
        if (error != std::errc{} || stop != end || !std::isfinite(value)) {
            fail("a number is too large or too small for double precision");
        }
        ++at_;
        bool const exact = word.kind == TokenKind::integer && value <= 2147483647.0;
        auto const id = exact ? builder_.number(sign * static_cast<std::int32_t>(value))
                              : builder_.constant(sign * value);
        if (builder_.size() > kMaxNodes) {
            fail("expression has more than " + std::to_string(kMaxNodes) + " nodes", word);
        }
        return id;
    }

    Id name() {
        auto const& word = token();
        if (word.text == "pi") {
            ++at_;
            return apply(Op::pi, 0);
        }
        auto const found = variable_.find(std::string(word.text));
        if (found == variable_.end()) {
            if (find_operation(word.text) != nullptr)
                fail("function " + quoted(word.text) + " lacks its '('");
            fail("unknown name " + quoted(word.text));
        }
        ++at_;
        return builder_.variable(found->second);
    }

    Id call() {
        auto const& word = token();
        auto const defined = std::ranges::find_if(
            definitions_, [&](Definition const& d) { return d.name == word.text; });
        auto const* const known = find_operation(word.text);
        if (defined == definitions_.end() && known == nullptr) {
            fail("unknown function " + quoted(word.text));
        }
        at_ += 2;
        auto const operands = arguments();
        if (defined != definitions_.end()) return insert(*defined, operands, word);
        bool const folds = known->op == Op::min || known->op == Op::max;
        if (operands.size() != arity(known->op) && (!folds || operands.size() < 2)) {
            fail_count(word, operands.size(), arity(known->op));
        }
        auto id = apply(known->op, operands[0], operands.size() > 1 ? operands[1] : 0);
        for (std::size_t k = 2; k < operands.size(); ++k) id = apply(known->op, id, operands[k]);
        return id;
    }

    std::vector<Id> arguments() {
        if (accept(")")) return {};
        std::vector<Id> operands{sum()};
        while (accept(",")) {
            if (operands.size() >= kMaxNodes) {
                fail("a call has more than " + std::to_string(kMaxNodes) + " arguments");
            }
            operands.push_back(sum());
        }
        expect(")");
        return operands;
    }

    Id insert(Definition const& definition, std::vector<Id> const& operands, Token const& word) {
        auto const expected = definition.program.n_variables();
        if (operands.size() != expected) fail_count(word, operands.size(), expected);
        auto const id = builder_.insert(definition.program, operands);
        if (builder_.size() > kMaxNodes) {
            fail("expression has more than " + std::to_string(kMaxNodes) + " nodes", word);
        }
        return id;
    }

    [[noreturn]] void fail_count(Token const& word, std::size_t got, std::size_t expected) const {
        fail("function " + quoted(word.text) + " has " + std::to_string(got) +
                 " arguments, expected " + std::to_string(expected),
             word);
    }

    std::string_view text_;
    std::vector<Token> const& tokens_;
    std::vector<Definition> const& definitions_;
    std::unordered_map<std::string, std::size_t> variable_;
    Builder builder_;
    std::size_t at_ = 0;
    std::size_t nesting_ = 0;
};

std::vector<std::string> names_in(std::vector<Token> const& tokens, std::string_view text) {
    std::unordered_set<std::string_view> found;
    for (std::size_t k = 0; k + 1 < tokens.size(); ++k) {
        auto const& token = tokens[k];
        if (token.kind != TokenKind::name || token.text == "pi" || tokens[k + 1].is("(")) continue;
        if (!found.insert(token.text).second) continue;
        if (find_operation(token.text) != nullptr) {
            found.erase(token.text);  // the parser says what is wrong
        } else if (is_reserved(token.text) || token.text.starts_with("__")) {
            throw ParseError("unknown name " + quoted(token.text), text, token.begin);
        }
    }
    std::vector<std::string> names(found.begin(), found.end());
    sort_names(names);
    return names;
}

}  // namespace

ParseError::ParseError(std::string_view what, std::string_view text, std::size_t byte)
    : SyntaxError(message(what, text, byte)), column(column_of(text, byte)) {}

void check_name(std::string_view name) {
    auto const tokens = tokenize(name);
    if (tokens.size() != 2 || tokens[0].kind != TokenKind::name || tokens[0].text != name) {
        throw ParseError("a name has letters, digits and '_', and no digit first", name, 0);
    }
    if (is_reserved(name) || name.starts_with("__")) {
        throw ParseError("this name is kept for other uses", name, 0);
    }
    if (find_operation(name) != nullptr) {
        throw ParseError("this name is that of an operation", name, 0);
    }
}

Parsed parse(std::string_view text, std::optional<std::vector<std::string>> const& variables,
             std::vector<Definition> const& definitions) {
    if (text.size() > kMaxTextLength) {
        throw ParseError("text has " + std::to_string(text.size()) + " characters, the limit is " +
                             std::to_string(kMaxTextLength),
                         text.substr(0, 100), 0);
    }
    for (auto const& definition : definitions) check_name(definition.name);
    for (auto const& name : variables.value_or(std::vector<std::string>{})) check_name(name);
    auto const tokens = tokenize(text);
    auto names = variables ? *variables : names_in(tokens, text);
    if (names.size() > kMaxVariables) {
        throw ParseError("text has more than " + std::to_string(kMaxVariables) + " names", text, 0);
    }
    auto program = Parser(text, tokens, names, definitions).run();
    return {.program = std::move(program), .variables = std::move(names)};
}

}  // namespace monoidal::expression
