// Records of a document: where they lie in its bytes, what they say, and writing them anew.

#include <pybind11/native_enum.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "cocodec/duplicate_keys.hpp"
#include "cocodec/segmentation.hpp"
#include "convert.hpp"
#include "records.hpp"
#include "whole.hpp"

namespace cocodec::python {
namespace {

/// Where views of `source` lie in it: (n, 2) int64.
py::array_t<std::int64_t> view_spans(const py::object& source, const py::list& views) {
    const Bytes whole(source);
    const std::string_view text = whole.text();
    py::array_t<std::int64_t> spans({static_cast<py::ssize_t>(views.size()), py::ssize_t{2}});
    std::int64_t* out = spans.mutable_data();
    for (const py::handle view : views) {
        const Bytes part(view);
        // Addresses of different objects may only be compared as numbers.
        const auto base = reinterpret_cast<std::uintptr_t>(text.data());
        const auto at = reinterpret_cast<std::uintptr_t>(part.text().data());
        if (at < base || at - base > text.size() ||
            part.text().size() > text.size() - (at - base)) {
            throw Error(ErrorCode::bad_shape, "a view lies outside its source");
        }
        *out++ = static_cast<std::int64_t>(at - base);
        *out++ = static_cast<std::int64_t>(at - base + part.text().size());
    }
    return spans;
}

/// Index of the first byte that is not UTF-8, -1 if there is none.
py::ssize_t find_invalid_utf8(const py::object& source) {
    const Bytes bytes(source);
    const WithoutGil without;
    const std::size_t at = cocodec::find_invalid_utf8(bytes.text());
    return at == bytes.text().size() ? -1 : static_cast<py::ssize_t>(at);
}

/// How many keys come again in their object, and where up to `limit` of them lie: (k, 2) int64.
py::tuple find_duplicate_keys(const py::object& source, std::size_t limit) {
    const Bytes bytes(source);
    DuplicateKeys found;
    {
        const WithoutGil without;
        found = cocodec::find_duplicate_keys(bytes.text(), limit);
    }
    py::array_t<std::int64_t> spans({static_cast<py::ssize_t>(found.first.size()), py::ssize_t{2}});
    std::copy(found.first.begin(), found.first.end(),
              reinterpret_cast<Span*>(spans.mutable_data()));
    return py::make_tuple(found.count, spans);
}

/// (row, gained, lost, IoU) where anything was gained or lost.
py::list losses(const std::vector<ConvertedRow>& rows) {
    py::list out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const TraceLoss& loss = rows[i].loss;
        if (loss.gained == 0 && loss.lost == 0) continue;
        out.append(py::make_tuple(i, loss.gained, loss.lost, loss.iou));
    }
    return out;
}

/// (row, JSON text of the id or None, reason).
py::tuple refusal(std::int64_t row, Span id, const std::string& message, std::string_view text) {
    py::object shown = py::none();
    if (id.found()) shown = as_str(id.of(text));
    return py::make_tuple(row, shown, as_str(message));
}

/// (row, JSON text of the id or None, `MaskFit`).
py::list misfits(const std::vector<Misfit>& rows, std::string_view text) {
    py::list out;
    for (const Misfit& one : rows) {
        py::object shown = py::none();
        if (one.id.found()) shown = as_str(one.id.of(text));
        out.append(py::make_tuple(one.row, shown, static_cast<int>(one.why)));
    }
    return out;
}

/// Bytes objects of the pieces, each freed as soon as it has been copied.
py::list as_bytes(std::vector<Buffer<char>>& pieces) {
    py::list out;
    for (Buffer<char>& piece : pieces) {
        out.append(py::bytes(piece.data(), piece.size()));
        piece = Buffer<char>();
    }
    return out;
}

/// Whether each row has a mask.
py::array_t<bool> has_mask(const std::vector<SegmentationRow>& rows) {
    py::array_t<bool> out(static_cast<py::ssize_t>(rows.size()));
    bool* data = out.mutable_data();
    for (const SegmentationRow& row : rows) *data++ = row.is_mask();
    return out;
}

/// (masks, kinds, which rows have a mask, refusals) of records.
py::tuple read_masks(const RecordsView& records, const ImageSizes& images, int threads) {
    SegmentationBatch batch;
    {
        const WithoutGil without;
        batch = read_segmentations(records, images, threads);
    }
    py::list refused;
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const SegmentationRow& row = batch.rows[i];
        if (row.code == ErrorCode::ok) continue;
        refused.append(
            refusal(static_cast<std::int64_t>(i), row.id, row.message, records.text_of(i)));
    }
    return py::make_tuple(Runs(std::move(batch.masks)),
                          column(batch.rows, [](const auto& row) { return row.kind; }),
                          has_mask(batch.rows), refused);
}

