#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace monoidal::diagram {

/// The wires that cross one height of a diagram, while it is read from top to bottom: a gap buffer.
/// Replacing wires costs the distance to the last place of change, so a diagram whose layers sweep
/// from left to right is read in linear time however wide it is.
template <class T>
class Row {
public:
    explicit Row(std::span<T const> wires) : left_(wires.begin(), wires.end()) {}

    [[nodiscard]] std::size_t size() const { return left_.size() + right_.size(); }

    /// Move the gap to just before wire `position`, which must not exceed size().
    void seek(std::size_t position) {
        while (left_.size() > position) {
            right_.push_back(left_.back());
            left_.pop_back();
        }
        while (left_.size() < position) {
            left_.push_back(right_.back());
            right_.pop_back();
        }
    }

    /// The wire `k` places right of the gap.
    [[nodiscard]] T const& right(std::size_t k) const { return right_[right_.size() - 1 - k]; }
    /// The wire `k` places left of the gap.
    [[nodiscard]] T const& left(std::size_t k) const { return left_[left_.size() - 1 - k]; }
    [[nodiscard]] std::size_t n_left() const { return left_.size(); }
    [[nodiscard]] std::size_t n_right() const { return right_.size(); }

    /// Position of a wire that is in the row, searched from the gap outwards.
    [[nodiscard]] std::size_t find(T const& wire) const {
        for (std::size_t k = 0;; ++k) {
            if (k < n_right() && right(k) == wire) return n_left() + k;
            if (k < n_left() && left(k) == wire) return n_left() - 1 - k;
            if (k >= n_right() && k >= n_left()) return size();
        }
    }

    void drop_right(std::size_t count) { right_.resize(right_.size() - count); }
    void push_left(T const& wire) { left_.push_back(wire); }

    /// All wires from left to right.
    [[nodiscard]] std::vector<T> wires() const {
        std::vector<T> all(left_);
        all.insert(all.end(), right_.rbegin(), right_.rend());
        return all;
    }

private:
    std::vector<T> left_;
    std::vector<T> right_;  // reversed: the wire just right of the gap is the last
};

}  // namespace monoidal::diagram
