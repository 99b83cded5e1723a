#include <algorithm>
#include <cmath>
#include <string>

#include "batch.hpp"
#include "monoidal/circuit/simulate.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/model/corpus.hpp"
#include "monoidal/tensor/contract.hpp"

namespace monoidal::model {
namespace {

/// Complex multiplications below which one thread is as fast as many.
constexpr std::uint64_t kWorthThreads = 200'000;

/// Real or imaginary parts of a block's elements that are copied in well under a millisecond.
constexpr std::size_t kHalves = 1 << 12;

void check_size(char const* name, std::size_t got, std::size_t expected) {
    if (got == expected) return;
    throw ShapeError(std::string(name) + " has " + std::to_string(got) + " values, expected " +
                     std::to_string(expected));
}

/// Far from the least double, so that what is divided by it stays finite.
constexpr double kLeast = 1e-280;

/// A bound of the rounding of one number of a word's tensor, and, relative, of a sum of products.
constexpr double kWordRounding = 1e-15;
constexpr double kSumRounding = 1e-14;

/// What the outcomes of one sentence say.
struct Outcome {
    double total = 0.0;  // |amplitude|^2 over the classes
    double all = 0.0;    // and over all outcomes
    bool vanishes = false;
};

}  // namespace

/// One call: words, then sentences, then (for a gradient) words again, each shared by the threads.
class Corpus::Run {
public:
    Run(Corpus const& corpus, Context const& context, std::span<double const> theta,
        std::span<std::uint32_t const> rows)
        : corpus_(corpus),
          context_(context),
          theta_(theta),
          batch_(corpus.batch(rows)),
          workspace_(corpus.take_workspace()) {
        check_size("theta", theta.size(), corpus.n_parameters_);
        for (std::size_t k = 0; k < theta.size(); ++k) {
            if (std::isfinite(theta[k])) continue;
            throw DomainError("parameter " + std::to_string(k) + " is " + std::to_string(theta[k]) +
                              ", expected a finite number of turns");
        }
        auto const n_workers = alone() ? 1 : context.pool.n_threads();
        auto const n_bytes = corpus.n_bytes(*batch_, n_workers);
        if (n_bytes > context.memory_limit) {
            throw TooLargeError("evaluation needs " + std::to_string(n_bytes) +
                                " bytes, the limit is " + std::to_string(context.memory_limit));
        }
        allocate(n_workers);
    }

    /// Gives the scratch memory back for the next call; after an exception it is freed instead.
    void finish() {
        std::scoped_lock const lock(corpus_.mutex_);
        corpus_.workspaces_.push_back(std::move(workspace_));
    }

    void evaluate_words() {
        each(batch_->active.size(), [&](std::size_t i, Task& task) {
            auto const view = chunk(i);
            if (view.circuit == nullptr) return put_elements(view, task);
            auto& angles = workspace_->angles[i];
            angles = circuit::angles(*view.circuit, view.lanes);
            circuit::simulate(*view.circuit, view.lanes.count, angles, view.state, task);
            circuit::read_tensor(*view.circuit, view.lanes.count, view.state, view.tensor, task);
        });
    }

    template <class Read>
    void evaluate_sentences(Read read) {
        each(batch_->blocks.size(), [&](std::size_t i, Task& task) {
            auto const& block = batch_->blocks[i];
            auto const& shape = corpus_.shapes_[block.shape];
            auto const n = 2 * block.lanes * shape.plan.begin.back();
            std::span<double> const tensors = std::span(workspace_->block[task.worker()]).first(n);
            gather(block, shape, tensors, task);
            tensor::contract(shape.plan, block.lanes, tensors, task);
            read(block, shape, tensors, task);
        });
    }

