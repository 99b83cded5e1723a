#include "straighten.hpp"

#include <algorithm>
#include <list>

#include "monoidal/diagram/normal_form.hpp"
#include "monoidal/diagram/row.hpp"

namespace monoidal::diagram {
namespace {

/// Where one end of a piece of wire is. A bend is a cup (at lower ends) or a cap (at upper ends).
struct End {
    enum class At : std::uint8_t { boundary, node, bend } at = At::boundary;
    std::uint32_t id = 0;    // of the node or bend
    std::uint32_t port = 0;  // place on the boundary, among the node's wires, or leg of the bend
};

struct Piece {
    Object type;
    End upper;
    End lower;
    std::list<std::uint32_t>::iterator place;  // in the order from left to right
    bool done = false;
};

struct Bend {
    std::uint32_t leg[2] = {0, 0};  // pieces
    bool is_cup = false;
    std::uint32_t layer = 0;
};

/// All pieces of wire of a diagram, and what their ends are at.
class Reader {
public:
    explicit Reader(Diagram const& diagram) : signature_(*diagram.signature()), row_(top(diagram)) {
        for (auto const& layer : diagram.layers()) {
            read(layer);
            ++height_;
        }
        auto const bottom = row_.wires();
        for (std::uint32_t k = 0; k < bottom.size(); ++k) {
            pieces[bottom[k]].lower = {End::At::boundary, 0, k};
        }
        n_dom = diagram.dom().size();
        n_cod = bottom.size();
    }

    std::vector<Piece> pieces;
    std::vector<Bend> bends;
    std::vector<std::uint32_t> nodes;  // generators
    std::vector<std::uint32_t> node_layer;
    std::size_t n_dom = 0;
    std::size_t n_cod = 0;

    std::vector<std::uint32_t> ranks() {
        std::vector<std::uint32_t> rank(pieces.size());
        std::uint32_t next = 0;
        for (auto const piece : order_) rank[piece] = next++;
        return rank;
    }

private:
    std::vector<std::uint32_t> top(Diagram const& diagram) {
        std::vector<std::uint32_t> wires;
        for (std::uint32_t k = 0; k < diagram.dom().size(); ++k) {
            wires.push_back(add(diagram.dom()[k], {End::At::boundary, 0, k}, order_.end()));
        }
        return wires;
    }

    std::uint32_t add(Object type, End upper, std::list<std::uint32_t>::iterator before) {
        auto const id = static_cast<std::uint32_t>(pieces.size());
        pieces.push_back({type, upper, {}, order_.insert(before, id)});
        return id;
    }

    /// The place in the order just right of the wires that the gap of the row is in.
    std::list<std::uint32_t>::iterator here(std::size_t consumed) {
        if (consumed > 0) return std::next(pieces[row_.right(consumed - 1)].place);
        if (row_.n_left() > 0) return std::next(pieces[row_.left(0)].place);
        return row_.n_right() > 0 ? pieces[row_.right(0)].place : order_.end();
    }

    void read(Layer layer) {
        auto const& g = signature_[layer.generator];
        row_.seek(layer.offset);
        if (g.kind == Kind::swap) {
            auto const [a, b] = std::pair(row_.right(0), row_.right(1));
            row_.drop_right(2);
            row_.push_left(b);
            row_.push_left(a);
            return;
        }
        bool const is_bend = g.kind == Kind::cup || g.kind == Kind::cap;
        auto const id = static_cast<std::uint32_t>(is_bend ? bends.size() : nodes.size());
        auto const at = is_bend ? End::At::bend : End::At::node;
        if (is_bend) {
            bends.push_back({{0, 0}, g.kind == Kind::cup, height_});
        } else {
            nodes.push_back(layer.generator);
            node_layer.push_back(height_);
        }
        auto const before = here(g.dom.size());
        for (std::uint32_t k = 0; k < g.dom.size(); ++k) {
            pieces[row_.right(k)].lower = {at, id, k};
            if (is_bend) bends[id].leg[k] = row_.right(k);
        }
        row_.drop_right(g.dom.size());
        for (std::uint32_t k = 0; k < g.cod.size(); ++k) {
            auto const piece = add(g.cod[k], {at, id, k}, before);
            if (is_bend) bends[id].leg[k] = piece;
            row_.push_left(piece);
        }
    }

    Signature const& signature_;
    std::list<std::uint32_t> order_;
    std::uint32_t height_ = 0;
    Row<std::uint32_t> row_;
};

/// A bend as a walk along the wire meets it.
struct Turn {
    bool is_cup = false;
    bool is_left_to_right = false;
    std::int32_t winding = 0;  // +1 or -1
    std::uint32_t layer = 0;
    std::uint32_t after = 0;  // the piece that it leads to
};

class Straightener {
public:
    Straightener(Reader& reader, Signature& signature)
        : reader_(reader), signature_(signature), rank_(reader.ranks()) {}

