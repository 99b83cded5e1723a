#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <map>
#include <new>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "diagram/fixture.hpp"
#include "failing_new.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/diagram/graph.hpp"
#include "monoidal/model/corpus.hpp"
#include "monoidal/model/shapes.hpp"
#include "support.hpp"

namespace monoidal::model {
namespace {

using circuit::Circuit;
using circuit::GateId;
using tests::Diagrams;
using tests::Tensor;

Circuit noun() {
    return {1,  {{GateId::Rx, {0, 0}, 0}, {GateId::Rz, {0, 0}, 1}, {GateId::Rx, {0, 0}, 2}},
            {}, {0},
            3,  1.0};
}

/// H on all, CRz between neighbours, H on all; all open.
Circuit entangled(std::uint32_t n) {
    std::vector<circuit::Operation> operations;
    for (std::uint32_t q = 0; q < n; ++q) operations.push_back({GateId::H, {q, 0}});
    for (std::uint32_t q = 0; q + 1 < n; ++q) {
        operations.push_back({GateId::CRz, {q, q + 1}, static_cast<std::int32_t>(q)});
    }
    for (std::uint32_t q = 0; q < n; ++q) operations.push_back({GateId::H, {q, 0}});
    std::vector<std::uint32_t> outputs(n);
    std::iota(outputs.begin(), outputs.end(), 0U);
    return {n, operations, {}, outputs, n - 1, 1.0};
}

/// A small language, compiled, and evaluated by naive sums beside it.
struct Language : Diagrams {
    Object n = object("n"), n_r = object("n", 1), n_l = object("n", -1), s = object("s");
    std::uint32_t n_classes = 2;
    bool is_doubled = false;
    bool verbs_are_free = false;  // tensors of a parameter an element
    std::vector<Diagram> sentences;
    std::vector<std::uint64_t> dimension{2, 2};
    std::map<std::uint32_t, std::uint32_t> first;  // of each word, its first parameter
    std::uint32_t n_parameters = 0;
    tests::Random random{21};

    static std::string name(char letter, std::size_t k) {
        std::string text(1, letter);
        return text += std::to_string(k);
    }
    Diagram noun_word(std::size_t k) const { return word(name('n', k), {n}); }
    Diagram verb(std::size_t k) const { return word(name('v', k), {n_r, s, n_l}); }
    Diagram adjective(std::size_t k) const { return word(name('a', k), {n, n_l}); }

    Diagram transitive(std::size_t a, std::size_t v, std::size_t b) const {
        return then(
            {beside({noun_word(a), verb(v), noun_word(b)}), beside({cup(n), id({s}), cup(n_l)})});
    }
    Diagram with_adjective(std::size_t a, std::size_t v, std::size_t adj, std::size_t b) const {
        auto const words = beside({noun_word(a), verb(v), adjective(adj), noun_word(b)});
        return then({words, beside({cup(n), id({s}), cup(n_l), cup(n_l)})});
    }
    /// A daggered noun meets a state of two wires; the word's conjugate is used.
    Diagram effect(std::size_t a, std::size_t k) const {
        return then({word(name('w', k), {n, s}), beside({noun_word(a).dagger(), id({s})})});
    }

    void fill(std::size_t count) {
        sentences.clear();
        for (std::size_t k = 0; k < count; ++k) {
            auto const pick = [&](std::size_t end) { return random.below(end); };
            switch (k % 3) {
                case 0: sentences.push_back(transitive(pick(9), pick(40), pick(9))); break;
                case 1:
                    sentences.push_back(with_adjective(pick(9), pick(40), pick(3), pick(9)));
                    break;
                default: sentences.push_back(effect(pick(9), pick(2)));
            }
        }
    }

    Circuit circuit_of(std::uint32_t generator) const {
        auto const n_wires = (*signature)[generator].cod.size();
        return n_wires == 1 ? noun() : entangled(static_cast<std::uint32_t>(n_wires));
    }

    bool is_free(std::uint32_t generator) const {
        return verbs_are_free && (*signature)[generator].cod.size() == 3;
    }

    Family family_of_word(std::uint32_t generator) const {
        if (is_free(generator)) return {FreeTensor{8}, {}};
        return {circuit_of(generator), {}};
    }

