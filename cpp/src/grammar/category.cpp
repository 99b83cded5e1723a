#include "monoidal/grammar/category.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "monoidal/common/error.hpp"

namespace monoidal::grammar {
namespace {

constexpr std::array<char const*, 11> kFeatureNames = {"dcl", "b",  "pt", "pss", "ng", "to",
                                                       "adj", "em", "q",  "wq",  "imp"};
constexpr std::size_t kMaxText = 400;

/// Recursive descent over one category; slashes associate to the left.
class Reader {
public:
    Reader(Categories& categories, std::string_view text) : categories_(categories), text_(text) {}

    Cat read() {
        auto const cat = expression();
        if (at_ != text_.size()) fail("has something after its end");
        return cat;
    }

    /// An atom's name, then its features.
    std::pair<std::string_view, std::string_view> name_and_features() {
        auto const begin = at_;
        while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
        if (at_ == begin) fail("lacks an atom");
        auto const name = text_.substr(begin, at_ - begin);
        if (at_ == text_.size() || text_[at_] != '[') return {name, {}};
        auto const close = text_.find(']', at_);
        if (close == std::string_view::npos) fail("lacks a closing bracket");
        auto const features = text_.substr(at_ + 1, close - at_ - 1);
        at_ = close + 1;
        return {name, features};
    }

private:
    static bool is_letter(char c) {
        auto const byte = static_cast<unsigned char>(c);
        return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
    }

    [[noreturn]] void fail(char const* reason) const {
        throw SyntaxError("category '" + std::string(text_) + "' " + reason + " at column " +
                          std::to_string(at_ + 1));
    }

    Cat expression() {
        auto cat = part();
        while (at_ < text_.size() && (text_[at_] == '/' || text_[at_] == '\\')) {
            auto const shape = text_[at_++] == '/' ? Shape::forward : Shape::backward;
            cat = categories_.complex(shape, cat, part());
        }
        return cat;
    }

    Cat part() {
        if (at_ < text_.size() && text_[at_] == '(') {
            ++at_;
            auto const inner = expression();
            if (at_ == text_.size() || text_[at_] != ')') fail("lacks a closing parenthesis");
            ++at_;
            return inner;
        }
        return atom();
    }

    Cat atom();
    std::uint16_t sentence_features(std::string_view list);