    Straight run() {
        out_.generator = reader_.nodes;
        out_.layer = reader_.node_layer;
        for (auto const generator : reader_.nodes) {
            out_.dom.emplace_back(signature_[generator].dom.size());
            out_.cod.emplace_back(signature_[generator].cod.size());
        }
        out_.top.resize(reader_.n_dom);
        out_.bottom.resize(reader_.n_cod);
        for (std::uint32_t p = 0; p < reader_.pieces.size(); ++p) {
            if (reader_.pieces[p].upper.at != End::At::bend) walk(p, true);
        }
        for (std::uint32_t p = 0; p < reader_.pieces.size(); ++p) {
            if (reader_.pieces[p].lower.at != End::At::bend) walk(p, false);
        }
        for (auto const& piece : reader_.pieces) {
            if (!piece.done) close_loop(piece);
        }
        return std::move(out_);
    }

private:
    /// Follow the wire from an end of piece `p` to its other end; lay the edges that remain.
    void walk(std::uint32_t p, bool down) {
        if (reader_.pieces[p].done) return;
        auto const start = down ? reader_.pieces[p].upper : reader_.pieces[p].lower;
        auto const first = p;
        bool const starts_down = down;
        turns_.clear();
        for (;;) {
            reader_.pieces[p].done = true;
            auto const end = down ? reader_.pieces[p].lower : reader_.pieces[p].upper;
            if (end.at != End::At::bend) {
                lay(start, starts_down, end, first);
                return;
            }
            auto const& bend = reader_.bends[end.id];
            auto const& other = reader_.pieces[bend.leg[1 - end.port]];
            std::int32_t const winding = other.type.winding - reader_.pieces[p].type.winding;
            if (!turns_.empty() && turns_.back().winding == -winding) {
                turns_.pop_back();
            } else {
                turns_.push_back(
                    {bend.is_cup, end.port == 0, winding, bend.layer, bend.leg[1 - end.port]});
            }
            p = bend.leg[1 - end.port];
            down = !down;
        }
    }

    void attach(End end, bool is_source, std::uint32_t edge) {
        bool const at_boundary = end.at == End::At::boundary;
        auto& side = is_source ? (at_boundary ? out_.top : out_.cod[end.id])
                               : (at_boundary ? out_.bottom : out_.dom[end.id]);
        side[end.port] = edge;
        (is_source ? out_.edges[edge].source : out_.edges[edge].sink) =
            at_boundary ? kNoNode : end.id;
    }

    End add_bend(Turn turn, Object type) {
        Object next = type;
        next.winding += turn.winding;
        Type const wires = turn.is_left_to_right ? Type{type, next} : Type{next, type};
        Generator g{.kind = turn.is_cup ? Kind::cup : Kind::cap, .name = {}, .dom = {}, .cod = {}};
        g.is_dagger = (turn.winding > 0) != (turn.is_cup == turn.is_left_to_right);
        (turn.is_cup ? g.dom : g.cod) = wires;
        out_.generator.push_back(signature_.intern(std::move(g)));
        out_.layer.push_back(turn.layer);
        out_.dom.emplace_back(turn.is_cup ? 2 : 0);
        out_.cod.emplace_back(turn.is_cup ? 0 : 2);
        return {End::At::node, static_cast<std::uint32_t>(out_.generator.size() - 1),
                turn.is_left_to_right ? 0U : 1U};
    }

    void lay(End from, bool down, End last, std::uint32_t piece) {
        Object type = reader_.pieces[piece].type;
        for (std::size_t k = 0; k <= turns_.size(); ++k) {
            auto const edge = static_cast<std::uint32_t>(out_.edges.size());
            auto const here = k == 0 ? piece : turns_[k - 1].after;
            out_.edges.push_back({type, kNoNode, kNoNode, rank_[here]});
            auto const to = k < turns_.size() ? add_bend(turns_[k], type) : last;
            attach(from, down, edge);
            attach(to, !down, edge);
            if (k == turns_.size()) return;
            from = {to.at, to.id, 1 - to.port};
            type.winding += turns_[k].winding;
            down = !down;
        }
    }

    /// A closed wire, as its least turned piece.
    void close_loop(Piece const& start) {
        auto type = start.type;
        auto p = static_cast<std::uint32_t>(&start - reader_.pieces.data());
        bool down = true;
        while (!reader_.pieces[p].done) {
            auto& piece = reader_.pieces[p];
            piece.done = true;
            type.winding = std::min(type.winding, piece.type.winding);
            auto const end = down ? piece.lower : piece.upper;
            p = reader_.bends[end.id].leg[1 - end.port];
            down = !down;
        }
        out_.loops.push_back(type);
    }

    Reader& reader_;
    Signature& signature_;
    std::vector<std::uint32_t> rank_;
    std::vector<Turn> turns_;
    Straight out_;
};

}  // namespace

Straight straighten(Diagram const& diagram) {
    Reader reader(diagram);
    return Straightener(reader, *diagram.signature()).run();
}

Diagram normal_form(Diagram const& diagram) {
    auto const& signature = diagram.signature();
    bool const is_planar = !has_swap(*signature, diagram.layers());
    auto layers = weave(*signature, straighten(diagram), is_planar);
    // The weaver guesses the places of wires that nothing holds; these moves never cross any.
    if (is_planar && has_swap(*signature, layers)) return pull_straight(diagram);
    return {signature, diagram.dom(), std::move(layers)};
}

}  // namespace monoidal::diagram