    Tensor tensor_of(std::uint32_t generator, std::vector<double> const& theta) const {
        auto const begin = theta.begin() + first.at(generator);
        if (is_free(generator)) return {begin, begin + 8};
        auto const c = circuit_of(generator);
        return tests::dense(c, {begin, begin + c.n_parameters()});
    }

    Corpus compile() {
        auto shapes = group(sentences, dimension);
        if (is_doubled) {
            std::size_t count = 0;
            for (auto const& listed : shapes.operands) count += listed.size();
            shapes = doubled(shapes, std::vector<std::uint64_t>(count, 1), std::vector<bool>(count),
                             std::vector<std::uint32_t>(shapes.networks.size(), 0));
        }
        std::map<Type, std::uint32_t> family_of;
        std::vector<Family> families;
        std::map<std::uint32_t, std::uint32_t> number;  // of each word in its family
        for (auto const w : shapes.words) {
            auto const& type = (*signature)[w].cod;
            auto const [it, is_new] =
                family_of.emplace(type, static_cast<std::uint32_t>(families.size()));
            if (is_new) families.push_back(family_of_word(w));
            auto& family = families[it->second];
            if (!number.emplace(w, static_cast<std::uint32_t>(family.first.size())).second)
                continue;
            first[w] = n_parameters;
            family.first.push_back(n_parameters);
            n_parameters += static_cast<std::uint32_t>(family.n_parameters());
        }
        std::vector<Shape> list;
        for (std::size_t k = 0; k < shapes.networks.size(); ++k) {
            auto const& net = shapes.networks[k];
            Shape shape{tensor::compile(net, tensor::contraction_order(net)),
                        {},
                        shapes.log2_success[k],
                        shapes.mixed};
            for (auto const g : shapes.operands[k]) {
                bool const is_bra = shapes.mixed && shape.operands.size() % 2 == 1;
                shape.operands.push_back({family_of[(*signature)[signature->base(g)].cod],
                                          (*signature)[g].is_dagger != is_bra});
            }
            list.push_back(shape);
        }
        std::vector<std::uint32_t> words;
        for (auto const w : shapes.words) words.push_back(number[w]);
        return {families, list, shapes.shape_of, words, n_classes, n_parameters};
    }

    std::vector<double> parameters() {
        std::vector<double> theta;
        for (std::uint32_t k = 0; k < n_parameters; ++k) theta.push_back(random.turns());
        return theta;
    }

    /// |amplitude|^2 of every outcome, by whole matrices and a naive sum.
    std::vector<double> squares(Diagram const& d, std::vector<double> const& theta) const {
        auto const graph = diagram::wire(d);
        auto const net = tensor::network(graph, *signature, dimension);
        std::vector<Tensor> operands;
        for (auto const g : graph.generator) {
            operands.push_back(tensor_of(signature->base(g), theta));
            for (auto& z : operands.back()) z = (*signature)[g].is_dagger ? std::conj(z) : z;
        }
        std::vector<double> out;
        for (auto const& z : tests::naive(net, operands)) out.push_back(std::norm(z));
        return out;
    }

