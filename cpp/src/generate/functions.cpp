#include "monoidal/generate/functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/evaluate.hpp"
#include "monoidal/expression/simplify.hpp"
#include "points.hpp"
#include "stream.hpp"
#include "tree.hpp"

namespace monoidal::generate {
namespace {

using expression::Builder;
using expression::Op;
using expression::Program;

constexpr std::size_t kAttempts = 10'000;
constexpr std::size_t kRounds = 4;  // a function has at least one point in so many
constexpr std::size_t kProbe = 24;
constexpr std::size_t kItemsPerTask = 64;
constexpr std::size_t kMaxTreeSize = 200;
constexpr double kSkeletonConstant = 1.618033988749895;

void check_range(char const* name, std::size_t value, std::size_t low, std::size_t high) {
    if (value >= low && value <= high) return;
    throw DomainError(std::string(name) + " is " + std::to_string(value) + ", expected " +
                      std::to_string(low) + " to " + std::to_string(high));
}

/// Over the variables that it uses, in their order; nothing where it uses none.
std::optional<Program> compact(Program const& program) {
    std::vector<bool> used(program.n_variables());
    for (auto const& node : program.nodes()) {
        if (node.op == Op::variable) used[node.a] = true;
    }
    auto const n = static_cast<std::size_t>(std::ranges::count(used, true));
    if (n == 0) return std::nullopt;
    if (n == program.n_variables()) return program;
    Builder builder(n);
    std::vector<Builder::Id> place(used.size());
    std::size_t next = 0;
    for (std::size_t k = 0; k < used.size(); ++k) {
        place[k] = builder.variable(used[k] ? next++ : 0);
    }
    return builder.build(builder.insert(program, place));
}

bool is_within(double value, double limit) { return std::abs(value) <= limit; }

/// Draws points until enough have a finite value; columns of x, then y. Whether it got them.
class Sampler {
public:
    Sampler(FunctionOptions const& options, ThreadPool& alone) : options_(options), alone_(alone) {}

    bool draw(Stream& random, Function& out) {
        auto const n = options_.n_points;
        out.x.resize(n * out.program.n_variables());
        out.y.clear();
        out.y.reserve(n);
        Cloud const cloud(random, out.program.n_variables());
        std::size_t drawn = 0;
        // A few at first: most functions that are to go are seen by them.
        for (auto next = std::min(n, kProbe); next > 0; next = rest(out.y.size(), drawn)) {
            evaluate_round(random, cloud, out.program, next);
            keep_finite(out, next);
            drawn += next;
            if (out.y.size() * kRounds < drawn) return false;
        }
        return out.y.size() == n && std::ranges::any_of(out.y, [&](float y) {
                   return std::abs(y - out.y[0]) > 1e-6F * std::abs(out.y[0]);
               });
    }

private:
    /// How many to draw next, after `kept` of `drawn` were kept: at most kRounds * n in all.
    [[nodiscard]] std::size_t rest(std::size_t kept, std::size_t drawn) const {
        auto const missing = options_.n_points - kept;
        return std::min(missing * drawn / kept, kRounds * options_.n_points - drawn);
    }

    void evaluate_round(Stream& random, Cloud const& cloud, Program const& program, std::size_t n) {
        auto const n_variables = program.n_variables();
        columns_.resize(n * n_variables);
        values_.resize(n);
        std::array<double, kMaxVariables> point{};
        for (std::size_t row = 0; row < n; ++row) {
            cloud.draw(random, {point.data(), n_variables});
            for (std::size_t k = 0; k < n_variables; ++k) columns_[k * n + row] = point[k];
        }
        expression::Candidate const candidate{&program, program.constants()};
        expression::evaluate<double>({&candidate, 1}, {columns_.data(), n, n_variables}, values_,
                                     alone_, {});
    }

