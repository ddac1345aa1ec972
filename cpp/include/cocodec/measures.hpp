// What can be read off masks about their shape. All of it costs O(runs).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cocodec/buffer.hpp"
#include "cocodec/rle.hpp"

namespace cocodec {

/// Sums of x^i y^j over the foreground pixels, (x, y) being column and row of a pixel. Exact up to
/// 2^53.
struct Moments {
    double m00, m10, m01, m20, m11, m02, m30, m21, m12, m03;
};
void moments(RleArrayView masks, Moments* out, int threads = 1);

struct Point {
    double x, y;
};

/// The mean of the foreground's pixels; NaN where there is none.
void centroid(RleArrayView masks, Point* out, int threads = 1);

/// Direction of the longer axis in radians, from -pi/2 to pi/2, from the x axis towards the y axis
/// (clockwise on the screen); 0 where no direction is longer, NaN where there is no foreground.
void orientation(RleArrayView masks, double* out, int threads = 1);

/// Sides of pixels between foreground and background, or the outside of the image.
void perimeter(RleArrayView masks, std::uint64_t* out, int threads = 1);

/// Pixels where the foreground goes furthest; -1, -1 where there is none.
struct ExtremePoints {
    struct Pixel {
        std::int64_t x, y;
    };
    Pixel left;    ///< the topmost of the first column
    Pixel top;     ///< the leftmost of the first row
    Pixel right;   ///< the topmost of the last column
    Pixel bottom;  ///< the leftmost of the last row
};
void extreme_points(RleArrayView masks, ExtremePoints* out, int threads = 1);

/// out[i * n + k] = 1 where mask i is foreground at the pixel that holds points[k], whose pixel
/// (0, 0) spans 0 to 1; 0 elsewhere, outside of the image and for NaN. O(runs + n log runs).
void contains(RleArrayView masks, const Point* points, std::size_t n, std::uint8_t* out,
              int threads = 1);

/// The corners of each mask's convex hull, in pixels, pixel (0, 0) spanning 0 to 1; clockwise on
/// the screen from the first column's upper corner, none on a straight line. Mask i has corners
/// offsets[i] .. offsets[i + 1]. Throws Error{bad_size} for sides above 2^31 - 1.
struct Hulls {
    Buffer<ExtremePoints::Pixel> corners;
    Buffer<std::int64_t> offsets;
};
Hulls convex_hull(RleArrayView masks);

/// The largest rectangle of pixels inside of each mask, {0, 0, 0, 0} if it is empty. Of several as
/// large, the leftmost; of those the topmost; of those the narrowest. Cost: the foreground in
/// columns that are unlike their neighbours, and rows where anything begins or ends.
void inner_rectangle(RleArrayView masks, Box* out, int threads = 1);

}  // namespace cocodec