    double slow_loss(std::vector<double> const& theta, std::vector<std::uint32_t> const& rows,
                     Targets const& targets) const {
        double sum = 0.0;
        double total = 0.0;
        for (std::size_t r = 0; r < rows.size(); ++r) {
            auto const q = squares(sentences[rows[r]], theta);
            double const p =
                q[targets.labels[r]] / std::accumulate(q.begin(), q.begin() + n_classes, 0.0);
            sum -= targets.weights[r] *
                   std::log((p + targets.smoothing) / (1 + n_classes * targets.smoothing));
            total += targets.weights[r];
        }
        return sum / total;
    }
};

std::vector<std::uint32_t> all_rows(Corpus const& corpus) {
    std::vector<std::uint32_t> rows(corpus.n_sentences());
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
}

/// A call's whole answer.
struct Answer {
    double loss = 0.0;
    std::vector<double> gradient;
    bool operator==(Answer const&) const = default;
};

Answer ask(Corpus const& corpus, ThreadPool& pool, std::vector<double> const& theta,
           std::vector<std::uint32_t> const& rows, Poll const& poll = {}) {
    std::vector<std::uint32_t> labels;
    std::vector<double> weights;
    for (auto const row : rows) {
        labels.push_back(row % 2);
        weights.push_back(1.0 + row % 3);
    }
    Answer a{0.0, std::vector<double>(theta.size())};
    a.loss = corpus.loss_and_gradient({pool, poll}, theta, rows, {labels, weights}, a.gradient);
    return a;
}

}  // namespace

TEST_CASE_FIXTURE(Language,
                  "Corpus: probabilities and success equal whole sentences by naive sums") {
    fill(45);
    auto const corpus = compile();
    CHECK(corpus.n_shapes() == 3);
    auto const theta = parameters();
    ThreadPool pool(1);
    auto const rows = all_rows(corpus);
    std::vector<double> p(2 * rows.size()), success(rows.size());
    CHECK(corpus.probabilities({pool, {}}, theta, rows, p, success) == 0);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        auto const q = squares(sentences[r], theta);
        double const n_bends[] = {2.0, 3.0, 0.0};
        CHECK(std::abs(p[2 * r] - q[0] / (q[0] + q[1])) < 1e-12);
        CHECK(std::abs(p[2 * r] + p[2 * r + 1] - 1.0) < 1e-12);
        CHECK(std::abs(success[r] - (q[0] + q[1]) * std::exp2(-n_bends[r % 3])) < 1e-12);
    }
}

TEST_CASE_FIXTURE(Language, "Corpus: doubled sentences that hide nothing are the pure ones") {
    fill(30);
    auto const pure = compile();
    auto const theta = parameters();
    is_doubled = true;
    n_parameters = 0;
    auto const mixed = compile();
    ThreadPool pool(1);
    auto const rows = all_rows(pure);
    auto const expected = ask(pure, pool, theta, rows);
    auto const found = ask(mixed, pool, theta, rows);
    CHECK(std::abs(found.loss - expected.loss) < 1e-12);
    for (std::size_t k = 0; k < theta.size(); ++k) {
        CHECK(std::abs(found.gradient[k] - expected.gradient[k]) < 1e-10);
    }
    std::vector<double> p(2 * rows.size()), q(p.size()), success(rows.size()), kept(rows.size());
    CHECK(pure.probabilities({pool, {}}, theta, rows, p, success) == 0);
    CHECK(mixed.probabilities({pool, {}}, theta, rows, q, kept) == 0);
    for (std::size_t k = 0; k < p.size(); ++k) CHECK(std::abs(p[k] - q[k]) < 1e-12);
    for (std::size_t k = 0; k < rows.size(); ++k) CHECK(std::abs(success[k] - kept[k]) < 1e-12);
}

TEST_CASE_FIXTURE(Language,
                  "Corpus: the loss equals naive sums and the gradient their differences") {
    fill(18);
    auto const corpus = compile();
    auto theta = parameters();
    ThreadPool pool(1);
    auto const rows = all_rows(corpus);
    auto const found = ask(corpus, pool, theta, rows);
    std::vector<std::uint32_t> labels;
    std::vector<double> weights;
    for (auto const row : rows) {
        labels.push_back(row % 2);
        weights.push_back(1.0 + row % 3);
    }
    Targets const targets{labels, weights};
    CHECK(std::abs(found.loss - slow_loss(theta, rows, targets)) < 1e-12);
    for (std::size_t k = 0; k < theta.size(); k += 3) {
        double const before = theta[k];
        auto const at = [&](double h) {
            theta[k] = before + h;
            return slow_loss(theta, rows, targets);
        };
        double const h = 1e-4;
        double const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        theta[k] = before;
        CHECK(std::abs(found.gradient[k] - slope) < 1e-7);
    }
}