    void keep_finite(Function& out, std::size_t n_drawn) const {
        auto const n = options_.n_points;
        for (std::size_t row = 0; row < n_drawn && out.y.size() < n; ++row) {
            if (!is_within(values_[row], options_.max_value)) continue;
            auto const to = out.y.size();
            for (std::size_t k = 0; k < out.program.n_variables(); ++k) {
                out.x[k * n + to] = static_cast<float>(columns_[k * n_drawn + row]);
            }
            out.y.push_back(static_cast<float>(values_[row]));
        }
    }

    FunctionOptions const& options_;
    ThreadPool& alone_;
    std::vector<double> columns_;
    std::vector<double> values_;
};

/// Hash of a canonical form with its constants made one.
std::uint64_t skeleton_of(Program const& form) {
    if (form.n_constants() == 0) return expression::structural_hash(form);
    std::vector<double> const same(form.n_constants(), kSkeletonConstant);
    return expression::structural_hash(expression::canonical(form.with_constants(same)));
}

std::optional<Function> attempt(std::uint64_t seed, FunctionOptions const& options,
                                Sampler& sampler) {
    Stream random(seed);
    auto const drawn = sample_tree(random, options);
    auto form = expression::canonical(drawn);
    // Canonical once more where fewer variables are left: operands' order depends on their numbers.
    while (true) {
        auto compacted = compact(form);
        if (!compacted) return std::nullopt;
        if (compacted->n_variables() == form.n_variables()) break;
        form = expression::canonical(*compacted);
    }
    auto const is_shorter =
        drawn.n_variables() == form.n_variables() && drawn.tree_size() < form.tree_size();
    auto const& shorter = is_shorter ? drawn : form;
    if (shorter.tree_size() > kMaxTreeSize) return std::nullopt;
    Function found{shorter, expression::structural_hash(form), 0, 0, {}, {}};
    if (!sampler.draw(random, found)) return std::nullopt;
    found.skeleton = skeleton_of(form);
    found.fingerprint = expression::fingerprint(form);
    return found;
}

Function sample(std::uint64_t seed, FunctionOptions const& options, Sampler& sampler) {
    for (std::size_t k = 0; k < kAttempts; ++k) {
        if (auto found = attempt(random_bits(seed, k), options, sampler)) return *std::move(found);
    }
    throw DomainError("no function of " + std::to_string(kAttempts) +
                      " has enough points with |y| up to " + std::to_string(options.max_value) +
                      ": raise max_value or lower n_points");
}

}  // namespace

void FunctionOptions::check() const {
    check_range("max_variables", max_variables, 1, kMaxVariables);
    check_range("max_extra", max_extra, 0, kMaxExtraOperations);
    check_range("max_unary", max_unary, 0, kMaxExtraOperations);
    check_range("n_points", n_points, 2, kMaxPoints);
    if (!(max_value > 0.0) || max_value > 1e30) {
        throw DomainError("max_value is " + std::to_string(max_value) +
                          ", expected more than 0 and at most 1e30");
    }
}

std::uint64_t skeleton(Program const& program) {
    return skeleton_of(expression::canonical(program));
}

Function sample_function(std::uint64_t seed, FunctionOptions const& options) {
    options.check();
    ThreadPool alone(1);
    Sampler sampler(options, alone);
    return sample(seed, options, sampler);
}

std::vector<Function> sample_functions(std::uint64_t seed, std::uint64_t first, std::size_t n,
                                       FunctionOptions const& options, ThreadPool& pool,
                                       Poll const& poll) {
    options.check();
    std::vector<std::optional<Function>> found(n);
    auto const n_tasks = (n + kItemsPerTask - 1) / kItemsPerTask;
    pool.run(n_tasks, poll, [&](std::size_t index, Task& task) {
        ThreadPool alone(1);
        Sampler sampler(options, alone);
        auto const end = std::min((index + 1) * kItemsPerTask, n);
        for (auto k = index * kItemsPerTask; k < end; ++k) {
            found[k] = sample(random_bits(seed, first + k), options, sampler);
            task.check();
        }
    });
    std::vector<Function> functions;
    functions.reserve(n);
    for (auto& function : found) functions.push_back(*std::move(function));
    return functions;
}

}  // namespace monoidal::generate
