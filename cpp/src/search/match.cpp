#include <algorithm>
#include <array>
#include <cmath>

#include "views.hpp"

namespace monoidal::search {
namespace {

constexpr double kAccept = 1e-7;  // of a law that a key found, on the points themselves

void add_if_exact(Table const& table, View const& view, Law law, bool with_offset,
                  std::vector<Law>& laws) {
    if (!fit_linear(table, view.target(), law, with_offset && view.has_offset()) ||
        law.residual > kAccept)
        return;
    law.cost = cost_of(table, law);
    laws.push_back(std::move(law));
}

/// log|y| = p log f + constant.
void match_power(Table const& table, View const& view, std::vector<Law>& laws) {
    auto const target = view.target();
    auto const form = log_form(target);
    if (!form || form->signs != 0) return;
    auto const key = affine_key({form->logs.data(), target.size()});
    if (!key) return;
    auto const found = table.power().find(*key);
    if (!found) return;
    auto const logs = table.logs(*found);
    double above = 0.0;
    double below = 0.0;
    for (std::size_t k = 0; k < target.size(); ++k) {
        above += form->logs[k] * logs[k];
        below += logs[k] * logs[k];
    }
    if (table.values(*found)[0] < 0.0) return;
    Law law;
    law.shell = view.shell;
    double const power = above / below;
    law.terms = {{Op::pow, *found, 0, power}};
    if (!table.dimensions().is_power(table.entry(*found).dimension, power, view.kind)) return;
    add_if_exact(table, view, std::move(law), false, laws);
}

/// The logarithm of what has units: no entry is one.
bool is_log_of_units(View const& view) noexcept {
    return view.shell.transform == Transform::log && view.kind != Dimensions::kPure;
}

class Meeting {
public:
    Meeting(Table const& table, std::size_t n_entries) : table_(table), n_entries_(n_entries) {}

    void run(View const& view, std::vector<Law>& laws, Pause& pause) {
        view_ = &view;
        target_ = view.target();
        auto const target = target_;
        give_kinds();
        form_ = log_form(target);
        size_ = 0.0;
        for (double const v : target) size_ = std::max(size_, std::abs(v));
        for (std::uint32_t f = 0; f < n_entries_; ++f) {
            if (f % 4096 == 4095 && pause.is_over()) return;
            if (form_) find_product(f, laws);
            find_sum(f, laws);
        }
    }

private:
    void find_product(std::uint32_t f, std::vector<Law>& laws) {
        auto const logs = table_.logs(f);
        auto const kind = table_.entry(f).dimension;
        auto const [other, below] = kinds_[kind];
        if (logs.empty() || (other == Dimensions::kNone && below == Dimensions::kNone)) return;
        std::size_t const n = target_.size();
        auto const signs = form_->signs ^ table_.signs(f);
        Point left{};
        for (std::size_t k = 0; k < n; ++k) left[k] = form_->logs[k] - logs[k];
        if (auto const g = table_.find_scale(scale_key({left.data(), n}, signs), other)) {
            if (*g <= f) add({{Op::mul, *g, f}}, false, laws);
        }
        for (std::size_t k = 0; k < n; ++k) left[k] = -left[k];
        if (auto const g = table_.find_scale(scale_key({left.data(), n}, signs), below)) {
            add({{Op::div, f, *g}}, false, laws);
        }
    }

    void find_sum(std::uint32_t f, std::vector<Law>& laws) {
        static constexpr std::array<double, 6> kWeights{1.0, -1.0, 2.0, -2.0, 0.5, -0.5};
        auto const values = table_.values(f);
        if (table_.entry(f).op == Op::number || table_.entry(f).dimension != view_->kind) return;
        std::size_t const n = target_.size();
        Point left{};
        for (double const weight : kWeights) {
            double most = 0.0;
            for (std::size_t k = 0; k < n; ++k) {
                left[k] = target_[k] - weight * values[k];
                most = std::max(most, std::abs(left[k]));
            }
            if (most > 1e4 * size_ || most < 1e-5 * size_) continue;
            auto const key = affine_key({left.data(), n});
            if (!key) continue;
            auto const g = table_.find_affine(*key, view_->kind);
            if (g && *g != f) add({{Op::number, f}, {Op::number, *g}}, true, laws);
        }
    }

    /// For each kind of f, that of g in f g and in f / g.
    void give_kinds() {
        auto const& dimensions = table_.dimensions();
        kinds_.clear();
        for (std::size_t k = 0; k < dimensions.size(); ++k) {
            auto const f = static_cast<Dimensions::Id>(k);
            kinds_.emplace_back(dimensions.find(Op::div, view_->kind, f),
                                dimensions.find(Op::div, f, view_->kind));
        }
    }

    void add(std::vector<Term> terms, bool with_offset, std::vector<Law>& laws) {
        Law law;
        law.shell = view_->shell;
        law.terms = std::move(terms);
        add_if_exact(table_, *view_, std::move(law), with_offset, laws);
    }

    Table const& table_;
    std::size_t n_entries_;
    View const* view_ = nullptr;
    std::vector<std::pair<Dimensions::Id, Dimensions::Id>> kinds_;
    std::span<double const> target_;
    std::optional<LogForm> form_;
    double size_ = 0.0;
};

}  // namespace

std::vector<Law> match(Table const& table, std::span<double const> y, ExploreOptions const& options,
                       ThreadPool& pool, Poll const& poll) {
    auto const one = [&](View const& view, std::vector<Law>& laws, Pause& /*pause*/) {
        if (is_log_of_units(view)) return;
        if (auto const key = affine_key(view.target())) {
            if (auto const f = table.find_affine(*key, view.kind)) {
                Law law;
                law.shell = view.shell;
                law.terms = {{Op::number, *f}};
                add_if_exact(table, view, std::move(law), true, laws);
            }
        }
        if (view.shell.transform == Transform::identity) match_power(table, view, laws);
    };
    return for_each_view(table, y, options, 500, pool, poll, one);
}

std::vector<Law> meet(Table const& table, std::span<double const> y, ExploreOptions const& options,
                      ThreadPool& pool, Poll const& poll) {
    auto const n =
        options.n_entries == 0 ? table.size() : std::min(options.n_entries, table.size());
    auto const one = [&](View const& view, std::vector<Law>& laws, Pause& pause) {
        if (is_log_of_units(view)) return;
        Meeting(table, n).run(view, laws, pause);
        keep_best(laws, options.keep, y.size());
    };
    return for_each_view(table, y, options, 1, pool, poll, one);
}

}  // namespace monoidal::search