TEST_CASE_FIXTURE(Language,
                  "Corpus: a call on some rows is about them, in their order, repeated ones too") {
    fill(70);
    auto const corpus = compile();
    auto const theta = parameters();
    ThreadPool pool(1);
    std::vector<std::uint32_t> const rows{3, 60, 3, 12, 0, 69};
    std::vector<double> p(2 * rows.size()), success(rows.size());
    corpus.probabilities({pool, {}}, theta, rows, p, success);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        auto const q = squares(sentences[rows[r]], theta);
        CHECK(std::abs(p[2 * r] - q[0] / (q[0] + q[1])) < 1e-12);
    }
    // The mean over a partition, by weight, is the whole.
    std::vector<std::uint32_t> const all = all_rows(corpus);
    auto const whole = ask(corpus, pool, theta, all);
    double loss = 0.0, total = 0.0;
    for (std::size_t begin = 0; begin < all.size(); begin += 17) {
        std::vector<std::uint32_t> const part(
            all.begin() + static_cast<std::ptrdiff_t>(begin),
            all.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 17, all.size())));
        double weight = 0.0;
        for (auto const row : part) weight += 1.0 + row % 3;
        loss += weight * ask(corpus, pool, theta, part).loss;
        total += weight;
    }
    CHECK(std::abs(loss / total - whole.loss) < 1e-12);
}

TEST_CASE_FIXTURE(Language, "Corpus: the loss is pulled back as any function of probabilities is") {
    fill(45);
    auto const corpus = compile();
    auto const theta = parameters();
    ThreadPool pool(2);
    std::vector<std::uint32_t> const rows{3, 3, 0, 44, 17};
    auto const expected = ask(corpus, pool, theta, rows);
    std::vector<double> p(2 * rows.size());
    std::vector<double> success(rows.size());
    corpus.probabilities({pool, {}}, theta, rows, p, success);
    double total = 0.0;
    for (auto const row : rows) total += 1.0 + row % 3;
    std::vector<double> slopes(p.size(), 0.0);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        auto const at = 2 * r + rows[r] % 2;
        slopes[at] = -(1.0 + rows[r] % 3) / total / (p[at] + 1e-9);
    }
    std::vector<double> gradient(theta.size());
    corpus.pull_back({pool, {}}, theta, rows, slopes, gradient);
    for (std::size_t k = 0; k < theta.size(); ++k) {
        CHECK(gradient[k] == doctest::Approx(expected.gradient[k]).epsilon(1e-12).scale(1e-3));
    }
    slopes[3] = std::nan("");
    CHECK_THROWS_WITH_AS(corpus.pull_back({pool, {}}, theta, rows, slopes, gradient),
                         "slope 1 of row 1 is not finite", DomainError);
}

TEST_CASE_FIXTURE(Language, "Corpus: a large word takes one lane, and counts as a small one does") {
    // Nine nouns side by side, joined to one word of ten wires: 1,024 numbers in one lane.
    Type wires{s};
    std::vector<Diagram> nouns;
    std::vector<Diagram> cups{id({s})};
    for (std::size_t k = 0; k < 9; ++k) {
        wires.push_back(n_l);
        nouns.push_back(noun_word(k));
    }
    // The cups nest, so the nouns come in any order: cup by cup from the middle out.
    auto sentence = word("large", wires);
    for (std::size_t k = 0; k < 9; ++k) {
        std::vector<Diagram> kept{id({s})};
        for (std::size_t j = 0; j + k + 1 < 9; ++j) kept.push_back(id({n_l}));
        kept.push_back(cup(n_l));
        std::vector<Diagram> both{sentence, nouns[k]};
        sentence = then({beside(both), beside(kept)});
    }
    sentences = {sentence};
    auto const corpus = compile();
    CHECK(corpus.n_bytes(1) < 2 * 8 * 2 * 8 * 1024);  // eight lanes take eight times that
    auto const theta = parameters();
    ThreadPool pool(1);
    std::vector<double> p(2);
    std::vector<double> success(1);
    corpus.probabilities({pool, {}}, theta, std::vector<std::uint32_t>{0}, p, success);
    auto const q = squares(sentence, theta);
    CHECK(p[0] == doctest::Approx(q[0] / (q[0] + q[1])).epsilon(1e-10));
}