    /// For one block: the adjoints of its operands, out of those of its rows' amplitudes.
    template <class LearnRow>
    void learn(Block const& block, Shape const& shape, std::span<double> tensors, Task& task,
               LearnRow learn_row) {
        std::span<double> const adjoints =
            std::span(workspace_->block_adjoints[task.worker()]).first(tensors.size());
        auto const n_out = 2 * block.lanes * shape.plan.output_size;
        auto const amplitudes = tensors.last(n_out);
        auto const adjoint = adjoints.last(n_out);
        std::ranges::fill(adjoint, 0.0);
        for (std::size_t lane = 0; lane < block.rows.size(); ++lane) {
            auto const sum = outcome(block, shape, tensors, lane, task);
            learn_row(block, lane, amplitudes, sum, adjoint);
        }
        tensor::contract_adjoint(shape.plan, block.lanes, tensors, adjoints, task);
        auto const n_operands = 2 * block.lanes * shape.plan.begin[shape.operands.size()];
        std::ranges::copy(adjoints.first(n_operands),
                          workspace_->operand_adjoints.begin() +
                              static_cast<std::ptrdiff_t>(block.adjoint_begin));
    }

    void pull_back_to_parameters(std::span<double> gradient) {
        each(batch_->active.size(), [&](std::size_t i, Task& task) {
            auto const view = chunk(i);
            sum_uses(batch_->uses[i], view);
            if (view.circuit == nullptr) return add_elements(view, gradient, task);
            auto const n_state = view.state.size();
            circuit::simulate_adjoint(
                *view.circuit, view.lanes, view.n_words, workspace_->angles[i], view.state,
                view.tensor_adjoint,
                std::span(workspace_->state_adjoints[task.worker()]).first(n_state), gradient,
                task);
        });
    }

    /// The loss of a row, and the adjoints of its amplitudes.
    void learn_label(Block const& block, std::size_t lane, std::span<double const> amplitudes,
                     Targets const& targets, Outcome const& sum, std::span<double> adjoint) {
        auto const row = block.rows[lane];
        auto const label = targets.labels[row];
        auto const weight = targets.weights[row];
        auto const n = static_cast<double>(corpus_.n_classes_);
        double const p = sum.vanishes ? 0.0 : measure(block, amplitudes, lane, label) / sum.total;
        double const smoothed = (p + targets.smoothing) / (1.0 + n * targets.smoothing);
        workspace_->row_losses[row] = -weight * std::log(smoothed);
        if (sum.vanishes) return;
        double const slope = -weight / (p + targets.smoothing) / sum.total;
        for (std::size_t k = 0; k < corpus_.n_classes_; ++k) {
            put_adjoint(block, lane, k, slope * ((k == label ? 1.0 : 0.0) - p), amplitudes,
                        adjoint);
        }
    }

    /// The adjoints of a row's amplitudes where its probabilities have the given ones.
    void learn_slopes(Block const& block, std::size_t lane, std::span<double const> amplitudes,
                      std::span<double const> slopes, Outcome const& sum,
                      std::span<double> adjoint) const {
        if (sum.vanishes) return;
        auto const own = slopes.subspan(block.rows[lane] * corpus_.n_classes_, corpus_.n_classes_);
        double mean = 0.0;
        for (std::size_t k = 0; k < own.size(); ++k) {
            mean += own[k] * measure(block, amplitudes, lane, k) / sum.total;
        }
        for (std::size_t k = 0; k < own.size(); ++k) {
            put_adjoint(block, lane, k, (own[k] - mean) / sum.total, amplitudes, adjoint);
        }
    }

    Outcome outcome(Block const& block, Shape const& shape, std::span<double const> tensors,
                    std::size_t lane, Task& task) const {
        Outcome sum;
        auto const amplitudes = tensors.last(2 * block.lanes * shape.plan.output_size);
        auto const n_outcomes = amplitudes.size() / (2 * block.lanes);
        for (std::size_t k = 0; k < n_outcomes; ++k) {
            if (k == corpus_.n_classes_) sum.total = sum.all;
            sum.all += measure(block, amplitudes, lane, k);
        }
        if (n_outcomes == corpus_.n_classes_) sum.total = sum.all;
        if (sum.total < kSuspicious) {
            sum.vanishes =
                sum.total < kLeast || sum.total < rounding(block, shape, tensors, lane, task);
        }
        return sum;
    }

