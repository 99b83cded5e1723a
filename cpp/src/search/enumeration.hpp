#pragma once
// How a table is filled; internal to cpp/src/search.

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "monoidal/search/table.hpp"

namespace monoidal::search {

/// When the seconds of a call are over.
class Deadline {
public:
    explicit Deadline(double seconds)
        : start_(std::chrono::steady_clock::now()), seconds_(seconds) {}
    [[nodiscard]] bool is_over() const {
        std::chrono::duration<double> const passed = std::chrono::steady_clock::now() - start_;
        return passed.count() >= seconds_;
    }

private:
    std::chrono::steady_clock::time_point start_;
    double seconds_;
};

/// An operation on one entry, or on one entry and each of a run of others.
struct Batch {
    Op op;
    std::uint32_t a;
    std::uint32_t first;
    std::uint32_t last;
    std::vector<Dimensions::Id> kinds;  // of the results, where there are units

    [[nodiscard]] Dimensions::Id kind(std::uint32_t b) const {
        return kinds.empty() ? Dimensions::kPure : kinds[b - first];
    }
};

/// Fills a table level by level: level c holds the entries of cost c.
class Enumeration {
public:
    Enumeration(Table& table, TableOptions const& options, ThreadPool& pool, Poll const& poll);
    void run(expression::Columns<double> x);

private:
    struct Made;

    void add_leaves(expression::Columns<double> x);
    void add_leaf(Entry entry, std::span<double const> values);
    void add_level(std::uint32_t cost);
    void add_unary(Op op, std::uint32_t cost);
    void add_binary(std::uint32_t left, std::uint32_t cost);
    void push(Batch batch);
    bool give_kinds(Batch& batch);
    std::vector<Dimensions::Id> const& kinds_of(Op op, Dimensions::Id a);
    void flush();
    void make(Batch const& batch, Made& made) const;
    void take(Made const& made, std::uint32_t cost);
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] std::uint32_t cost_of(Op op) const noexcept;

    Table& table_;
    TableOptions const& options_;
    ThreadPool& pool_;
    Poll const& poll_;
    Deadline deadline_;
    KeyIndex known_;
    std::vector<std::uint32_t> level_;  // level_[c] is the first entry of cost c
    std::map<std::pair<Op, Dimensions::Id>, std::vector<Dimensions::Id>> kinds_;
    std::vector<Batch> batches_;
    std::size_t n_candidates_ = 0;
    std::uint32_t cost_ = 0;
    bool is_over_ = false;
};

}  // namespace monoidal::search