/// (text, values, counts): the JSON text of masks, and two (n, 2) arrays of places in it.
py::tuple print_masks(const Runs& runs, const Spelling& spelling, int threads) {
    PrintedSegmentations made;
    {
        const WithoutGil without;
        made = print_segmentations(runs.view(), spelling, threads);
    }
    const auto places = [&](Span PrintedSegmentation::* member) {
        py::array_t<std::int64_t> out({static_cast<py::ssize_t>(made.rows.size()), py::ssize_t{2}});
        auto* at = reinterpret_cast<Span*>(out.mutable_data());
        for (const PrintedSegmentation& row : made.rows) *at++ = row.*member;
        return out;
    };
    return py::make_tuple(py::bytes(made.text.data(), made.text.size()),
                          places(&PrintedSegmentation::value),
                          places(&PrintedSegmentation::counts));
}

/// (has points, areas, (n, 4) boxes) of the rings of segmentations.
py::tuple measure_rings_of(const Rows& values, int threads) {
    std::vector<RingMeasure> found(values.size());
    {
        const WithoutGil without;
        measure_rings(values.view(), found.data(), threads);
    }
    const auto n = static_cast<py::ssize_t>(found.size());
    py::array_t<bool> has_points(n);
    py::array_t<double> areas(n), boxes({n, py::ssize_t{4}});
    for (std::size_t i = 0; i < found.size(); ++i) {
        has_points.mutable_data()[i] = found[i].has_points;
        areas.mutable_data()[i] = found[i].area;
        reinterpret_cast<Box*>(boxes.mutable_data())[i] = found[i].bbox;
    }
    return py::make_tuple(has_points, areas, boxes);
}

/// What each bbox is to the box of its mask: (n,) of `BoxReading`. Sides of images are height and
/// width, NaN where they are not known.
py::array_t<std::uint8_t> read_boxes(const Array<double>& said, const Array<double>& masks,
                                     const Array<double>& points, const Array<double>& images,
                                     const Array<bool>& flags) {
    const auto n = said.ndim() == 2 ? said.shape(0) : -1;
    const auto has = [&](const auto& array, py::ssize_t width) {
        return array.ndim() == 2 && array.shape(0) == n && array.shape(1) == width;
    };
    if (!has(said, 4) || !has(masks, 4) || !has(points, 4) || !has(images, 2) || !has(flags, 2)) {
        throw Error(ErrorCode::bad_shape, "boxes, sides and flags are to be of one length");
    }
    py::array_t<std::uint8_t> out(n);
    const auto* const said_box = reinterpret_cast<const Box*>(said.data());
    const auto* const mask_box = reinterpret_cast<const Box*>(masks.data());
    const auto* const points_box = reinterpret_cast<const Box*>(points.data());
    for (py::ssize_t i = 0; i < n; ++i) {
        const double height = images.data()[2 * i], width = images.data()[2 * i + 1];
        const bool known =
            height >= 0 && width >= 0 && height <= 4294967295.0 && width <= 4294967295.0;
        const Size size =
            known ? Size{static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width)}
                  : Size{};
        const BoxReading found =
            read_box(said_box[i], mask_box[i], flags.data()[2 * i] ? points_box + i : nullptr,
                     known ? &size : nullptr, flags.data()[2 * i + 1]);
        out.mutable_data()[i] = static_cast<std::uint8_t>(found);
    }
    return out;
}

ImageSizes image_sizes_of(const Rows& images) {
    const WithoutGil without;
    return ImageSizes(images.view());
}

/// A document's source bytes and the sizes of its images: what its annotation records are read
/// with.
class Records {
public:
    Records(py::object source, const Array<std::int64_t>& images)
        : source_(std::move(source)),
          bytes_(source_),
          images_(std::make_shared<const ImageSizes>(read_images(images))) {}
    /// With images that lie elsewhere.
    Records(py::object source, std::shared_ptr<ImageSizes> images)
        : source_(std::move(source)), bytes_(source_), images_(std::move(images)) {}

    [[nodiscard]] std::size_t image_count() const noexcept { return images_->size(); }

    [[nodiscard]] py::array_t<std::int64_t> image_sizes() const {
        const std::vector<Size> sizes = images_->sizes();
        py::array_t<std::int64_t> out({static_cast<py::ssize_t>(sizes.size()), py::ssize_t{2}});
        std::copy(sizes.begin(), sizes.end(), reinterpret_cast<Size*>(out.mutable_data()));
        return out;
    }

    [[nodiscard]] py::tuple read(const Array<std::int64_t>& spans, int threads) const {
        return read_masks(view(spans), *images_, threads);
    }