    /// A bound of what rounding alone can make of a total: the terms' sizes, and how much they grow
    /// when every number of the words does by its rounding. Rare, so it takes its time.
    double rounding(Block const& block, Shape const& shape, std::span<double const> tensors,
                    std::size_t lane, Task& task) const {
        auto const sizes = [&](double added) {
            Buffer one(2 * shape.plan.begin.back(), 0.0);
            for (std::size_t e = 0; e < shape.plan.begin[shape.operands.size()]; ++e) {
                auto const at = 2 * block.lanes * e + lane;
                one[2 * e] = std::hypot(tensors[at], tensors[at + block.lanes]) + added;
            }
            tensor::contract(shape.plan, 1, one, task);
            return one;
        };
        auto const plain = sizes(0.0);
        auto const grown = sizes(kWordRounding);
        double sum = 0.0;
        for (std::size_t k = 0; k < corpus_.n_classes_; ++k) {
            auto const at = plain.size() - 2 * (shape.plan.output_size - k);
            double const bound = grown[at] - plain[at] + kSumRounding * plain[at];
            sum += shape.mixed ? bound : bound * bound;
        }
        return sum;
    }

    /// q_k of a lane; of a mixed shape, whose result it is, without the rounding below 0.
    static double measure(Block const& block, std::span<double const> results, std::size_t lane,
                          std::size_t k) {
        auto const re = results[2 * block.lanes * k + lane];
        if (block.mixed) return std::max(re, 0.0);
        auto const im = results[2 * block.lanes * k + block.lanes + lane];
        return re * re + im * im;
    }

    std::vector<double>& row_losses() { return workspace_->row_losses; }

private:
    struct ChunkView {
        circuit::Circuit const* circuit;  // none where the tensors are free
        circuit::Lanes lanes;
        std::size_t n_words;
        std::span<double> state;
        std::span<double> tensor;
        std::span<double> tensor_adjoint;
    };

    [[nodiscard]] bool alone() const { return batch_->multiplications < kWorthThreads; }

    void each(std::size_t n, ThreadPool::Body const& body) {
        if (alone()) {
            ThreadPool::run_alone(n, context_.poll, body);
        } else {
            context_.pool.run(n, context_.poll, body);
        }
    }

    void allocate(std::size_t n_workers) {
        auto& w = *workspace_;
        w.tensors.resize(corpus_.tensors_size_);
        w.tensor_adjoints.resize(corpus_.tensors_size_);
        w.states.resize(corpus_.states_size_);
        w.angles.resize(batch_->active.size());
        w.operand_adjoints.resize(std::max(w.operand_adjoints.size(), batch_->adjoints_size));
        w.row_losses.assign(batch_->n_rows, 0.0);
        w.block.resize(std::max(w.block.size(), n_workers));
        w.block_adjoints.resize(w.block.size());
        w.state_adjoints.resize(w.block.size());
        std::size_t state = 0;
        for (auto const& layout : corpus_.layout_) {
            state = std::max(state, 2 * layout.lanes * layout.state_size);
        }
        for (std::size_t k = 0; k < n_workers; ++k) {
            w.block[k].resize(std::max(w.block[k].size(), batch_->block_size));
            w.block_adjoints[k].resize(w.block[k].size());
            w.state_adjoints[k].resize(state);
        }
        lanes_.resize(batch_->active.size());
        for (std::size_t i = 0; i < batch_->active.size(); ++i) lanes_[i] = first_parameters(i);
    }

    /// Of the words of a chunk; lanes that pad repeat the first word.
    std::vector<std::uint32_t> first_parameters(std::size_t i) const {
        auto const [family, index] = corpus_.chunks_[batch_->active[i]];
        auto const& first = corpus_.families_[family].first;
        auto const n = corpus_.layout_[family].lanes;
        std::vector<std::uint32_t> out(n, first[index * n]);
        auto const n_words = std::min(n, first.size() - index * n);
        std::copy_n(first.begin() + static_cast<std::ptrdiff_t>(index * n), n_words, out.begin());
        return out;
    }

    ChunkView chunk(std::size_t i) {
        auto const [family, index] = corpus_.chunks_[batch_->active[i]];
        auto const& layout = corpus_.layout_[family];
        auto const n_state = 2 * layout.lanes * layout.state_size;
        auto const n_tensor = 2 * layout.lanes * layout.tensor_size;
        auto const n_words = corpus_.families_[family].first.size() - index * layout.lanes;
        auto const part = [&](Buffer& all, std::size_t begin, std::size_t n) {
            return std::span<double>(all).subspan(begin + n * index, n);
        };
        return {corpus_.families_[family].circuit(),
                {layout.lanes, theta_, lanes_[i]},
                std::min(layout.lanes, n_words),
                part(workspace_->states, layout.state_begin, n_state),
                part(workspace_->tensors, layout.tensor_begin, n_tensor),
                part(workspace_->tensor_adjoints, layout.tensor_begin, n_tensor)};
    }

