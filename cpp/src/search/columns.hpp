#pragma once
// What a view is explained by; internal to cpp/src/search.

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "monoidal/common/aligned.hpp"
#include "views.hpp"

namespace monoidal::search {

/// An entry, or the logarithm of its size.
struct Feature {
    std::uint32_t entry = 0;
    bool is_log = false;
};

double dot(double const* a, double const* b, std::size_t n) noexcept;

/// What is always in a law of a view, and what comes beside it.
///
/// The base is the constant 1, where units allow it; of a logarithm also those of the variables,
/// so that features are looked for up to a monomial. Columns are weighted, orthogonal to the base
/// and of unit norm.
class Frame {
public:
    Frame(Table const& table, View const& view);

    /// Whether there is anything to look for: not a logarithm of units without variables.
    [[nodiscard]] bool is_sound() const { return is_sound_; }
    /// Those whose units fit, of the first entries.
    [[nodiscard]] std::vector<Feature> features(std::size_t n_entries) const;
    /// False where the base explains it all.
    bool column(Feature feature, double* out) const;
    [[nodiscard]] std::span<double const> rest() const { return {rest_.data(), n_}; }
    [[nodiscard]] View const& view() const { return view_; }
    [[nodiscard]] Table const& table() const { return table_; }

    /// Adds the law of these features, fitted, and where powers are nearly simple one with simple
    /// powers; only where its units and signs can be made consistent.
    void add_law(std::vector<Feature> const& features, std::vector<Law>& laws) const;

private:
    void add_base(Point column);
    void project(double* column) const;
    [[nodiscard]] bool fit_units(std::vector<std::pair<std::uint32_t, int>> const& halves) const;
    [[nodiscard]] std::optional<Law> rounded(Law const& law, std::size_t n_features) const;
    void drop_powers(Law& law, std::size_t n_features) const;
    bool give_sign(Law& law) const;

    Table const& table_;
    View const& view_;
    std::size_t n_;
    bool is_sound_ = true;
    bool has_offset_ = false;
    std::vector<std::uint32_t> monomial_;  // variables whose logarithms are in the base
    std::vector<Point> base_;
    Point rest_{};  // what the base leaves of the target
};

/// All columns of some features, those that are dependent left out.
class Columns {
public:
    Columns(Frame const& frame, std::vector<Feature> const& features, Pause& pause);

    [[nodiscard]] std::size_t size() const { return features_.size(); }
    [[nodiscard]] double const* operator[](std::size_t k) const { return columns_.data() + k * n_; }
    [[nodiscard]] Feature feature(std::size_t k) const { return features_[k]; }
    /// Along what the base leaves of the target.
    [[nodiscard]] double along(std::size_t k) const { return along_[k]; }
    [[nodiscard]] std::uint32_t cost(std::size_t k) const;

private:
    Frame const& frame_;
    std::size_t n_;
    std::vector<Feature> features_;
    Buffer columns_;
    std::vector<double> along_;
};

}  // namespace monoidal::search