    [[nodiscard]] py::tuple classify(const Array<std::int64_t>& spans, int threads) const {
        const RecordsView records = view(spans);
        std::vector<ClassifiedRow> rows;
        {
            const WithoutGil without;
            rows = classify_segmentations(records, *images_, threads);
        }
        return py::make_tuple(column(rows, [](const auto& row) { return row.kind; }),
                              column(rows, [](const auto& row) { return row.crowd; }),
                              column(rows, [](const auto& row) { return row.has_image; }),
                              column(rows, [](const auto& row) { return row.fit; }));
    }

    /// What rings that were measured are to what their rows say: (n,) of `MaskFit`. `claims`: of
    /// each row its image_id, its bbox and its area, one behind the other.
    [[nodiscard]] py::array_t<std::uint8_t> judge_rings(const Array<double>& areas,
                                                        const Array<double>& boxes,
                                                        const Rows& claims) const {
        const Box* const points = as_boxes(boxes);
        const auto n = static_cast<std::size_t>(areas.size());
        require_length(boxes.shape(0), n, "boxes");
        require_length(static_cast<py::ssize_t>(claims.size()), 3 * n, "claims");
        py::array_t<std::uint8_t> fits(areas.size());
        const RecordsView& said = claims.view();
        std::uint8_t* out = fits.mutable_data();
        const WithoutGil without;
        for (std::size_t i = 0; i < n; ++i) {
            const ImageSizes::Image* const image = images_->find(said[3 * i]);
            const bool sized = image != nullptr && image->reason.empty();
            const MaskClaim claim{said[3 * i + 1], said[3 * i + 2]};
            *out++ = static_cast<std::uint8_t>(
                sized ? cocodec::judge_rings(points[i], areas.data()[i], -1, claim, image->size)
                      : MaskFit::fits);
        }
        return fits;
    }

    [[nodiscard]] py::tuple convert(const Array<std::int64_t>& spans,
                                    std::pair<std::int64_t, std::int64_t> range,
                                    const Spelling& spelling, int threads) const {
        const RecordsView records = view(spans);
        require_in_order({range.first, range.second}, records);
        Conversion result;
        {
            const WithoutGil without;
            result = convert_segmentations(records, {range.first, range.second}, *images_, spelling,
                                           threads);
        }
        py::list refused;
        for (const Refusal& one : result.refusals) {
            refused.append(refusal(one.row, one.id, one.message, records.text));
        }
        return py::make_tuple(as_bytes(result.pieces),
                              column(result.rows, [](const auto& row) { return row.kind; }),
                              column(result.rows, [](const auto& row) { return row.outcome; }),
                              column(result.rows,
                                     [](const auto& row) {
                                         return (row.empty ? 1 : 0) + (row.size_differs ? 2 : 0) +
                                                (row.crowd ? 4 : 0);
                                     }),
                              refused, losses(result.rows), misfits(result.misfits, records.text));
    }

private:
    [[nodiscard]] RecordsView view(const Array<std::int64_t>& spans) const {
        RecordsView records{bytes_.text(), as_spans(spans),
                            static_cast<std::size_t>(spans.shape(0))};
        for (std::size_t i = 0; i < records.length; ++i) {
            require_inside(records.spans[i], records.text, i);
        }
        return records;
    }
    [[nodiscard]] ImageSizes read_images(const Array<std::int64_t>& images) const {
        const RecordsView records = view(images);
        const WithoutGil without;
        return ImageSizes(records);
    }

    py::object source_;
    Bytes bytes_;
    std::shared_ptr<const ImageSizes> images_;
};