    /// Free tensors: each element is a parameter.
    void put_elements(ChunkView const& view, Task& task) const {
        auto const n = view.lanes.count;
        for (std::size_t e = 0; e < view.tensor.size() / (2 * n); ++e) {
            double* const out = view.tensor.data() + 2 * n * e;
            for (std::size_t lane = 0; lane < n; ++lane) {
                out[lane] = theta_[view.lanes.first[lane] + e];
                out[n + lane] = 0.0;
            }
            if (e % kHalves == kHalves - 1) task.check();
        }
    }

    /// The adjoint of a real element is the real part of the adjoint.
    static void add_elements(ChunkView const& view, std::span<double> gradient, Task& task) {
        auto const n = view.lanes.count;
        for (std::size_t e = 0; e < view.tensor.size() / (2 * n); ++e) {
            double const* const in = view.tensor_adjoint.data() + 2 * n * e;
            for (std::size_t lane = 0; lane < view.n_words; ++lane) {
                gradient[view.lanes.first[lane] + e] += in[lane];
            }
            if (e % kHalves == kHalves - 1) task.check();
        }
    }

    /// Bring each row's word tensors side by side.
    void gather(Block const& block, Shape const& shape, std::span<double> tensors,
                Task& task) const {
        double const* const words = workspace_->tensors.data();
        for (std::size_t k = 0; k < shape.operands.size(); ++k) {
            auto const [family, conjugate] = shape.operands[k];
            auto const word_lanes = corpus_.layout_[family].lanes;
            auto const* const place = block.place.data() + k * block.lanes;
            double* out = tensors.data() + 2 * block.lanes * shape.plan.begin[k];
            for (std::size_t half = 0; half < 2 * shape.plan.operand_size[k]; ++half) {
                double const sign = conjugate && half % 2 == 1 ? -1.0 : 1.0;
                for (std::size_t lane = 0; lane < block.lanes; ++lane) {
                    out[lane] = sign * words[place[lane] + half * word_lanes];
                }
                out += block.lanes;
                if (half % kHalves == kHalves - 1) task.check();
            }
        }
    }

    /// Out of the slope in q_k; a pure shape's q_k is the square of its amplitude.
    static void put_adjoint(Block const& block, std::size_t lane, std::size_t k, double slope,
                            std::span<double const> amplitudes, std::span<double> adjoint) {
        if (block.mixed) {
            adjoint[2 * k * block.lanes + lane] = slope;
            return;
        }
        for (std::size_t half = 0; half < 2; ++half) {
            auto const at = (2 * k + half) * block.lanes + lane;
            adjoint[at] = 2.0 * slope * amplitudes[at];
        }
    }

    /// A word's adjoint is the sum over its uses, always in the same order.
    static void sum_uses(std::vector<Use> const& uses, ChunkView const& view,
                         double const* source) {
        std::ranges::fill(view.tensor_adjoint, 0.0);
        auto const n = view.lanes.count;
        auto const n_halves = view.tensor_adjoint.size() / n;
        for (auto const& use : uses) {
            double const* in = source + use.source;
            double* out = view.tensor_adjoint.data() + use.lane;
            double const odd = use.conjugate ? -1.0 : 1.0;
            for (std::size_t half = 0; half < n_halves; half += 2) {
                out[0] += in[0];
                out[n] += odd * in[use.source_lanes];
                in += 2 * use.source_lanes;
                out += 2 * n;
            }
        }
    }

    void sum_uses(std::vector<Use> const& uses, ChunkView const& view) {
        sum_uses(uses, view, workspace_->operand_adjoints.data());
    }

