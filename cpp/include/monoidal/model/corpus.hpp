#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <variant>
#include <vector>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/common/parallel.hpp"
#include "monoidal/common/size.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::model {

/// A real tensor of as many elements, each a parameter of its own.
struct FreeTensor {
    std::uint64_t size = 1;
};

/// Words whose tensors come of one circuit, or are free: word w has the parameters
/// theta[first[w]], ...
struct Family {
    std::variant<circuit::Circuit, FreeTensor> body;
    std::vector<std::uint32_t> first;

    /// None where the tensors are free.
    [[nodiscard]] circuit::Circuit const* circuit() const {
        return std::get_if<circuit::Circuit>(&body);
    }
    [[nodiscard]] std::uint64_t n_parameters() const;
    [[nodiscard]] Size tensor_size() const;
    /// Elements of the state that a circuit is simulated on.
    [[nodiscard]] Size state_size() const;
};

/// Which family the words at one place of a shape are of; conjugated where the box is daggered.
struct Operand {
    std::uint32_t family = 0;
    bool conjugate = false;
};

/// Sentences wired alike: one plan, and where each operand comes from.
struct Shape {
    tensor::Plan plan;
    std::vector<Operand> operands;
    double log2_success = 0.0;  ///< of the scale between |amplitude|^2 and a physical probability
    bool mixed = false;         ///< the plan's results are q_k themselves, not amplitudes
};

/// How a call runs.
struct Context {
    ThreadPool& pool;
    Poll poll;
    std::uint64_t memory_limit = static_cast<std::uint64_t>(-1);  ///< bytes
};

/// What to compare with: class numbers and weights, one a row.
struct Targets {
    std::span<std::uint32_t const> labels;
    std::span<double const> weights;
    double smoothing = 1e-9;
};

struct Batch;
struct Workspace;

/// Labelled sentences compiled for evaluation. Every word is evaluated once a parameter vector;
/// sentences of one shape run side by side. All results are equal for any number of threads, and a
/// sentence's does not depend on the other rows.
///
/// An amplitude vector a over the output's basis gives q_k = |a_k|^2 (a mixed shape gives q_k, see
/// `doubled`); the first `n_classes` of them, divided by their sum, are the probabilities. Where
/// that sum is rounding and nothing else, it is not divided by: such a row's probabilities are 0
/// and it has no gradient.
class Corpus {
public:
    /// A sum below may be rounding; whether it is, the sizes of its terms tell. Long sentences have
    /// sums far smaller that are exact.
    static constexpr double kSuspicious = 1e-30;

    /// `shape_of` gives each sentence's shape and `words` its words, place by place, each a number
    /// within the family of its place. Throws ShapeError where a number is out of range.
    Corpus(std::vector<Family> families, std::vector<Shape> shapes,
           std::vector<std::uint32_t> shape_of, std::vector<std::uint32_t> words,
           std::uint32_t n_classes, std::uint64_t n_parameters);
    ~Corpus();

    [[nodiscard]] std::size_t n_sentences() const { return shape_of_.size(); }
    [[nodiscard]] std::size_t n_shapes() const { return shapes_.size(); }
    [[nodiscard]] std::uint32_t n_classes() const { return n_classes_; }
    [[nodiscard]] std::uint64_t n_parameters() const { return n_parameters_; }
    /// Bytes that a call over all sentences with `n_threads` takes, known before it takes them.
    [[nodiscard]] std::uint64_t n_bytes(std::size_t n_threads) const;

    /// probabilities: rows x n_classes; success: rows, the probability that all post-selections
    /// succeed. Rows are sentence numbers. Returns how many rows vanish.
    std::size_t probabilities(Context const& context, std::span<double const> theta,
                              std::span<std::uint32_t const> rows, std::span<double> probabilities,
                              std::span<double> success) const;

    /// The weighted mean of -log p'(label), p' = (p + smoothing) / (1 + n_classes smoothing), and
    /// its gradient in every parameter.
    double loss_and_gradient(Context const& context, std::span<double const> theta,
                             std::span<std::uint32_t const> rows, Targets const& targets,
                             std::span<double> gradient) const;

    /// The gradient in every parameter of a function whose derivative by probability k of row r is
    /// slopes[r * n_classes + k]. Rows that vanish have none.
    void pull_back(Context const& context, std::span<double const> theta,
                   std::span<std::uint32_t const> rows, std::span<double const> slopes,
                   std::span<double> gradient) const;

private:
    friend struct Workspace;
    class Run;

    /// Where a family's tensors and states are in a workspace, in chunks of words.
    struct Layout {
        std::size_t lanes = 8;
        std::size_t n_chunks = 0;
        std::size_t tensor_begin = 0;  // in doubles
        std::size_t state_begin = 0;
        std::size_t tensor_size = 0;  // elements
        std::size_t state_size = 0;
    };
    struct Chunk {
        std::uint32_t family;
        std::uint32_t index;
    };

    void check_words() const;
    void lay_out();
    [[nodiscard]] std::shared_ptr<Batch const> batch(std::span<std::uint32_t const> rows) const;
    [[nodiscard]] std::uint64_t n_bytes(Batch const& batch, std::size_t n_threads) const;
    [[nodiscard]] std::unique_ptr<Workspace> take_workspace() const;

    std::vector<Family> families_;
    std::vector<Shape> shapes_;
    std::vector<std::uint32_t> shape_of_;
    std::vector<std::uint32_t> words_;
    std::vector<std::size_t> words_begin_;
    std::uint32_t n_classes_;
    std::uint64_t n_parameters_;

    std::vector<Layout> layout_;
    std::vector<Chunk> chunks_;
    std::size_t tensors_size_ = 0;
    std::size_t states_size_ = 0;

    mutable std::mutex mutex_;
    mutable std::shared_ptr<Batch const> last_batch_;
    mutable std::vector<std::uint32_t> last_rows_;
    mutable std::vector<std::unique_ptr<Workspace>> workspaces_;
};

}  // namespace monoidal::model
