#include "monoidal/model/corpus.hpp"

#include <algorithm>
#include <string>

#include "batch.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/common/size.hpp"

namespace monoidal::model {
namespace {

/// Words, or sentences, that are worked on side by side: tensors of sentence size stay in the L1
/// cache.
constexpr std::size_t kMaxLanes = 32;

/// Elements of one lane from which a lane that pads costs more than vectors save.
constexpr std::uint64_t kLarge = 512;

/// Lanes for `count` words or sentences of `size` elements: whole vectors, but no waste of large
/// memory on lanes that nobody is in.
std::size_t n_lanes(std::size_t count, std::uint64_t size) {
    if (count < 8 && size >= kLarge) return count;
    return std::min(kMaxLanes, (count + 7) / 8 * 8);
}

[[noreturn]] void throw_range(std::string const& what, std::uint64_t got, std::uint64_t end) {
    throw ShapeError(what + " is " + std::to_string(got) + ", expected under " +
                     std::to_string(end));
}

}  // namespace

std::uint64_t Family::n_parameters() const {
    auto const* const own = circuit();
    return own != nullptr ? own->n_parameters() : std::get<FreeTensor>(body).size;
}

Size Family::tensor_size() const {
    auto const* const own = circuit();
    return own != nullptr ? own->tensor_size() : Size(std::get<FreeTensor>(body).size);
}

Size Family::state_size() const {
    auto const* const own = circuit();
    return own != nullptr ? own->state_size() : Size(0);
}

Corpus::Corpus(std::vector<Family> families, std::vector<Shape> shapes,
               std::vector<std::uint32_t> shape_of, std::vector<std::uint32_t> words,
               std::uint32_t n_classes, std::uint64_t n_parameters)
    : families_(std::move(families)),
      shapes_(std::move(shapes)),
      shape_of_(std::move(shape_of)),
      words_(std::move(words)),
      n_classes_(n_classes),
      n_parameters_(n_parameters) {
    check_words();
    lay_out();
}

Corpus::~Corpus() = default;

void Corpus::check_words() const {
    for (auto const& family : families_) {
        for (auto const first : family.first) {
            if ((Size(first) + Size(family.n_parameters())) > Size(n_parameters_)) {
                throw_range("last parameter of a word", first + family.n_parameters() - 1,
                            n_parameters_);
            }
        }
    }
    for (auto const& shape : shapes_) {
        if (shape.plan.output_size < n_classes_) {
            throw ShapeError("a shape has " + std::to_string(shape.plan.output_size) +
                             " outcomes, expected at least one a class (" +
                             std::to_string(n_classes_) + ")");
        }
        if (shape.operands.size() != shape.plan.n_given()) {
            throw ShapeError("a shape has " + std::to_string(shape.operands.size()) +
                             " operands, its plan takes " + std::to_string(shape.plan.n_given()));
        }
        for (std::size_t k = 0; k < shape.operands.size(); ++k) {
            auto const family = shape.operands[k].family;
            if (family >= families_.size()) throw_range("family", family, families_.size());
            auto const size = families_[family].tensor_size().value();
            if (size != shape.plan.operand_size[k]) {
                throw ShapeError("operand " + std::to_string(k) + " of a shape has " +
                                 std::to_string(shape.plan.operand_size[k]) +
                                 " elements, its words have " + std::to_string(size));
            }
        }
    }
}

void Corpus::lay_out() {
    std::size_t next = 0;
    for (auto const shape : shape_of_) {
        if (shape >= shapes_.size()) throw_range("shape of a sentence", shape, shapes_.size());
        words_begin_.push_back(next);
        for (auto const& operand : shapes_[shape].operands) {
            auto const n_words = families_[operand.family].first.size();
            if (next >= words_.size() || words_[next] >= n_words) {
                throw_range("word of sentence " + std::to_string(words_begin_.size() - 1),
                            next < words_.size() ? words_[next] : 0, n_words);
            }
            ++next;
        }
    }
    if (next != words_.size()) {
        throw ShapeError("words has " + std::to_string(words_.size()) + " values, the sentences " +
                         "have " + std::to_string(next));
    }
    for (std::uint32_t f = 0; f < families_.size(); ++f) {
        auto const& family = families_[f];
        Layout layout;
        layout.tensor_size = family.tensor_size().value();
        layout.state_size = family.state_size().value();
        layout.lanes =
            n_lanes(family.first.size(), std::max(layout.tensor_size, layout.state_size));
        layout.n_chunks =
            layout.lanes == 0 ? 0 : (family.first.size() + layout.lanes - 1) / layout.lanes;
        layout.tensor_begin = tensors_size_;
        layout.state_begin = states_size_;
        Size const n(2 * layout.lanes * layout.n_chunks);
        tensors_size_ = (Size(tensors_size_) + n * Size(layout.tensor_size)).value();
        states_size_ = (Size(states_size_) + n * Size(layout.state_size)).value();
        for (std::uint32_t c = 0; c < layout.n_chunks; ++c) chunks_.push_back({f, c});
        layout_.push_back(layout);
    }
}

std::shared_ptr<Batch const> Corpus::batch(std::span<std::uint32_t const> rows) const {
    {
        std::scoped_lock const lock(mutex_);
        if (last_batch_ && std::ranges::equal(rows, last_rows_)) return last_batch_;
    }
    auto made = std::make_shared<Batch>();
    made->n_rows = rows.size();
    std::vector<std::vector<std::uint32_t>> by_shape(shapes_.size());
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
        if (rows[r] >= n_sentences()) throw_range("row", rows[r], n_sentences());
        by_shape[shape_of_[rows[r]]].push_back(r);
    }
    std::vector<std::uint32_t> first_chunk{0};
    for (auto const& layout : layout_) {
        first_chunk.push_back(first_chunk.back() + static_cast<std::uint32_t>(layout.n_chunks));
    }
    std::vector<std::vector<Use>> uses(chunks_.size());
    for (std::uint32_t s = 0; s < shapes_.size(); ++s) {
        auto const& shape = shapes_[s];
        for (std::size_t begin = 0; begin < by_shape[s].size(); begin += kMaxLanes) {
            auto const end = std::min(begin + kMaxLanes, by_shape[s].size());
            Block block;
            block.shape = s;
            block.mixed = shape.mixed;
            block.rows.assign(by_shape[s].begin() + static_cast<std::ptrdiff_t>(begin),
                              by_shape[s].begin() + static_cast<std::ptrdiff_t>(end));
            block.lanes =
                static_cast<std::uint32_t>(n_lanes(block.rows.size(), shape.plan.begin.back()));
            block.adjoint_begin = made->adjoints_size;
            for (std::size_t k = 0; k < shape.operands.size(); ++k) {
                auto const [family, conjugate] = shape.operands[k];
                auto const& layout = layout_[family];
                for (std::uint32_t lane = 0; lane < block.lanes; ++lane) {
                    auto const r = block.rows[lane < block.rows.size() ? lane : 0];
                    auto const word = words_[words_begin_[rows[r]] + k];
                    auto const chunk = word / layout.lanes;
                    auto const word_lane = word % layout.lanes;
                    block.place.push_back(layout.tensor_begin + word_lane +
                                          2 * layout.lanes * layout.tensor_size * chunk);
                    if (lane >= block.rows.size()) continue;
                    uses[first_chunk[family] + chunk].push_back(
                        {block.adjoint_begin + 2 * block.lanes * shape.plan.begin[k] + lane,
                         block.lanes, static_cast<std::uint32_t>(word_lane), conjugate});
                }
            }
            made->adjoints_size += 2 * block.lanes * shape.plan.begin[shape.operands.size()];
            made->block_size =
                std::max(made->block_size, 2 * block.lanes * shape.plan.begin.back());
            for (auto const& step : shape.plan.steps) {
                made->multiplications += step.size() * step.n_terms() * block.lanes;
            }
            made->blocks.push_back(std::move(block));
        }
    }
    for (std::uint32_t c = 0; c < chunks_.size(); ++c) {
        if (uses[c].empty()) continue;
        made->active.push_back(c);
        made->uses.push_back(std::move(uses[c]));
    }
    std::vector<std::uint32_t> remembered(rows.begin(), rows.end());
    std::scoped_lock const lock(mutex_);  // from here on nothing throws: the two stay a pair
    last_batch_ = made;
    last_rows_.swap(remembered);
    return made;
}