/// The enums that both languages share.
void bind_names(py::module_& m) {
    using Kind = SegmentationKind;
    py::native_enum<Kind>(m, "SegmentationKind", "enum.IntEnum")
        .value("MISSING", Kind::missing)
        .value("NULL", Kind::null)
        .value("EMPTY", Kind::empty)
        .value("EMPTY_RINGS", Kind::empty_rings)
        .value("POINTS", Kind::points)
        .value("POLYGONS", Kind::polygons)
        .value("FLAT_RING", Kind::flat_ring)
        .value("BOX", Kind::box)
        .value("RLE_STRING", Kind::rle_string)
        .value("RLE_LIST", Kind::rle_list)
        .value("BAD", Kind::bad)
        .value("LOOSE_RINGS", Kind::loose_rings)
        .value("LOOSE_RLE", Kind::loose_rle)
        .finalize();
    py::native_enum<Outcome>(m, "Outcome", "enum.IntEnum")
        .value("CONVERTED", Outcome::converted)
        .value("UNCHANGED", Outcome::unchanged)
        .value("SKIPPED", Outcome::skipped)
        .value("REFUSED", Outcome::refused)
        .finalize();
    py::native_enum<MaskFit>(m, "MaskFit", "enum.IntEnum")
        .value("FITS", MaskFit::fits)
        .value("UNLIKE", MaskFit::unlike)
        .value("ROW_MAJOR", MaskFit::row_major)
        .value("TURNED_SIZE", MaskFit::turned_size)
        .value("TURNED_IMAGE", MaskFit::turned_image)
        .value("CORNERS", MaskFit::corners)
        .value("RELATIVE", MaskFit::relative)
        .value("CENTRE", MaskFit::centre)
        .value("OTHER_IMAGE", MaskFit::other_image)
        .value("OTHER_AREA", MaskFit::other_area)
        .finalize();
    py::native_enum<BoxReading>(m, "BoxReading", "enum.IntEnum")
        .value("FITS", BoxReading::fits)
        .value("ONE_SHORT", BoxReading::one_short)
        .value("CORNERS", BoxReading::corners)
        .value("RELATIVE", BoxReading::relative)
        .value("CENTRE", BoxReading::centre)
        .value("UNLIKE", BoxReading::unlike)
        .finalize();
    py::native_enum<Crowd>(m, "Crowd", "enum.IntEnum")
        .value("NO", Crowd::no)
        .value("YES", Crowd::yes)
        .value("UNCLEAR", Crowd::unclear)
        .finalize();
    py::class_<Spelling>(m, "Spelling", "How masks are written: as counts, or as rings.")
        .def_static("string", [] { return Spelling(CountsForm::string); })
        .def_static("list", [] { return Spelling(CountsForm::list); })
        .def_static(
            "rings", [](const py::tuple& options) { return Spelling(as_trace_options(options)); },
            py::arg("options"))
        .def_property_readonly("is_rings",
                               [](const Spelling& self) { return self.rings.has_value(); });
}

/// What each value says of being a crowd: (n,) of `Crowd`.
py::array_t<std::uint8_t> read_crowds(const Rows& values) {
    const RecordsView& view = values.view();
    py::array_t<std::uint8_t> out(static_cast<py::ssize_t>(view.length));
    std::uint8_t* data = out.mutable_data();
    for (std::size_t i = 0; i < view.length; ++i) {
        const bool is_there = view.spans[i].found();
        *data++ = static_cast<std::uint8_t>(is_there ? parse_crowd(view[i]) : Crowd::no);
    }
    return out;
}

}  // namespace

void bind_segmentation(py::module_& m) {
    bind_names(m);
    m.def("read_crowds", &read_crowds, py::arg("values"));
    py::class_<ImageSizes, std::shared_ptr<ImageSizes>>(
        m, "ImageSizes", "The sizes of images by id; copies what it needs.")
        .def(py::init([](const Rows& images) {
                 return std::make_shared<ImageSizes>(image_sizes_of(images));
             }),
             py::arg("images"));
    py::class_<Records>(m, "Records", "Reads the annotation records of a document's source bytes.")
        .def(py::init<py::object, const Array<std::int64_t>&>(), py::arg("source"),
             py::arg("images"))
        .def(py::init<py::object, std::shared_ptr<ImageSizes>>(), py::arg("source"),
             py::arg("images"))
        .def_property_readonly("image_count", &Records::image_count)
        .def_property_readonly("image_sizes", &Records::image_sizes)
        .def("read", &Records::read, py::arg("spans"), py::arg("threads") = 0)
        .def("classify", &Records::classify, py::arg("spans"), py::arg("threads") = 0)
        .def("judge_rings", &Records::judge_rings, py::arg("areas"), py::arg("boxes"),
             py::arg("claims"))
        .def("convert", &Records::convert, py::arg("spans"), py::arg("range"), py::arg("spelling"),
             py::arg("threads") = 0);
    forbid_empty_objects(m.attr("ImageSizes"));
    forbid_empty_objects(m.attr("Records"));
    forbid_empty_objects(m.attr("Spelling"));
    m.def(
        "read_segmentations",
        [](const Rows& rows, const ImageSizes& images, int threads) {
            return read_masks(rows.view(), images, threads);
        },
        py::arg("rows"), py::arg("images"), py::arg("threads") = 0);
    m.def("print_masks", &print_masks, py::arg("masks"), py::arg("spelling"),
          py::arg("threads") = 0);
    m.def("measure_rings", &measure_rings_of, py::arg("values"), py::arg("threads") = 0);
    m.def("read_boxes", &read_boxes, py::arg("said"), py::arg("masks"), py::arg("points"),
          py::arg("images"), py::arg("flags"));
    m.def("view_spans", &view_spans, py::arg("source"), py::arg("views"));
    m.def("find_invalid_utf8", &find_invalid_utf8, py::arg("source"));
    m.def("find_duplicate_keys", &find_duplicate_keys, py::arg("source"), py::arg("limit"));
}

}  // namespace cocodec::python
