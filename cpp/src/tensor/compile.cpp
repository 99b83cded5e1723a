#include <algorithm>
#include <limits>

#include "monoidal/common/error.hpp"
#include "steps.hpp"
#include "walk.hpp"

namespace monoidal::tensor {
namespace {

using Axes = std::vector<std::uint32_t>;
using Dimensions = std::vector<std::uint64_t>;

/// Steps of fewer multiplications are done by a table: a call of BLAS costs as much.
constexpr std::uint64_t kSmall = 2048;

std::uint64_t fitting_size(Size size) {
    if (size.value() > std::numeric_limits<std::int32_t>::max()) {
        throw TooLargeError("one tensor of the contraction has over 2^31 elements");
    }
    return size.value();
}

Dimensions strides(Axes const& tensor, Dimensions const& dimension) {
    Dimensions out(tensor.size());
    std::uint64_t run = 1;
    for (std::size_t a = tensor.size(); a-- > 0;) {
        out[a] = run;
        run *= dimension[tensor[a]];
    }
    return out;
}

/// How far apart values of an index are in a tensor.
std::uint64_t stride_of(Axes const& tensor, Dimensions const& stride, std::uint32_t index) {
    std::uint64_t step = 0;
    for (std::size_t a = 0; a < tensor.size(); ++a) {
        if (tensor[a] == index) step += stride[a];
    }
    return step;
}

bool has(Axes const& axes, std::uint32_t index) {
    return std::ranges::find(axes, index) != axes.end();
}

Axes joined(Axes a, Axes const& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// Places results in one buffer, each where what is not needed any more was.
class Arena {
public:
    std::uint64_t take(std::uint64_t size) {
        for (auto it = free_.begin(); it != free_.end(); ++it) {
            if (it->size < size) continue;
            auto const begin = it->begin;
            it->begin += size;
            it->size -= size;
            if (it->size == 0) free_.erase(it);
            return begin;
        }
        auto begin = size_;
        if (!free_.empty() && free_.back().begin + free_.back().size == size_) {
            begin = free_.back().begin;
            free_.pop_back();
        }
        size_ = begin + size;
        return begin;
    }

    void give_back(std::uint64_t begin, std::uint64_t size) {
        auto it = std::ranges::lower_bound(free_, begin, {}, &Block::begin);
        it = free_.insert(it, {begin, size});
        auto const next = std::next(it);
        if (next != free_.end() && it->begin + it->size == next->begin) {
            it->size += next->size;
            it = std::prev(free_.erase(next));
        }
        if (it != free_.begin()) {
            auto const last = std::prev(it);
            if (last->begin + last->size == it->begin) {
                last->size += it->size;
                free_.erase(it);
            }
        }
    }
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    struct Block {
        std::uint64_t begin;
        std::uint64_t size;
    };
    std::vector<Block> free_;
    std::uint64_t size_ = 0;
};

/// Indices of a step by who has them: batch, m and n stay, those of `sum` are summed over.
struct Parts {
    Axes batch, m, n, sum, left_extra, right_extra;

    explicit Parts(Walk::Result const& found) {
        auto const sort_in = [&](Axes const& all, Axes& both, Axes& left, Axes& right) {
            for (auto const index : all) {
                bool const in_left = has(found.left, index), in_right = has(found.right, index);
                (in_left && in_right ? both : in_left ? left : right).push_back(index);
            }
        };
        sort_in(found.out, batch, m, n);
        sort_in(found.sum, sum, left_extra, right_extra);
    }

    /// The result's axes as a matrix product has them, and with its factors exchanged.
    [[nodiscard]] Axes natural() const { return joined(joined(batch, m), n); }
    [[nodiscard]] Axes exchanged() const { return joined(joined(batch, n), m); }
};

/// Turns the steps of an order into tables of offsets, in the order in which they are run.
class Compiler {
public:
    using Step = Contraction::Step;

    Compiler(Network const& network, Dimensions const& full)
        : network_(network), n_(network.operands.size()), walk_(network_), sizes_(n_, 0) {
        for (auto const& axes : network_.operands) stride_.push_back(strides(axes, full));
    }

    [[nodiscard]] std::uint64_t stride(std::size_t operand, std::uint32_t index) const {
        return stride_of(network_.operands[operand], stride_[operand], index);
    }

    void add(std::uint32_t left, std::uint32_t right, bool is_last) {
        auto const found = walk_.step(left, right, is_last);
        Parts const parts(found);
        if (is_last && found.out != parts.natural() && found.out == parts.exchanged()) {
            Walk::Result const other{found.right, found.left, found.out, found.sum};
            finish(right, left, other, Parts(other), is_last);
        } else {
            finish(left, right, found, parts, is_last);
        }
    }

    std::vector<Step> steps;
    Offsets tables;
    std::uint64_t pack_size = 0;

    [[nodiscard]] std::uint64_t arena_size() const { return arena_.size(); }

private:
    void finish(std::uint32_t left, std::uint32_t right, Walk::Result const& found,
                Parts const& parts, bool is_last) {
        Step step;
        step.left = left;
        step.right = right;
        step.batch = size(parts.batch);
        step.m = size(parts.m);
        step.n = size(parts.n);
        step.k = size(parts.sum);
        auto const natural = parts.natural();
        auto const& out = is_last ? found.out : natural;
        auto const n_out = fitting_size(walk_.size(out));
        write_picks(step, found, parts);
        if (is_last && found.out != natural) {
            step.place = table(found.out, strides(found.out, network_.dimension), natural);
        }
        bool const is_plain = step.a.extra.size == 1 && step.b.extra.size == 1;
        step.is_small = is_plain && (Size(n_out) * walk_.size(found.sum)).value() <= kSmall;
        if (!step.is_small) reserve(step);
        if (!is_last) {
            step.out = arena_.take(n_out);
            walk_.rename_last(natural);
        }
        for (auto const tensor : {left, right}) {
            if (tensor >= n_) arena_.give_back(steps[tensor - n_].out, sizes_[tensor]);
        }
        sizes_.push_back(n_out);
        stride_.push_back(strides(out, network_.dimension));
        steps.push_back(step);
    }

    [[nodiscard]] std::uint64_t size(Axes const& axes) const { return walk_.size(axes).value(); }

    /// The values of `indices`, the last fastest, as offsets into a tensor with given strides.
    Table table(Axes const& tensor, Dimensions const& stride, Axes const& indices) {
        auto const begin = tables.size();
        tables.resize(begin + size(indices));
        auto* const out = tables.data() + begin;
        out[0] = 0;
        std::size_t done = 1;
        for (auto it = indices.rbegin(); it != indices.rend(); ++it) {
            auto const step = static_cast<std::uint32_t>(stride_of(tensor, stride, *it));
            for (std::size_t v = 1; v < network_.dimension[*it]; ++v) {
                auto const by = static_cast<std::uint32_t>(v) * step;
                for (std::size_t k = 0; k < done; ++k) out[v * done + k] = out[k] + by;
            }
            done *= network_.dimension[*it];
        }
        return {begin, done};
    }

    void write_picks(Step& step, Walk::Result const& found, Parts const& parts) {
        auto const left = [&](Axes const& indices) {
            return table(found.left, stride_[step.left], indices);
        };
        auto const right = [&](Axes const& indices) {
            return table(found.right, stride_[step.right], indices);
        };
        step.a = {left(joined(parts.batch, parts.m)), left(parts.sum), left(parts.left_extra)};
        step.b = {right(joined(parts.batch, parts.sum)), right(parts.n), right(parts.right_extra)};
        step.a.layout = layout(step.a, step.m, step.k);
        step.b.layout = layout(step.b, step.k, step.n);
        step.is_contiguous = is_run(step.b.column, 1);
    }

    [[nodiscard]] bool is_run(Table const& at, std::size_t step) const {
        for (std::size_t k = 0; k < at.size; ++k) {
            if (tables[at.begin + k] != k * step) return false;
        }
        return true;
    }

    [[nodiscard]] Layout layout(Pick const& pick, std::size_t height, std::size_t width) const {
        if (pick.extra.size != 1) return Layout::scattered;
        if (is_run(pick.column, 1) && is_run(pick.row, width)) return Layout::rows;
        if (!is_run(pick.column, height)) return Layout::scattered;
        for (std::size_t k = 0; k < pick.row.size; ++k) {
            auto const at = k / height * height * width + k % height;
            if (tables[pick.row.begin + k] != at) return Layout::scattered;
        }
        return Layout::columns;
    }

    /// Room for what a step lays out anew.
    void reserve(Step const& step) {
        std::uint64_t pack = step.place.size;
        if (step.a.layout == Layout::scattered) pack += step.batch * step.m * step.k;
        if (step.b.layout == Layout::scattered) pack += step.batch * step.k * step.n;
        pack_size = std::max(pack_size, pack);
    }

    Network const& network_;
    std::size_t n_;
    Walk walk_;
    Arena arena_;
    std::vector<std::uint64_t> sizes_;  // of results in the arena
    std::vector<Dimensions> stride_;
};

}  // namespace

Contraction::~Contraction() = default;
Contraction::Contraction(Contraction&&) noexcept = default;
Contraction& Contraction::operator=(Contraction&&) noexcept = default;

Size Contraction::work_size() const {
    return Size(arena_size_) + Size(pack_size_) + Size(slices_.empty() ? 0 : output_size_);
}

Contraction::Contraction(Network network, Order order, std::vector<std::uint32_t> slices)
    : network_(std::move(network)), order_(std::move(order)), slices_(std::move(slices)) {
    auto const product_of = [&](Axes const& axes) {
        Size size(1);
        for (auto const index : axes) size = size * Size(network_.dimension[index]);
        return fitting_size(size);
    };
    for (auto const& axes : network_.operands) operand_size_.push_back(product_of(axes));
    output_size_ = product_of(network_.output);
    auto dimension = network_.dimension;
    for (auto const index : slices_) {
        slice_dimension_.push_back(dimension[index]);
        dimension[index] = 1;
    }
    compile(dimension);
}

void Contraction::compile(std::vector<std::uint64_t> const& dimension) {
    auto network = padded(network_);
    network.dimension = dimension;
    Compiler compiler(network, network_.dimension);
    for (std::size_t t = 0; t < network_.operands.size(); ++t) {
        slice_stride_.emplace_back();
        for (auto const index : slices_) {
            slice_stride_.back().push_back(compiler.stride(t, index));
        }
    }
    auto const steps = padded(order_, network_.operands.size());
    for (std::size_t s = 0; s < steps.size(); ++s) {
        compiler.add(steps[s].first, steps[s].second, s + 1 == steps.size());
    }
    arena_size_ = compiler.arena_size();
    pack_size_ = compiler.pack_size;
    steps_ = std::move(compiler.steps);
    tables_ = std::move(compiler.tables);
}

}  // namespace monoidal::tensor
