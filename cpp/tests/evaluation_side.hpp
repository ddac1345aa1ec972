// The columns of one side of an evaluation, owned, and the views that the core takes of them; for
// tests and fuzz targets.
#pragma once

#include <cstdint>
#include <vector>

#include "cocodec/evaluation.hpp"

namespace evaluation {

struct Side {
    std::vector<std::int64_t> image, category;
    std::vector<double> area, score, keypoints;
    std::vector<cocodec::Box> boxes;
    std::vector<std::uint8_t> crowd, ignore, unnamed, lenient;

    [[nodiscard]] cocodec::TruthView truth() const {
        auto view = common<cocodec::TruthView>();
        view.crowd = crowd.data();
        view.ignore = ignore.data();
        return view;
    }
    [[nodiscard]] cocodec::DetectionsView detections() const {
        auto view = common<cocodec::DetectionsView>();
        view.score = score.data();
        view.lenient = lenient.data();
        return view;
    }

private:
    template <class View>
    [[nodiscard]] View common() const {
        View view;
        view.length = image.size();
        view.image = image.data();
        view.category = category.data();
        view.area = area.data();
        view.boxes = boxes.data();
        view.keypoints = keypoints.data();
        view.unnamed = unnamed.data();
        return view;
    }
};

}  // namespace evaluation
