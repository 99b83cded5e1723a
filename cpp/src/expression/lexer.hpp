#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace monoidal::expression {

enum class TokenKind { integer, real, name, symbol, end };

struct Token {
    TokenKind kind;
    std::size_t begin;  // byte in the text
    std::string_view text;

    [[nodiscard]] bool is(std::string_view symbol) const {
        return kind == TokenKind::symbol && text == symbol;
    }
    [[nodiscard]] bool is_literal() const {
        return kind == TokenKind::integer || kind == TokenKind::real;
    }
};

/// The tokens of `text` and an `end`. Throws ParseError at the first character of no token.
std::vector<Token> tokenize(std::string_view text);

/// Words that Python or C keep for themselves: as a variable they would break exported code.
bool is_reserved(std::string_view name) noexcept;

/// Sorts names with their digits as numbers: x2 before x10.
void sort_names(std::vector<std::string>& names);

}  // namespace monoidal::expression
