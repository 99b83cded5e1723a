#include <algorithm>
#include <optional>

#include "monoidal/diagram/row.hpp"
#include "straighten.hpp"

namespace monoidal::diagram {
namespace {

/// A cap and a cup below it, joined by a wire, that turn a wire one way and back.
struct Snake {
    std::size_t cap = 0;  // layers
    std::size_t cup = 0;
    bool is_middle_right = false;  // whether the middle wire is the right leg of the cap
};

/// Where a wire comes from, if from a cap.
struct Origin {
    std::size_t layer = 0;
    std::int32_t winding = 0;  // of the cap's other leg, less this one's
    bool is_cap = false;
    bool is_right = false;
};

std::optional<Snake> find_snake(Signature const& signature, std::size_t width,
                                std::vector<Layer> const& layers) {
    Row<Origin> row(std::vector<Origin>(width, Origin{}));
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto const& g = signature[layers[i].generator];
        row.seek(layers[i].offset);
        if (g.kind == Kind::cup) {
            for (std::size_t k = 0; k < 2; ++k) {
                auto const& from = row.right(k);
                auto const winding = g.dom[1 - k].winding - g.dom[k].winding;
                // The left leg of a cap meets the right leg of a cup, or the other way round.
                if (from.is_cap && from.is_right == (k == 0) && from.winding == winding) {
                    return Snake{from.layer, i, from.is_right};
                }
            }
        }
        row.drop_right(g.dom.size());
        for (std::size_t k = 0; k < g.cod.size(); ++k) {
            Origin origin{i, 0, g.kind == Kind::cap, k == 1};
            if (origin.is_cap) origin.winding = g.cod[1 - k].winding - g.cod[k].winding;
            row.push_left(origin);
        }
    }
    return {};
}

/// The layers from a snake's cap to its cup, without both.
std::vector<Layer> pull(Signature const& signature, std::vector<Layer> const& layers,
                        Snake const& snake) {
    auto const begin = layers[snake.cap].offset;
    std::uint32_t middle = begin + (snake.is_middle_right ? 1U : 0U);
    std::vector<Layer> left;
    std::vector<Layer> right;
    for (std::size_t i = snake.cap + 1; i < snake.cup; ++i) {
        auto const& g = signature[layers[i].generator];
        auto const n_dom = static_cast<std::uint32_t>(g.dom.size());
        if (layers[i].offset + n_dom <= middle) {
            left.push_back(layers[i]);
            middle += static_cast<std::uint32_t>(g.cod.size());
            middle -= n_dom;
        } else {
            right.push_back({layers[i].generator, layers[i].offset - middle - 1});
        }
    }
    // The wire that comes from above the cup is on the side that slides up, and is then in the
    // place of the cap's other leg.
    auto const at = snake.is_middle_right ? begin : middle - 1;
    for (auto& layer : right) layer.offset += at;
    auto& first = snake.is_middle_right ? right : left;
    auto const& last = snake.is_middle_right ? left : right;
    first.insert(first.end(), last.begin(), last.end());
    return std::move(first);
}

}  // namespace

Diagram pull_straight(Diagram const& diagram) {
    auto const& signature = *diagram.signature();
    auto layers = diagram.layers();
    while (auto const snake = find_snake(signature, diagram.dom().size(), layers)) {
        auto const pulled = pull(signature, layers, *snake);
        auto const at = [&](std::size_t k) {
            return layers.begin() + static_cast<std::ptrdiff_t>(k);
        };
        std::ranges::copy(pulled, at(snake->cap));
        layers.erase(at(snake->cup - 1), at(snake->cup + 1));
    }
    return {diagram.signature(), diagram.dom(), std::move(layers)};
}

}  // namespace monoidal::diagram
