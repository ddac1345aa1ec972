// Masks -> walks over the centres of their border pixels.
//
// The outline of a mask runs along cracks with its pixels on the right-hand side
// (corner_sweep.hpp). The walk goes over these pixels: of each straight stretch of cracks the first
// and the last one, and where the outline turns left between two pixels that touch at a corner, the
// pixel that is beside both, if it is one of the mask. So every edge is level or upright but where
// the mask itself hangs together by a corner, and a rasteriser that paints edges paints pixels of
// the mask.

#include "cocodec/centres.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "cocodec/error.hpp"
#include "masks/threads.hpp"
#include "outlines/outline.hpp"

namespace cocodec {
namespace {

// Measured cost of one run, one mask, for the choice of threads.
constexpr double centre_run_ns = 60.0, centre_mask_ns = 500.0;
constexpr std::int64_t max_side = std::int64_t{1} << 30;
// Pairs of edges that are compared to link the parts of one mask.
constexpr std::uint64_t max_pairs = std::uint64_t{1} << 22;
constexpr std::size_t block_edges = 16;
constexpr std::uint32_t none = 0xFFFFFFFF;

struct WalkNode {
    std::int32_t x, y;
    std::uint32_t next;
    bool link = false;  // the edge from here leads to another part
};

/// An edge of a walk, level or upright: the node it starts at, and what it covers.
struct WalkEdge {
    std::uint32_t node;
    std::int32_t left, top, right, bottom;
};

/// How far an edge of another part is, and where the two are nearest.
struct Link {
    std::int32_t distance = std::numeric_limits<std::int32_t>::max();
    WalkEdge from{}, to{};
    bool outside = false;  // both reach the image's right or lower edge: the way is behind it
};

class Walker {
public:
    void walk(RleView mask, CentreWalks& out) {
        outline_.find(mask);
        if (outline_.rings().size() == 1) return write_ring(outline_.rings()[0], out);
        width_ = static_cast<std::int32_t>(mask.size.width);
        height_ = static_cast<std::int32_t>(mask.size.height);
        nodes_.clear();
        const std::size_t corners = outline_.corners().size();
        first_.resize(corners);
        last_.resize(corners);
        for (const OutlineRing& ring : outline_.rings()) add_ring(ring);
        // From the right to the left, as holes are joined in outline.hpp, and for its reason.
        for (std::size_t i = outline_.rings().size(); i-- > 0;) {
            if (outline_.rings()[i].hole) join_hole(outline_.rings()[i]);
        }
        if (outline_.parts() > 1) link_parts();
        write(out);
    }

private:
    std::uint32_t add(std::int32_t x, std::int32_t y, std::uint32_t next = none) {
        nodes_.push_back({x, y, next});
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    [[nodiscard]] const Corner& corner(std::uint32_t i) const { return outline_.corners()[i]; }

    /// The nodes of one ring, linked to a circle.
    void add_ring(const OutlineRing& ring) {
        std::uint32_t at = ring.first;
        do {
            const std::uint32_t next = corner(at).next;
            add_stretch(at);
            at = next;
        } while (at != ring.first);
        do {
            const std::uint32_t next = corner(at).next;
            turn(last_[at], first_[next], next);
            at = next;
        } while (at != ring.first);
    }
    struct Stretch {
        WalkNode first, last;
    };
    /// The first and the last pixel on the right-hand side of the cracks from a corner to the next.
    [[nodiscard]] Stretch stretch(std::uint32_t at) const {
        const Corner &a = corner(at), &b = corner(a.next);
        const auto ax = static_cast<std::int32_t>(a.x), ay = static_cast<std::int32_t>(a.y);
        const auto bx = static_cast<std::int32_t>(b.x), by = static_cast<std::int32_t>(b.y);
        if (ax < bx) return {{ax, ay, none}, {bx - 1, ay, none}};
        if (ax > bx) return {{ax - 1, ay - 1, none}, {bx, ay - 1, none}};
        if (ay < by) return {{ax - 1, ay, none}, {ax - 1, by - 1, none}};
        return {{ax, ay - 1, none}, {ax, by, none}};
    }
    void add_stretch(std::uint32_t at) {
        const Stretch found = stretch(at);
        first_[at] = add(found.first.x, found.first.y);
        last_[at] = add(found.last.x, found.last.y);
        nodes_[first_[at]].next = last_[at];
    }
    /// Links the end of a stretch to the start of the next.
    void turn(std::uint32_t from, std::uint32_t to, std::uint32_t at) {
        nodes_[from].next = to;
        WalkNode between{};
        if (is_between(nodes_[from], nodes_[to], at, between)) {
            nodes_[from].next = add(between.x, between.y, to);
        }
    }
    /// The pixel on the way from the end of a stretch to the start of the next at a corner, if
    /// there is one. Where the outline turns left, the two pixels touch at the corner, and the way
    /// is over the pixel beside both: before the turn it lies straight on. There is none where two
    /// corners of the outline share the place: there, the mask itself hangs together by a corner.
    [[nodiscard]] bool is_between(const WalkNode& a, const WalkNode& b, std::uint32_t at,
                                  WalkNode& between) const {
        if (a.x == b.x || a.y == b.y || is_double(at)) return false;
        const Corner &here = corner(at), &next = corner(here.next);
        between = here.x == next.x ? WalkNode{b.x, a.y, none} : WalkNode{a.x, b.y, none};
        return true;
    }
    /// The sweep puts two corners at one place directly behind each other.
    [[nodiscard]] bool is_double(std::uint32_t at) const {
        const Buffer<Corner>& corners = outline_.corners();
        const auto same = [&](std::uint32_t other) {
            return corners[other].x == corners[at].x && corners[other].y == corners[at].y;
        };
        return (at > 0 && same(at - 1)) || (at + 1 < corners.size() && same(at + 1));
    }

    /// Joins a hole by a column of pixels, from the one above its first corner up to the border.
    void join_hole(const OutlineRing& hole) {
        const Corner foot = corner(hole.first), head = corner(hole.above);
        std::uint32_t end = hole.first;  // the corner before: the stretch along the hole's top
        while (corner(end).next != hole.first) end = corner(end).next;
        splice(first_[hole.above],
               {static_cast<std::int32_t>(foot.x), static_cast<std::int32_t>(head.y), none},
               last_[end]);
    }
    /// Leaves a walk behind `node` at the point `here`, goes to the node `there` of another, round
    /// it and back.
    void splice(std::uint32_t node, WalkNode here, std::uint32_t there, bool link = false) {
        const WalkNode entry = nodes_[there];
        const std::uint32_t back = add(here.x, here.y, nodes_[node].next);
        const std::uint32_t in = add(entry.x, entry.y, entry.next);
        nodes_[there].next = back;
        nodes_[there].link = link;
        const std::uint32_t out = add(here.x, here.y, in);
        nodes_[out].link = link;
        nodes_[node].next = out;
    }

    void link_parts() {
        gather_parts();
        const std::uint64_t edges = edges_.size();
        if (edges * edges / 2 > max_pairs) {
            for (std::uint32_t part = 1; part < outline_.parts(); ++part) {
                if (both_at_rim(part - 1, part)) {
                    link({0, rim_edge(part - 1), rim_edge(part), true});
                } else {
                    link({0, edges_[starts_[part - 1]], edges_[starts_[part]]});
                }
            }
            return;
        }
        best_.assign(outline_.parts(), Link{});
        done_.assign(outline_.parts(), 0);
        std::uint32_t joined = 0;
        for (std::uint32_t k = 1; k < outline_.parts(); ++k) {
            done_[joined] = 1;
            joined = none;
            measure_from(k == 1 ? 0 : newest_);
            for (std::uint32_t part = 0; part < outline_.parts(); ++part) {
                if (done_[part]) continue;
                if (joined == none || best_[part].distance < best_[joined].distance) joined = part;
            }
            link(best_[joined]);
            newest_ = joined;
        }
    }
    /// The edges of the walks, part by part. Walks of parts are closed by now, holes and all.
    void gather_parts() {
        edges_.clear();
        starts_.clear();
        bounds_.clear();
        for (const OutlineRing& ring : outline_.rings()) {
            if (ring.hole) continue;
            starts_.push_back(edges_.size());
            const std::uint32_t head = first_[ring.first];
            std::uint32_t at = head;
            do {
                const WalkNode a = nodes_[at], b = nodes_[a.next];
                if (a.x == b.x || a.y == b.y) {
                    edges_.push_back({at, std::min(a.x, b.x), std::min(a.y, b.y),
                                      std::max(a.x, b.x), std::max(a.y, b.y)});
                }
                at = a.next;
            } while (at != head);
            WalkEdge bounds = edges_[starts_.back()];
            for (std::size_t i = starts_.back(); i < edges_.size(); ++i) widen(bounds, edges_[i]);
            bounds_.push_back(bounds);
        }
        starts_.push_back(edges_.size());
    }
    void measure_from(std::uint32_t part) {
        for (std::uint32_t other = 0; other < outline_.parts(); ++other) {
            Link& best = best_[other];
            if (done_[other] || best.outside) continue;
            if (both_at_rim(part, other)) {
                best = {0, rim_edge(part), rim_edge(other), true};
                continue;
            }
            if (distance(bounds_[part], bounds_[other]) >= best.distance) continue;
            // A good distance first: then few edges are near enough to be compared.
            WalkEdge a = edges_[starts_[part]], b = a;
            for (int i = 0; i < 2; ++i) {
                b = nearest_edge(other, a);
                a = nearest_edge(part, b);
                if (distance(a, b) < best.distance) best = {distance(a, b), a, b};
            }
            // None can be nearer than what is around them.
            if (best.distance == distance(bounds_[part], bounds_[other])) continue;
            near_edges(part, bounds_[other], best.distance, near_);
            near_edges(other, bounds_[part], best.distance, others_near_);
            bound_blocks();
            for (const WalkEdge& from : near_) {
                if (distance(from, bounds_[other]) < best.distance) compare(from, best);
            }
        }
    }
    /// Edges that follow each other lie near each other: what is around so many of them tells of
    /// most that they are too far.
    void bound_blocks() {
        blocks_.clear();
        for (std::size_t i = 0; i < others_near_.size(); i += block_edges) {
            WalkEdge bounds = others_near_[i];
            for (std::size_t k = i; k < std::min(i + block_edges, others_near_.size()); ++k) {
                widen(bounds, others_near_[k]);
            }
            blocks_.push_back(bounds);
        }
    }
    void compare(const WalkEdge& from, Link& best) const {
        for (std::size_t block = 0; block < blocks_.size(); ++block) {
            if (distance(from, blocks_[block]) >= best.distance) continue;
            const std::size_t first = block * block_edges;
            const std::size_t last = std::min(first + block_edges, others_near_.size());
            for (std::size_t k = first; k < last; ++k) {
                const std::int32_t found = distance(from, others_near_[k]);
                if (found < best.distance) best = {found, from, others_near_[k]};
            }
        }
    }
    [[nodiscard]] WalkEdge nearest_edge(std::uint32_t part, const WalkEdge& to) const {
        return *std::min_element(edges_.begin() + static_cast<std::ptrdiff_t>(starts_[part]),
                                 edges_.begin() + static_cast<std::ptrdiff_t>(starts_[part + 1]),
                                 [&](const WalkEdge& a, const WalkEdge& b) {
                                     return distance(a, to) < distance(b, to);
                                 });
    }
    void near_edges(std::uint32_t part, const WalkEdge& to, std::int32_t limit,
                    std::vector<WalkEdge>& out) const {
        out.clear();
        for (std::size_t i = starts_[part]; i < starts_[part + 1]; ++i) {
            if (distance(edges_[i], to) < limit) out.push_back(edges_[i]);
        }
    }
    static void widen(WalkEdge& bounds, const WalkEdge& edge) {
        bounds.left = std::min(bounds.left, edge.left);
        bounds.top = std::min(bounds.top, edge.top);
        bounds.right = std::max(bounds.right, edge.right);
        bounds.bottom = std::max(bounds.bottom, edge.bottom);
    }
    /// Steps between two boxes, as a line is drawn: along its longer axis.
    static std::int32_t distance(const WalkEdge& a, const WalkEdge& b) {
        const std::int32_t x = std::max(a.left - b.right, b.left - a.right);
        const std::int32_t y = std::max(a.top - b.bottom, b.top - a.bottom);
        return std::max(x, y);
    }
    /// Whether an edge reaches pixels from which a step to the right or down leaves the image.
    [[nodiscard]] bool at_rim(const WalkEdge& edge) const {
        return edge.right == width_ - 1 || edge.bottom == height_ - 1;
    }
    [[nodiscard]] bool both_at_rim(std::uint32_t a, std::uint32_t b) const {
        return at_rim(bounds_[a]) && at_rim(bounds_[b]);
    }
    [[nodiscard]] WalkEdge rim_edge(std::uint32_t part) const {
        std::size_t i = starts_[part];
        while (!at_rim(edges_[i])) ++i;
        return edges_[i];
    }
    /// Two edges of different parts: the nearest points of them are joined.
    void link(const Link& found) {
        if (found.outside) return link_outside(found.from, found.to);
        const auto [ax, bx] =
            nearest(found.from.left, found.from.right, found.to.left, found.to.right);
        const auto [ay, by] =
            nearest(found.from.top, found.from.bottom, found.to.top, found.to.bottom);
        const std::uint32_t there = add(bx, by, nodes_[found.to.node].next);
        nodes_[found.to.node].next = there;
        splice(found.from.node, {ax, ay, none}, there, true);
    }
    /// Joins two parts behind the right and the lower edge of the image, where a rasteriser that
    /// paints edges has nothing to paint. (Before the others is no place: shares are not negative.)
    void link_outside(const WalkEdge& from, const WalkEdge& to) {
        const WalkNode a{from.right, from.bottom, none}, b{to.right, to.bottom, none};
        const std::uint32_t there = add(b.x, b.y, nodes_[to.node].next);
        nodes_[to.node].next = there;
        splice(from.node, a, there);
        const WalkNode left = behind(a), entered = behind(b);
        const bool bent = left.x != entered.x && left.y != entered.y;
        const std::uint32_t out = nodes_[from.node].next;
        const auto step = [&](std::uint32_t node, WalkNode way) {
            nodes_[node].next = add(way.x, way.y, nodes_[node].next);
        };
        // Each step is put in directly behind its node, so the last one of a way comes first.
        step(out, entered);
        if (bent) step(out, {width_, height_, none});
        step(out, left);
        step(there, left);
        if (bent) step(there, {width_, height_, none});
        step(there, entered);
    }
    [[nodiscard]] WalkNode behind(WalkNode at) const {
        if (at.x == width_ - 1) return {width_, at.y, none};
        return {at.x, height_, none};
    }
    /// A point of each of two intervals, as near to each other as they come.
    static std::pair<std::int32_t, std::int32_t> nearest(std::int32_t a0, std::int32_t a1,
                                                         std::int32_t b0, std::int32_t b1) {
        if (a1 < b0) return {a1, b0};
        if (b1 < a0) return {a0, b1};
        const std::int32_t both = std::max(a0, b0);
        return {both, both};
    }

    /// The walk of a mask of one ring, as nearly all are: straight from stretch to stretch.
    void write_ring(const OutlineRing& ring, CentreWalks& out) const {
        const std::size_t begin = out.links.size();
        std::uint32_t at = ring.first;
        Stretch here = stretch(at);
        do {
            at = corner(at).next;
            const Stretch next = stretch(at);
            append(here.first, begin, out);
            append(here.last, begin, out);
            WalkNode between{};
            if (is_between(here.last, next.first, at, between)) append(between, begin, out);
            here = next;
        } while (at != ring.first);
        out.offsets.push_back(static_cast<std::int64_t>(out.links.size()));
    }
    /// The whole walk, without points that lie on the way between their neighbours; but the ends of
    /// links stay.
    void write(CentreWalks& out) {
        const std::size_t begin = out.links.size();
        if (!outline_.rings().empty()) {
            const std::uint32_t head = first_[outline_.rings()[0].first];
            std::uint32_t at = head;
            do {
                append(nodes_[at], begin, out);
                at = nodes_[at].next;
            } while (at != head);
        }
        out.offsets.push_back(static_cast<std::int64_t>(out.links.size()));
    }
    static void append(const WalkNode& node, std::size_t begin, CentreWalks& out) {
        const std::size_t n = out.links.size() - begin;
        if (n >= 1 && out.links[begin + n - 1] == 0) {
            const std::int32_t* last = out.xy.end() - 2;
            if (last[0] == node.x && last[1] == node.y) {
                out.links[begin + n - 1] = node.link;
                return;
            }
            if (n >= 2 && out.links[begin + n - 2] == 0) {
                const std::int32_t *x = last, *w = last - 2;
                const bool level =
                    w[1] == x[1] && x[1] == node.y && (w[0] < x[0]) == (x[0] < node.x);
                const bool upright =
                    w[0] == x[0] && x[0] == node.x && (w[1] < x[1]) == (x[1] < node.y);
                if (level || upright) {
                    out.xy.resize(out.xy.size() - 2);
                    out.links.resize(out.links.size() - 1);
                }
            }
        }
        out.xy.push_back(node.x);
        out.xy.push_back(node.y);
        out.links.push_back(node.link);
    }

    Outline outline_{8};
    std::vector<WalkNode> nodes_;
    Buffer<std::uint32_t> first_, last_;    // of the stretch that starts at each corner: its nodes
    std::vector<WalkEdge> edges_, bounds_;  // of all parts; around each part
    std::vector<WalkEdge> near_, others_near_;
    std::vector<WalkEdge> blocks_;  // around each few of others_near_
    std::vector<std::size_t> starts_;
    std::vector<Link> best_;
    std::vector<std::uint8_t> done_;
    std::uint32_t newest_ = 0;
    std::int32_t width_ = 0, height_ = 0;
};

void append(const CentreWalks& piece, CentreWalks& out) {
    const std::int64_t start = out.offsets[out.offsets.size() - 1];
    for (std::size_t i = 1; i < piece.offsets.size(); ++i) {
        out.offsets.push_back(start + piece.offsets[i]);
    }
    out.xy.append(piece.xy.data(), piece.xy.size());
    out.links.append(piece.links.data(), piece.links.size());
}

}  // namespace

CentreWalks trace_centres(RleArrayView masks, int threads) {
    for (std::size_t i = 0; i < masks.length; ++i) {
        const Size size = masks.sizes[i];
        if (size.height <= max_side && size.width <= max_side) continue;
        throw Error(ErrorCode::too_large,
                    "the mask is of size " + to_text(size) + "; walks reach sides of 2^30",
                    static_cast<std::int64_t>(i));
    }
    const auto runs = static_cast<double>(masks.offsets[masks.length] - masks.offsets[0]);
    const double work = centre_run_ns * runs + centre_mask_ns * static_cast<double>(masks.length);
    const auto walk = [&](std::size_t first, std::size_t last, CentreWalks& piece) {
        Walker walker;
        for (std::size_t i = first; i < last; ++i) walker.walk(masks[i], piece);
    };
    std::vector<CentreWalks> pieces =
        parallel_pieces<CentreWalks>(masks.length, work, threads, walk);
    if (pieces.size() == 1) return std::move(pieces[0]);
    CentreWalks all;
    for (const CentreWalks& piece : pieces) append(piece, all);
    return all;
}

}  // namespace cocodec
