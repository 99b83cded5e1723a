#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

inline constexpr std::size_t kMaxTextLength = 500'000;
inline constexpr std::size_t kMaxTokens = 100'000;
inline constexpr std::size_t kMaxNesting = 200;
inline constexpr std::size_t kMaxDigits = 300;
inline constexpr std::size_t kMaxNameLength = 64;

/// A text is not an expression. The message holds the column and the text around it.
struct ParseError : SyntaxError {
    ParseError(std::string_view what, std::string_view text, std::size_t byte);
    std::size_t column;  // of the first character that is wrong, from 1
};

/// A user's own operation: `program` over its variables stands for `name(...)`.
struct Definition {
    std::string name;
    Program program;
};

struct Parsed {
    Program program;
    std::vector<std::string> variables;
};

/// Reads an infix expression of numbers, names and calls. Nothing in the text is ever run.
///
/// An integer of at most 31 bits is a number; any other literal is a constant of the program,
/// a new one each time. `variables` are the names allowed, in the order of the program's
/// variables; without them, the names in the text, sorted with their digits as numbers.
/// Throws ParseError, also where the text is longer or deeper than the limits above.
Parsed parse(std::string_view text, std::optional<std::vector<std::string>> const& variables,
             std::vector<Definition> const& definitions);

/// Throws ParseError where `name` cannot name a variable or a definition.
void check_name(std::string_view name);

}  // namespace monoidal::expression
