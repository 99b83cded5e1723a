#include "monoidal/diagram/slices.hpp"

#include <algorithm>
#include <list>

#include "monoidal/diagram/row.hpp"

namespace monoidal::diagram {
namespace {

/// Wires and boxes from left to right, as in a drawing where nothing is above anything.
using Order = std::list<std::uint32_t>;

/// The room between two neighbouring wires: from which slice on it is there, and the last slice
/// with a box in it that has no wire below.
struct Gap {
    std::uint32_t birth = 0;
    std::uint32_t death = 0;
};

/// A piece of wire or a box, and the slices in which it is: a box in one, a wire between two.
struct Item {
    Object type;
    std::uint32_t generator = 0;
    bool is_box = false;
    std::uint32_t level = 0;      // of the box; of a wire, that of the box above, 0 at the top
    std::uint32_t end_level = 0;  // of the box below a wire
    Order::iterator place;
    Gap gap;  // on the right of a wire
};

class Slicer {
public:
    explicit Slicer(Diagram const& diagram)
        : diagram_(diagram), signature_(*diagram.signature()), row_(top()) {
        for (auto const& layer : diagram.layers()) read(layer);
        for (auto const wire : row_.wires()) items_[wire].end_level = depth_ + 1;
    }

    std::vector<Diagram> slices() {
        // Items sorted by slice; within one they come from left to right.
        std::vector<std::vector<std::uint32_t>> of_level(depth_ + 1);
        for (auto const id : order_) {
            auto const& item = items_[id];
            if (item.is_box) {
                of_level[item.level].push_back(id);
                continue;
            }
            for (auto k = item.level + 1; k < item.end_level; ++k) of_level[k].push_back(id);
        }
        std::vector<Diagram> out;
        for (std::uint32_t level = 1; level <= depth_; ++level)
            out.push_back(slice(of_level[level]));
        return out;
    }

private:
    std::vector<std::uint32_t> top() {
        std::vector<std::uint32_t> wires;
        for (auto const& object : diagram_.dom())
            wires.push_back(add({object, 0, false, 0, 0, {}, {}}, order_.end()));
        return wires;
    }

    std::uint32_t add(Item item, Order::iterator before) {
        auto const id = static_cast<std::uint32_t>(items_.size());
        item.place = order_.insert(before, id);
        items_.push_back(item);
        return id;
    }

    Gap& gap_on_the_left() { return row_.n_left() > 0 ? items_[row_.left(0)].gap : first_gap_; }

    /// A box goes below its wires, and below what is between them: they must be neighbours.
    std::uint32_t level_of(std::size_t n_dom) {
        if (n_dom == 0) return gap_on_the_left().birth + 1;
        std::uint32_t level = 0;
        for (std::size_t k = 0; k < n_dom; ++k) {
            auto const& wire = items_[row_.right(k)];
            level = std::max(level, wire.level);
            if (k + 1 < n_dom) level = std::max(level, wire.gap.death);
        }
        return level + 1;
    }

    void read(Layer layer) {
        auto const& g = signature_[layer.generator];
        row_.seek(layer.offset);
        auto const level = level_of(g.dom.size());
        depth_ = std::max(depth_, level);
        // What has no wire above goes left of what is gone already in the same gap.
        auto& left = gap_on_the_left();
        auto right = g.dom.empty() ? left : items_[row_.right(g.dom.size() - 1)].gap;
        auto const before = here(g.dom.size());
        for (std::size_t k = 0; k < g.dom.size(); ++k) items_[row_.right(k)].end_level = level;
        row_.drop_right(g.dom.size());
        if (g.cod.empty()) {
            left.death = std::max({left.death, right.death, level});
        } else if (g.dom.empty()) {
            left.death = 0;
        }
        add({{}, layer.generator, true, level, 0, {}, {}}, before);
        for (std::size_t k = 0; k < g.cod.size(); ++k) {
            bool const is_last = k + 1 == g.cod.size();
            row_.push_left(
                add({g.cod[k], 0, false, level, 0, {}, is_last ? right : Gap{level, 0}}, before));
        }
    }

    /// The place in the order just right of the wires that the gap of the row is in.
    Order::iterator here(std::size_t n_dom) {
        if (n_dom > 0) return std::next(items_[row_.right(n_dom - 1)].place);
        return row_.n_left() > 0 ? std::next(items_[row_.left(0)].place) : order_.begin();
    }

    Diagram slice(std::vector<std::uint32_t> const& ids) {
        Type dom;
        std::vector<Layer> layers;
        std::uint32_t n_cod = 0;
        for (auto const id : ids) {
            auto const& item = items_[id];
            if (!item.is_box) {
                dom.push_back(item.type);
                ++n_cod;
                continue;
            }
            auto const& g = signature_[item.generator];
            dom.insert(dom.end(), g.dom.begin(), g.dom.end());
            layers.push_back({item.generator, n_cod});
            n_cod += static_cast<std::uint32_t>(g.cod.size());
        }
        return {diagram_.signature(), std::move(dom), std::move(layers)};
    }

    Diagram const& diagram_;
    Signature const& signature_;
    Order order_;
    std::vector<Item> items_;
    std::uint32_t depth_ = 0;
    Gap first_gap_;  // left of all wires
    Row<std::uint32_t> row_;
};

}  // namespace

std::size_t width(Diagram const& diagram) {
    auto now = diagram.dom().size();
    auto most = now;
    for (auto const& layer : diagram.layers()) {
        auto const& g = (*diagram.signature())[layer.generator];
        now = now + g.cod.size() - g.dom.size();
        most = std::max(most, now);
    }
    return most;
}

std::size_t depth(Diagram const& diagram) {
    Row<std::uint32_t> row(std::vector<std::uint32_t>(diagram.dom().size(), 0));
    std::uint32_t deepest = 0;
    for (auto const& layer : diagram.layers()) {
        auto const& g = (*diagram.signature())[layer.generator];
        row.seek(layer.offset);
        std::uint32_t level = 1;
        for (std::size_t k = 0; k < g.dom.size(); ++k) level = std::max(level, row.right(k) + 1);
        row.drop_right(g.dom.size());
        for (std::size_t k = 0; k < g.cod.size(); ++k) row.push_left(level);
        deepest = std::max(deepest, level);
    }
    return deepest;
}

std::vector<Diagram> foliation(Diagram const& diagram) { return Slicer(diagram).slices(); }

}  // namespace monoidal::diagram
