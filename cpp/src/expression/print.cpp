#include "monoidal/expression/print.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <variant>

#include "monoidal/common/error.hpp"

namespace monoidal::expression {
namespace {

/// Joined piece by piece: GCC 12 warns wrongly of `"(" + text`.
std::string joined(std::string_view before, std::string_view text, std::string_view after) {
    std::string all(before);
    all += text;
    all += after;
    return all;
}

/// The shortest text that reads back as `value`, and as a literal of a constant.
std::string decimal(double value) {
    std::array<char, 32> buffer{};
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    std::string text(buffer.data(), end);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string latex_decimal(double value) {
    auto text = decimal(value);
    auto const e = text.find('e');
    if (e == std::string::npos) return text;
    int exponent = 0;
    auto const* const digits = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
    std::from_chars(digits, text.data() + text.size(), exponent);
    return text.substr(0, e) + " \\cdot 10^{" + std::to_string(exponent) + "}";
}

constexpr std::array<std::string_view, 34> kGreek{
    "alpha", "beta",  "gamma", "delta",   "epsilon", "zeta",   "eta", "theta", "iota",
    "kappa", "mu",    "nu",    "xi",      "rho",     "sigma",  "tau", "phi",   "chi",
    "psi",   "omega", "Gamma", "Delta",   "Theta",   "Lambda", "Xi",  "Pi",    "Sigma",
    "Phi",   "Psi",   "Omega", "Upsilon", "upsilon", "varphi", "ell"};

bool is_greek(std::string_view word) {
    for (auto const letter : kGreek) {
        if (word == letter) return true;
    }
    return false;
}

std::string latex_name(std::string_view name) {
    auto end = name.find('_', 1);
    auto begin = end == std::string_view::npos ? end : end + 1;
    if (end == std::string_view::npos) {
        end = name.size();
        while (end > 1 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
        begin = end;
    }
    auto const word = std::string(name.substr(0, end));
    std::string escaped;
    for (char const c : begin < name.size() ? name.substr(begin) : std::string_view{}) {
        escaped += c == '_' ? std::string(",") : std::string(1, c);
    }
    std::string head = word;
    if (is_greek(word)) {
        head = joined("\\", word, "");
    } else if (word.size() > 1) {
        head = joined("\\mathrm{", word[0] == '_' ? joined("\\_", word.substr(1), "") : word, "}");
    }
    return escaped.empty() ? head : head + joined("_{", escaped, "}");
}

/// Writes a tree by one of the notations, with a stack of its own instead of recursion.
class Writer {
public:
    Writer(Program const& program, std::span<std::string const> variables, bool latex)
        : program_(program), variables_(variables), latex_(latex) {}

    std::string run() {
        if (program_.tree_size() > kMaxPrinted) {
            throw TooLargeError("expression written out has " +
                                std::to_string(program_.tree_size()) + " nodes, the limit is " +
                                std::to_string(kMaxPrinted));
        }
        std::string text;
        stack_.emplace_back(
            Place{.id = static_cast<std::uint32_t>(program_.size() - 1), .needs = 0});
        while (!stack_.empty()) {
            auto const piece = stack_.back();
            stack_.pop_back();
            if (auto const* const literal = std::get_if<std::string_view>(&piece)) {
                text += *literal;
            } else {
                expand(std::get<Place>(piece), text);
            }
        }
        return text;
    }

private:
    struct Place {
        std::uint32_t id;
        int needs;  // binds at least so tightly, or stands in brackets
    };
    using Piece = std::variant<std::string_view, Place>;

    void expand(Place place, std::string& text) {
        Node const& node = program_.nodes()[place.id];
        if (arity(node.op) == 0) {
            auto const [word, binds] = leaf(node);
            text += binds < place.needs ? joined("(", word, ")") : word;
            return;
        }
        auto const notation = notation_of(node);
        bool const brackets = notation.binds < place.needs;
        if (brackets) {
            text += latex_ ? "\\left(" : "(";
            stack_.emplace_back(latex_ ? std::string_view("\\right)") : std::string_view(")"));
        }
        push_form(node, notation);
    }

    /// Puts the pieces of the form on the stack, the last first.
    void push_form(Node const& node, Notation const& notation) {
        auto form = notation.form;
        for (auto at = form.rfind('#'); at != std::string_view::npos; at = form.rfind('#')) {
            bool const first = form[at + 1] == '1';
            if (at + 2 < form.size()) stack_.emplace_back(form.substr(at + 2));
            stack_.emplace_back(first ? Place{.id = node.a, .needs = notation.left}
                                      : Place{.id = node.b, .needs = notation.right});
            form = form.substr(0, at);
        }
        if (!form.empty()) stack_.emplace_back(form);
    }

    /// The notation, save where the parser would read it as another operation.
    [[nodiscard]] Notation notation_of(Node const& node) const {
        auto const& own = latex_ ? operation(node.op).latex : operation(node.op).text;
        if (latex_) return own;
        auto const number = [&](std::uint32_t id) {
            Node const& n = program_.nodes()[id];
            return n.op == Op::number ? static_cast<std::int32_t>(n.a) : -1;
        };
        bool const positive_literal = [&] {
            Node const& n = program_.nodes()[node.a];
            return number(node.a) >= 0 ||
                   (n.op == Op::constant && !std::signbit(program_.constants()[n.a]));
        }();
        if (node.op == Op::pow && (number(node.b) == 2 || number(node.b) == 3)) {
            return Notation("pow(#1, #2)");
        }
        if (node.op == Op::div && number(node.a) == 1) return Notation("div(#1, #2)");
        if (node.op == Op::neg && positive_literal) return Notation("-(#1)", precedence::kMinus);
        return own;
    }

    [[nodiscard]] std::pair<std::string, int> leaf(Node const& node) const {
        using precedence::kAtom;
        using precedence::kMinus;
        switch (node.op) {
            case Op::number: {
                auto const value = static_cast<std::int32_t>(node.a);
                return {std::to_string(value), value < 0 ? kMinus : kAtom};
            }
            case Op::constant: {
                auto const value = program_.constants()[node.a];
                auto word = latex_ ? latex_decimal(value) : decimal(value);
                bool const product = latex_ && word.find('^') != std::string::npos;
                return {std::move(word), product               ? precedence::kProduct
                                         : std::signbit(value) ? kMinus
                                                               : kAtom};
            }
            case Op::variable: {
                auto const& name = variables_[node.a];
                return {latex_ ? latex_name(name) : name, kAtom};
            }
            default: {
                auto const& own = latex_ ? operation(node.op).latex : operation(node.op).text;
                return {std::string(own.form), kAtom};
            }
        }
    }

    Program const& program_;
    std::span<std::string const> variables_;
    bool latex_;
    std::vector<Piece> stack_;
};

void check_variables(Program const& program, std::span<std::string const> variables) {
    if (variables.size() == program.n_variables()) return;
    throw ShapeError("variables has " + std::to_string(variables.size()) + " names, expected " +
                     std::to_string(program.n_variables()));
}

std::string c_operand(Program const& program, std::uint32_t id) {
    Node const& node = program.nodes()[id];
    switch (node.op) {
        case Op::number: {
            auto const value = static_cast<std::int32_t>(node.a);
            return value < 0 ? joined("(", decimal(value), ")") : decimal(value);
        }
        case Op::constant: {
            auto const value = program.constants()[node.a];
            return std::signbit(value) ? joined("(", decimal(value), ")") : decimal(value);
        }
        case Op::variable: return joined("x[", std::to_string(node.a), "]");
        case Op::pi: return std::string(operation(Op::pi).c);
        default: return joined("t", std::to_string(id), "");
    }
}

std::string c_step(Program const& program, Node const& node) {
    std::string text;
    auto const form = operation(node.op).c;
    for (std::size_t k = 0; k < form.size(); ++k) {
        if (form[k] != '#') {
            text += form[k];
            continue;
        }
        text += c_operand(program, form[++k] == '1' ? node.a : node.b);
    }
    return text;
}

}  // namespace

std::string print(Program const& program, std::span<std::string const> variables) {
    check_variables(program, variables);
    return Writer(program, variables, false).run();
}

std::string print_latex(Program const& program, std::span<std::string const> variables) {
    check_variables(program, variables);
    return Writer(program, variables, true).run();
}

std::string print_c(Program const& program, std::span<std::string const> variables,
                    std::string const& name) {
    check_variables(program, variables);
    std::string text = "#include <math.h>\n\n/* x:";
    for (auto const& variable : variables) text += " " + variable;
    text += " */\ndouble " + name + "(const double *x)\n{\n    (void)x;\n";
    for (std::uint32_t id = 0; id < program.size(); ++id) {
        Node const& node = program.nodes()[id];
        if (arity(node.op) == 0) continue;
        text += "    const double t" + std::to_string(id) + " = " + c_step(program, node) + ";\n";
    }
    auto const result = static_cast<std::uint32_t>(program.size() - 1);
    return text + "    return " + c_operand(program, result) + ";\n}\n";
}

}  // namespace monoidal::expression