    Corpus const& corpus_;
    Context const& context_;
    std::span<double const> theta_;
    std::shared_ptr<Batch const> batch_;
    std::unique_ptr<Workspace> workspace_;
    std::vector<std::vector<std::uint32_t>> lanes_;  // first parameters of each active chunk
};

std::size_t Corpus::probabilities(Context const& context, std::span<double const> theta,
                                  std::span<std::uint32_t const> rows,
                                  std::span<double> probabilities,
                                  std::span<double> success) const {
    check_size("probabilities", probabilities.size(), rows.size() * n_classes_);
    check_size("success", success.size(), rows.size());
    Run run(*this, context, theta, rows);
    std::atomic<std::size_t> n_vanishing{0};
    run.evaluate_words();
    run.evaluate_sentences(
        [&](Block const& block, Shape const& shape, std::span<double> tensors, Task& task) {
            auto const amplitudes = tensors.last(2 * block.lanes * shape.plan.output_size);
            for (std::size_t lane = 0; lane < block.rows.size(); ++lane) {
                auto const sum = run.outcome(block, shape, tensors, lane, task);
                auto const row = block.rows[lane];
                success[row] = sum.all * std::exp2(shape.log2_success);
                for (std::size_t k = 0; k < n_classes_; ++k) {
                    probabilities[row * n_classes_ + k] =
                        sum.vanishes ? 0.0 : Run::measure(block, amplitudes, lane, k) / sum.total;
                }
                if (sum.vanishes) ++n_vanishing;
            }
        });
    run.finish();
    return n_vanishing;
}

double Corpus::loss_and_gradient(Context const& context, std::span<double const> theta,
                                 std::span<std::uint32_t const> rows, Targets const& targets,
                                 std::span<double> gradient) const {
    check_size("labels", targets.labels.size(), rows.size());
    check_size("weights", targets.weights.size(), rows.size());
    check_size("gradient", gradient.size(), n_parameters_);
    double total_weight = 0.0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (targets.labels[r] >= n_classes_) {
            throw ShapeError("label of row " + std::to_string(r) + " is " +
                             std::to_string(targets.labels[r]) + ", expected under " +
                             std::to_string(n_classes_));
        }
        if (!(targets.weights[r] >= 0.0) || !std::isfinite(targets.weights[r])) {
            throw DomainError("weight of row " + std::to_string(r) +
                              " must be finite and not negative");
        }
        total_weight += targets.weights[r];
    }
    if (!(total_weight > 0.0)) throw DomainError("the weights of all rows sum to 0");
    Run run(*this, context, theta, rows);
    run.evaluate_words();
    run.evaluate_sentences(
        [&](Block const& block, Shape const& shape, std::span<double> tensors, Task& task) {
            run.learn(block, shape, tensors, task,
                      [&](Block const& b, std::size_t lane, std::span<double const> amplitudes,
                          Outcome const& sum, std::span<double> adjoint) {
                          run.learn_label(b, lane, amplitudes, targets, sum, adjoint);
                      });
        });
    std::ranges::fill(gradient, 0.0);
    run.pull_back_to_parameters(gradient);
    double loss = 0.0;
    for (auto const value : run.row_losses()) loss += value;
    for (auto& value : gradient) value /= total_weight;
    run.finish();
    return loss / total_weight;
}

void Corpus::pull_back(Context const& context, std::span<double const> theta,
                       std::span<std::uint32_t const> rows, std::span<double const> slopes,
                       std::span<double> gradient) const {
    check_size("slopes", slopes.size(), rows.size() * n_classes_);
    check_size("gradient", gradient.size(), n_parameters_);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
        if (std::isfinite(slopes[k])) continue;
        throw DomainError("slope " + std::to_string(k % n_classes_) + " of row " +
                          std::to_string(k / n_classes_) + " is not finite");
    }
    Run run(*this, context, theta, rows);
    run.evaluate_words();
    run.evaluate_sentences(
        [&](Block const& block, Shape const& shape, std::span<double> tensors, Task& task) {
            run.learn(block, shape, tensors, task,
                      [&](Block const& b, std::size_t lane, std::span<double const> amplitudes,
                          Outcome const& sum, std::span<double> adjoint) {
                          run.learn_slopes(b, lane, amplitudes, slopes, sum, adjoint);
                      });
        });
    std::ranges::fill(gradient, 0.0);
    run.pull_back_to_parameters(gradient);
    run.finish();
}

}  // namespace monoidal::model