TEST_CASE_FIXTURE(Language, "Corpus: results are equal, bit for bit, for 1, 2, 4 and 7 threads") {
    fill(6000);  // enough work to be shared out
    auto const corpus = compile();
    auto const theta = parameters();
    auto const rows = all_rows(corpus);
    ThreadPool one(1);
    auto const expected = ask(corpus, one, theta, rows);
    std::vector<double> p(2 * rows.size()), success(rows.size());
    corpus.probabilities({one, {}}, theta, rows, p, success);
    for (std::size_t const n_threads : {2, 4, 7}) {
        ThreadPool pool(n_threads);
        for (int round = 0; round < 3; ++round) CHECK(ask(corpus, pool, theta, rows) == expected);
        std::vector<double> q(p.size()), also(success.size());
        corpus.probabilities({pool, {}}, theta, rows, q, also);
        CHECK(q == p);
        CHECK(also == success);
    }
    // A sentence's probabilities do not depend on the company that it is in.
    std::vector<double> alone(2), its_success(1);
    for (std::uint32_t const row : {0U, 1U, 2U, 4001U, 5999U}) {
        corpus.probabilities({one, {}}, theta, std::vector{row}, alone, its_success);
        CHECK(alone == std::vector{p[2 * row], p[2 * row + 1]});
    }
}

