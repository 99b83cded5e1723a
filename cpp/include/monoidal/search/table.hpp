#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "monoidal/common/aligned.hpp"
#include "monoidal/common/parallel.hpp"
#include "monoidal/expression/evaluate.hpp"
#include "monoidal/expression/program.hpp"
#include "monoidal/search/dimension.hpp"
#include "monoidal/search/normal_form.hpp"

namespace monoidal::search {

using expression::Op;

/// An expression of a table: an operation on entries before it, or a variable or a number.
struct Entry {
    Op op = Op::number;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
    std::uint32_t cost = 0;
    Dimensions::Id dimension = Dimensions::kPure;
};

struct TableOptions {
    std::vector<Op> operations;  // those with one or two operands that expressions are made of
    std::size_t max_entries = 200'000;
    std::uint32_t max_cost = 24;
    std::uint32_t cost_of_product = 1;  // 0 for more products and quotients, fewer other things
    double max_seconds = std::numeric_limits<double>::infinity();
    Dimensions dimensions;  // of the variables and of what is looked for
};

/// What an operation adds to the cost of an expression. A leaf that is a variable or 1 costs 1.
std::uint32_t cost_of(Op op) noexcept;

/// A key for entries of one kind of units.
constexpr std::uint64_t with_kind(std::uint64_t key, Dimensions::Id kind) noexcept {
    return key ^ (kind * 0x9e3779b97f4a7c15U);
}

/// From a key to the first entry that has it: open addressing in one array.
class KeyIndex {
public:
    explicit KeyIndex(std::size_t capacity);
    /// False where the key is known already.
    bool insert(std::uint64_t key, std::uint32_t entry) noexcept;
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t key) const noexcept;

private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t entry = kEmpty;
    };
    static constexpr std::uint32_t kEmpty = std::numeric_limits<std::uint32_t>::max();
    std::vector<Slot> slots_;
    std::size_t mask_;
};

/// Expressions over the columns of `x`, cheapest first, one for each function of the sample points.
///
/// Bottom-up enumeration: an expression stands for all that agree with it on the points
/// (observational equivalence, after Udupa et al., PLDI 2013, doi:10.1145/2491956.2462174). One
/// that is not finite, hardly varies or is huge there is left out. Which entries there are does not
/// depend on the number of threads, unless `max_seconds` ends the work.
class Table {
public:
    /// Throws ShapeError for fewer than 4 or more than 32 rows, TooLargeError past 2^24 entries.
    Table(expression::Columns<double> x, TableOptions const& options, ThreadPool& pool,
          Poll const& poll);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t n_points() const { return n_points_; }
    [[nodiscard]] std::size_t n_variables() const { return n_variables_; }
    [[nodiscard]] Entry const& entry(std::size_t k) const { return entries_[k]; }
    [[nodiscard]] std::span<double const> values(std::size_t k) const {
        return {values_.data() + k * n_points_, n_points_};
    }
    /// Empty where a value is 0.
    [[nodiscard]] std::span<double const> logs(std::size_t k) const;
    [[nodiscard]] std::uint32_t signs(std::size_t k) const { return signs_[k]; }
    [[nodiscard]] Dimensions const& dimensions() const { return dimensions_; }
    /// By `affine_key` and `scale_key`, each with the kind of the entry.
    [[nodiscard]] std::optional<std::uint32_t> find_affine(std::uint64_t key,
                                                           Dimensions::Id kind) const {
        return affine_.find(with_kind(key, kind));
    }
    [[nodiscard]] std::optional<std::uint32_t> find_scale(std::uint64_t key,
                                                          Dimensions::Id kind) const {
        return scale_.find(with_kind(key, kind));
    }
    [[nodiscard]] KeyIndex const& power() const { return power_; }

    expression::Builder::Id insert(expression::Builder& builder, std::size_t k) const;
    [[nodiscard]] expression::Program program(std::size_t k) const;

private:
    friend class Enumeration;
    void add_normal_forms(std::size_t k, std::optional<LogForm> const& form,
                          std::optional<std::uint64_t> affine);

    std::size_t n_variables_;
    std::size_t n_points_;
    Dimensions dimensions_;
    std::vector<Entry> entries_;
    Buffer values_;
    Buffer logs_;
    std::vector<std::uint32_t> signs_;
    KeyIndex affine_;
    KeyIndex scale_;
    KeyIndex power_;
};

}  // namespace monoidal::search