    Categories& categories_;
    std::string_view text_;
    std::size_t at_ = 0;
};

std::uint16_t Reader::sentence_features(std::string_view list) {
    std::uint16_t bits = 0;
    while (!list.empty()) {
        auto const comma = std::min(list.find(','), list.size());
        auto const name = list.substr(0, comma);
        auto const found = std::ranges::find(kFeatureNames, name);
        if (found == kFeatureNames.end()) fail("has a feature of S that is not known");
        bits |= static_cast<std::uint16_t>(1U << (found - kFeatureNames.begin()));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return bits;
}

Cat Reader::atom() {
    using C = Categories;
    auto const [name, features] = name_and_features();
    bool const is_variable = features == "X";
    if (name == "S") {
        auto const all = features.empty() || is_variable;
        return categories_.atom(C::kS, all ? C::kAny : sentence_features(features), is_variable);
    }
    if (name == "NP") {
        if (features == "np") return categories_.atom(C::kN, C::kFull);
        if (features == "pro") return categories_.atom(C::kN, C::kPronoun);
        return categories_.atom(C::kN, C::kPhrase);
    }
    if (name == "N") {
        if (features == "sg") return categories_.atom(C::kN, C::kSingular);
        if (features == "pl") return categories_.atom(C::kN, C::kPlural);
        if (features == "tm") return categories_.atom(C::kN, C::kTime);
        if (features == "any") return categories_.atom(C::kN, C::kNominal);
        if (!features.empty() && !is_variable) fail("has a feature of N that is not known");
        if (is_variable) return categories_.atom(C::kN, C::kNoun | C::kTime, true);
        return categories_.atom(C::kN, C::kNoun);
    }
    return categories_.atom(categories_.atom_number(name), C::kAny);
}

}  // namespace

Categories::Categories()
    : nodes_(std::make_unique<Node[]>(kCapacity)),
      wires_(std::make_unique<Wires[]>(kCapacity)),
      atoms_{"s", "n", "conj", "comma", "dash", "stop", "mark"} {}

std::uint16_t Categories::atom_number(std::string_view name) {
    std::scoped_lock const lock(mutex_);
    auto const text = name == "PP" ? std::string("p") : std::string(name);
    auto const found = std::ranges::find(atoms_, text);
    if (found == atoms_.end()) atoms_.push_back(text);
    return static_cast<std::uint16_t>(std::ranges::find(atoms_, text) - atoms_.begin());
}

std::string Categories::name(std::uint16_t atom) const {
    std::scoped_lock const lock(mutex_);
    return atoms_.at(atom);
}

std::size_t Categories::size() const {
    std::scoped_lock const lock(mutex_);
    return size_;
}

Cat Categories::parse(std::string_view text) {
    if (text.size() > kMaxText) {
        throw SyntaxError("category has " + std::to_string(text.size()) +
                          " characters, expected at most " + std::to_string(kMaxText));
    }
    return Reader(*this, text).read();
}

Cat Categories::atom(std::uint16_t atom, std::uint16_t features, bool is_variable) {
    return intern({Shape::atom, is_variable, atom, features, 0, 0});
}

Cat Categories::complex(Shape shape, Cat result, Cat argument) {
    return intern({shape, false, 0, 0, result, argument});
}

namespace {

/// The wires of a new node from those of its parts.
Wires wires_of(Node const& node, Wires const& result, Wires const& argument) {
    if (node.shape == Shape::atom) return {{{node.atom, 0}}, 0};
    if (node.shape != Shape::forward && node.shape != Shape::backward) return result;
    auto turned = argument.wires;
    std::ranges::reverse(turned);
    auto const by = static_cast<std::int16_t>(node.shape == Shape::forward ? -1 : 1);
    for (auto& wire : turned) wire.winding = static_cast<std::int16_t>(wire.winding + by);
    Wires out = result;
    if (node.shape == Shape::forward) {
        out.wires.insert(out.wires.end(), turned.begin(), turned.end());
    } else {
        out.head += static_cast<std::uint32_t>(turned.size());
        out.wires.insert(out.wires.begin(), turned.begin(), turned.end());
    }
    return out;
}

}  // namespace

Cat Categories::intern(Node const& node) {
    std::scoped_lock const lock(mutex_);
    auto const found = known_.find(node.key());
    if (found != known_.end()) return found->second;
    if (size_ == kCapacity) {
        throw TooLargeError("grammar has " + std::to_string(kCapacity) +
                            " categories, expected no more");
    }
    auto const id = static_cast<Cat>(size_++);
    nodes_[id] = node;
    wires_[id] = wires_of(node, wires_[node.result], wires_[node.argument]);
    known_.emplace(node.key(), id);
    return id;
}

bool Categories::match(Cat a, Cat b, Binding& binding) const {
    if (a == b && nodes_[a].shape == Shape::atom && !nodes_[a].is_variable) return true;
    auto const& x = nodes_[a];
    auto const& y = nodes_[b];
    if (x.shape != y.shape) return false;
    if (x.shape != Shape::atom) {
        return match(x.result, y.result, binding) && match(x.argument, y.argument, binding);
    }
    if (x.atom != y.atom) return false;
    auto common = static_cast<std::uint16_t>(x.features & y.features);
    if (x.is_variable || y.is_variable) {
        auto const k = x.atom;  // only S and N have variables
        if (binding.is_bound[k]) common &= binding.features[k];
        binding.is_open[k] =
            x.is_variable && y.is_variable && (!binding.is_bound[k] || binding.is_open[k]);
        binding.is_bound[k] = true;
        binding.features[k] = common;
    }
    return common != 0;
}

bool Categories::are_alike(Cat a, Cat b) const {
    if (a == b) return true;
    auto const& x = nodes_[a];
    auto const& y = nodes_[b];
    if (x.shape != y.shape) return false;
    if (x.shape == Shape::atom) {
        return x.atom == kN && y.atom == kN && (x.features & ~kPhrase) == 0 &&
               (y.features & ~kPhrase) == 0;
    }
    return are_alike(x.result, y.result) && are_alike(x.argument, y.argument);
}

Cat Categories::substitute(Cat cat, Binding const& binding) {
    auto const node = nodes_[cat];
    if (node.shape == Shape::atom) {
        if (!node.is_variable || !binding.is_bound[node.atom]) return cat;
        auto const features =
            static_cast<std::uint16_t>(node.features & binding.features[node.atom]);
        return atom(node.atom, features, binding.is_open[node.atom]);
    }
    auto const result = substitute(node.result, binding);
    auto const argument = substitute(node.argument, binding);
    if (result == node.result && argument == node.argument) return cat;
    return complex(node.shape, result, argument);
}

std::string Categories::print(Cat cat) const {
    std::string out;
    print(cat, false, out);
    return out;
}

namespace {

std::string print_features(Node const& node) {
    using C = Categories;
    if (node.is_variable) return "[X]";
    if (node.features == C::kAny) return "";
    if (node.atom == C::kN) {
        switch (node.features) {
            case C::kSingular: return "[sg]";
            case C::kPlural: return "[pl]";
            case C::kFull: return "[np]";
            case C::kPronoun: return "[pro]";
            case C::kNominal: return "[any]";
            case C::kTime: return "[tm]";
            default: return "";
        }
    }
    std::string out;
    for (std::size_t bit = 0; bit < kFeatureNames.size(); ++bit) {
        if ((node.features >> bit & 1U) != 0) {
            out += out.empty() ? '[' : ',';
            out += kFeatureNames[bit];
        }
    }
    out += ']';
    return out;
}

}  // namespace

void Categories::print(Cat cat, bool is_part, std::string& out) const {
    auto const& node = nodes_[cat];
    if (node.shape == Shape::atom) {
        if (node.atom == kS) {
            out += 'S';
        } else if (node.atom == kN) {
            out += (node.features & kNoun) == 0 && (node.features & kPhrase) != 0 ? "NP" : "N";
        } else {
            out += name(node.atom);
        }
        if (node.atom == kS || node.atom == kN) out += print_features(node);
        return;
    }
    if (node.shape == Shape::coordinate || node.shape == Shape::adjoin) {
        out += node.shape == Shape::coordinate ? "&" : "+";
        print(node.result, true, out);
        return;
    }
    if (is_part) out += '(';
    print(node.result, true, out);
    out += node.shape == Shape::forward ? "/" : "\\";
    print(node.argument, true, out);
    if (is_part) out += ')';
}

}  // namespace monoidal::grammar