TEST_CASE_FIXTURE(Language, "Corpus: many callers at once get what one gets") {
    fill(300);
    auto const corpus = compile();
    auto const theta = parameters();
    ThreadPool pool(2);
    auto const rows = all_rows(corpus);
    std::vector<std::uint32_t> const some{1, 2, 299};
    auto const expected = ask(corpus, pool, theta, rows);
    auto const expected_some = ask(corpus, pool, theta, some);
    std::atomic<int> n_different{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
            for (int k = 0; k < 10; ++k) {
                bool const is_some = (t + k) % 2 == 0;
                auto const found = ask(corpus, pool, theta, is_some ? some : rows);
                n_different += found == (is_some ? expected_some : expected) ? 0 : 1;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(n_different == 0);
}

TEST_CASE_FIXTURE(Language,
                  "Corpus: a post-selection that cannot succeed gives zeros and no gradient") {
    // <n0| n1> with n0 at |0> and n1 at |1>: the scalar beside the sentence vanishes.
    auto const scalar = then({noun_word(1), noun_word(0).dagger()});
    sentences = {beside({scalar, transitive(2, 0, 2)}), transitive(2, 0, 2)};
    auto const corpus = compile();
    auto theta = parameters();
    for (auto const& [k, value] : {std::pair{0, 0.0}, {1, 0.5}}) {
        auto const at = first.at(noun_word(static_cast<std::size_t>(k)).layers().front().generator);
        std::fill_n(theta.begin() + at, 3, 0.0);
        theta[at] = value;
    }
    ThreadPool pool(1);
    std::vector<double> p(4), success(2);
    std::vector<std::uint32_t> const rows{0, 1};
    CHECK(corpus.probabilities({pool, {}}, theta, rows, p, success) == 1);
    CHECK(p[0] == 0.0);
    CHECK(p[1] == 0.0);
    CHECK(p[2] + p[3] == doctest::Approx(1.0));
    auto const vanishing = ask(corpus, pool, theta, {0});
    CHECK(std::isfinite(vanishing.loss));
    for (auto const slope : vanishing.gradient) CHECK(slope == 0.0);
}

TEST_CASE_FIXTURE(Language, "Corpus: hundreds of words make no impossible post-selection") {
    std::vector<Diagram> words;
    for (std::size_t k = 0; k < 400; ++k) words.push_back(word(name('b', k % 7), {n}));
    sentences = {then({beside(words), spider(400, 1, n)})};
    auto const corpus = compile();
    auto const theta = parameters();
    ThreadPool pool(1);
    std::vector<double> p(2), success(1);
    CHECK(corpus.probabilities({pool, {}}, theta, std::vector{0U}, p, success) == 0);
    CHECK(success[0] < 1e-40);
    CHECK(std::abs(p[0] + p[1] - 1.0) < 1e-12);
    auto const slopes = ask(corpus, pool, theta, {0}).gradient;
    CHECK(std::ranges::any_of(slopes, [](double g) { return g != 0.0; }));
    CHECK(std::ranges::all_of(slopes, [](double g) { return std::isfinite(g); }));
}

TEST_CASE_FIXTURE(Language,
                  "Corpus: what a call does not fit is refused before anything is computed") {
    fill(12);
    auto const corpus = compile();
    auto theta = parameters();
    ThreadPool pool(1);
    std::vector<std::uint32_t> const rows{0, 1}, labels{0, 1};
    std::vector<double> gradient(theta.size());
    std::vector<double> const weights{1.0, 1.0};
    auto const call = [&](std::vector<std::uint32_t> const& r, std::vector<std::uint32_t> const& l,
                          std::vector<double> const& w, std::uint64_t limit = 1 << 30) {
        return corpus.loss_and_gradient({pool, {}, limit}, theta, r, {l, w}, gradient);
    };
    CHECK_NOTHROW(call(rows, labels, weights));
    CHECK_THROWS_AS(call({0, 12}, labels, weights), ShapeError);
    CHECK_THROWS_AS(call(rows, {0, 2}, weights), ShapeError);
    CHECK_THROWS_AS(call(rows, {0}, weights), ShapeError);
    CHECK_THROWS_AS(call(rows, labels, {1.0}), ShapeError);
    CHECK_THROWS_AS(call(rows, labels, {1.0, -1.0}), DomainError);
    CHECK_THROWS_AS(call(rows, labels, {1.0, std::nan("")}), DomainError);
    CHECK_THROWS_AS(call(rows, labels, {0.0, 0.0}), DomainError);
    CHECK_THROWS_AS(call(rows, labels, weights, 100), TooLargeError);
    CHECK(corpus.n_bytes(4) > corpus.n_bytes(1));
    theta[5] = INFINITY;
    CHECK_THROWS_AS(call(rows, labels, weights), DomainError);
    theta.pop_back();
    CHECK_THROWS_AS(call(rows, labels, weights), ShapeError);
}

TEST_CASE_FIXTURE(Language, "Corpus: free tensors have a parameter an element and its gradient") {
    verbs_are_free = true;
    fill(45);
    auto const corpus = compile();
    auto theta = parameters();
    ThreadPool pool(2);
    auto const rows = all_rows(corpus);
    std::vector<double> p(2 * rows.size()), success(rows.size());
    CHECK(corpus.probabilities({pool, {}}, theta, rows, p, success) == 0);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        auto const q = squares(sentences[r], theta);
        CHECK(std::abs(p[2 * r] - q[0] / (q[0] + q[1])) < 1e-12);
    }
    auto const found = ask(corpus, pool, theta, rows);
    double const h = 1e-6;
    for (std::size_t k = 0; k < theta.size(); k += 7) {
        auto const at = theta[k];
        theta[k] = at + h;
        double const above = ask(corpus, pool, theta, rows).loss;
        theta[k] = at - h;
        double const below = ask(corpus, pool, theta, rows).loss;
        theta[k] = at;
        CHECK(std::abs(found.gradient[k] - (above - below) / (2 * h)) < 1e-7);
    }
    ThreadPool alone(1);
    CHECK(ask(corpus, alone, theta, rows) == found);
}

TEST_CASE_FIXTURE(Language, "Corpus: numbers out of range are refused when it is made") {
    fill(3);
    auto const shapes = group(sentences, dimension);
    auto const plan =
        tensor::compile(shapes.networks[2], tensor::contraction_order(shapes.networks[2]));
    std::vector<Family> const families{{noun(), {0}}, {entangled(2), {3}}};
    std::vector<Shape> const list{{plan, {{1, false}, {0, true}}, 0.0}};
    auto const make = [&](std::vector<std::uint32_t> shape_of, std::vector<std::uint32_t> words,
                          std::uint32_t classes, std::uint64_t parameters) {
        return Corpus(families, list, std::move(shape_of), std::move(words), classes, parameters);
    };
    CHECK_NOTHROW(make({0}, {0, 0}, 2, 4));
    CHECK_THROWS_AS(make({1}, {0, 0}, 2, 4), ShapeError);
    CHECK_THROWS_AS(make({0}, {0, 1}, 2, 4), ShapeError);
    CHECK_THROWS_AS(make({0}, {0}, 2, 4), ShapeError);
    CHECK_THROWS_AS(make({0}, {0, 0, 0}, 2, 4), ShapeError);
    CHECK_THROWS_AS(make({0}, {0, 0}, 3, 4), ShapeError);
    CHECK_THROWS_AS(make({0}, {0, 0}, 2, 3), ShapeError);
    CHECK_THROWS_AS(Corpus(families, {{plan, {{0, false}, {0, true}}}}, {0}, {0, 0}, 2, 4),
                    ShapeError);
    CHECK_THROWS_AS(Corpus(families, {{plan, {{1, false}, {9, true}}}}, {0}, {0, 0}, 2, 4),
                    ShapeError);
    CHECK_THROWS_AS(Corpus(families, {{plan, {{1, false}}}}, {0}, {0}, 2, 4), ShapeError);
}

TEST_CASE_FIXTURE(Language,
                  "Corpus: an interrupt ends a call, and the next gives the whole answer") {
    fill(6000);
    auto const corpus = compile();
    auto const theta = parameters();
    auto const rows = all_rows(corpus);
    for (std::size_t const n_threads : {1, 2}) {
        ThreadPool pool(n_threads);
        auto const expected = ask(corpus, pool, theta, rows);
        bool is_interrupted = false;
        Poll const poll = [] { throw std::runtime_error("interrupted"); };
        for (int k = 0; k < 200 && !is_interrupted; ++k) {  // a call under 10 ms asks nobody
            try {
                static_cast<void>(ask(corpus, pool, theta, rows, poll));
            } catch (std::runtime_error const&) {
                is_interrupted = true;
            }
            CHECK(ask(corpus, pool, theta, rows) == expected);
        }
    }
}

TEST_CASE_FIXTURE(Language, "Corpus: memory that runs out at any allocation leaves all as it was") {
    fill(40);
    static_cast<void>(compile());
    auto const theta = parameters();
    ThreadPool pool(1);
    std::vector<std::uint32_t> const some{5, 4, 39};
    std::vector<std::uint32_t> rows(40);
    std::iota(rows.begin(), rows.end(), 0U);
    std::vector<std::uint32_t> const labels(rows.size(), 1);
    std::vector<double> const weights(rows.size(), 1.0);
    std::vector<double> gradient(theta.size());
    Answer expected;
    bool is_through = false;
    std::int64_t failing_one = 0;
    while (!is_through) {
        REQUIRE(++failing_one < 5000);
        // A new corpus, which remembers few rows: then many are asked for.
        n_parameters = 0;
        auto const corpus = compile();
        auto const expected_some = ask(corpus, pool, theta, some);
        bool has_failed = false;
        {
            tests::FailingNew const failing(failing_one);
            try {
                corpus.loss_and_gradient({pool, {}}, theta, rows, {labels, weights}, gradient);
                is_through = failing.count() < failing_one;
            } catch (std::bad_alloc const&) {
                has_failed = true;
            }
        }
        CHECK(has_failed != is_through);
        CHECK(ask(corpus, pool, theta, some) == expected_some);
        auto const found = ask(corpus, pool, theta, rows);
        CHECK(ask(corpus, pool, theta, rows) == found);
        if (failing_one == 1) expected = found;
        CHECK(found == expected);
    }
    CHECK(failing_one > 20);
}

TEST_CASE_FIXTURE(Language, "Corpus: memory that runs out in a worker leaves the pool usable") {
    fill(6000);
    auto const corpus = compile();
    auto const theta = parameters();
    auto const rows = all_rows(corpus);
    std::vector<std::uint32_t> const labels(rows.size(), 1);
    std::vector<double> const weights(rows.size(), 1.0);
    std::vector<double> gradient(theta.size());
    ThreadPool one(1);
    auto const expected = ask(corpus, one, theta, rows);
    for (std::int64_t which = 1; which < 200; which += 7) {
        ThreadPool pool(2);
        for (int round = 0; round < 2; ++round) {
            tests::FailingNew const failing(which);
            try {
                corpus.loss_and_gradient({pool, {}}, theta, rows, {labels, weights}, gradient);
            } catch (std::bad_alloc const&) {
            }
        }
        CHECK(ask(corpus, pool, theta, rows) == expected);
    }
}

}  // namespace monoidal::model