std::uint64_t Corpus::n_bytes(Batch const& batch, std::size_t n_threads) const {
    Size state(0);
    for (auto const& layout : layout_) {
        state = std::max(state, Size(2 * layout.lanes) * Size(layout.state_size));
    }
    Size const words = Size(2) * Size(tensors_size_) + Size(states_size_);
    Size const each = Size(2) * Size(batch.block_size) + state;
    return (Size(sizeof(double)) * (words + Size(batch.adjoints_size) + Size(n_threads) * each))
        .value();
}

std::uint64_t Corpus::n_bytes(std::size_t n_threads) const {
    Size state(0);
    for (auto const& layout : layout_) {
        state = std::max(state, Size(2 * layout.lanes) * Size(layout.state_size));
    }
    std::vector<std::uint64_t> n_rows(shapes_.size(), 0);
    for (auto const shape : shape_of_) ++n_rows[shape];
    Size adjoints(0);
    Size block(0);
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
        auto const& plan = shapes_[s].plan;
        auto const full = n_rows[s] / kMaxLanes * kMaxLanes;
        auto const last = n_lanes(n_rows[s] - full, plan.begin.back());
        auto const widest = full > 0 ? kMaxLanes : last;
        adjoints =
            adjoints + Size(2 * (full + last)) * Size(plan.begin[shapes_[s].operands.size()]);
        block = std::max(block, Size(2 * widest) * Size(plan.begin.back()));
    }
    Size const words = Size(2) * Size(tensors_size_) + Size(states_size_);
    return (Size(sizeof(double)) * (words + adjoints + Size(n_threads) * (Size(2) * block + state)))
        .value();
}

std::unique_ptr<Workspace> Corpus::take_workspace() const {
    std::scoped_lock const lock(mutex_);
    if (workspaces_.empty()) return std::make_unique<Workspace>();
    auto workspace = std::move(workspaces_.back());
    workspaces_.pop_back();
    return workspace;
}

}  // namespace monoidal::model
