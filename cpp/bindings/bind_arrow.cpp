// Batches of masks as Arrow columns, and back, through the C data interface: no Arrow library is
// needed, and none is asked for.

#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow_abi.hpp"
#include "arrow_reader.hpp"
#include "cocodec/counts.hpp"
#include "convert.hpp"

namespace cocodec::python {
namespace {

constexpr const char* schema_name = "arrow_schema";
constexpr const char* array_name = "arrow_array";
constexpr const char* stream_name = "arrow_array_stream";

// ---------------------------------------------------------------- export

/// What a column lends: counts as strings, sizes as pairs. Held by the columns, not by Python: they
/// may be released by any thread, long after the interpreter is gone.
struct Lent {
    Buffer<char> text;
    Buffer<std::int32_t> narrow;  ///< offsets into `text`, if it is short enough for them
    Buffer<std::int64_t> wide;    ///< otherwise
    Buffer<Size> sizes;
};

std::shared_ptr<const Lent> lend(RleArrayView masks) {
    const auto lent = std::make_shared<Lent>();
    lent->wide.reserve(masks.length + 1);
    lent->wide.push_back(0);
    for (std::size_t i = 0; i < masks.length; ++i) {
        format_counts(masks[i], lent->text);
        lent->wide.push_back(static_cast<std::int64_t>(lent->text.size()));
    }
    lent->sizes.append(masks.sizes, masks.length);
    constexpr std::size_t narrow_limit = std::numeric_limits<std::int32_t>::max();
    if (lent->text.size() > narrow_limit) return lent;
    lent->narrow.reserve(masks.length + 1);
    for (const std::int64_t offset : lent->wide) {
        lent->narrow.push_back(static_cast<std::int32_t>(offset));
    }
    lent->wide = Buffer<std::int64_t>();
    return lent;
}

/// What a schema or an array owns: its children, each of which the receiver may move away and
/// release by itself, and what else its fields point to.
template <class T>
struct ArrowNode {
    std::string format, name, metadata;
    std::vector<const void*> buffers;
    std::shared_ptr<const Lent> lent;
    std::vector<std::unique_ptr<T>> children;
    std::vector<T*> places;
};

template <class T>
void release(T* self) {
    const std::unique_ptr<ArrowNode<T>> node(static_cast<ArrowNode<T>*>(self->private_data));
    for (const std::unique_ptr<T>& child : node->children) {
        if (child->release != nullptr) child->release(child.get());
    }
    self->release = nullptr;
}

template <class T>
struct Releasing {
    void operator()(T* self) const {
        if (self->release != nullptr) self->release(self);
        delete self;
    }
};
template <class T>
using Owned = std::unique_ptr<T, Releasing<T>>;

template <class T>
Owned<T> own(std::unique_ptr<ArrowNode<T>> node) {
    Owned<T> out(new T{});
    for (const std::unique_ptr<T>& child : node->children) node->places.push_back(child.get());
    out->n_children = static_cast<std::int64_t>(node->places.size());
    out->children = node->places.data();
    out->release = &release<T>;
    out->private_data = node.release();
    return out;
}

/// Makes `child` the next child.
template <class T>
void adopt(ArrowNode<T>& parent, Owned<T> child) {
    parent.children.emplace_back();
    parent.children.back().reset(child.release());
}

Owned<ArrowSchema> make_schema(std::string format, std::string name,
                               std::vector<Owned<ArrowSchema>> children = {},
                               std::string metadata = {}) {
    auto node = std::make_unique<ArrowNode<ArrowSchema>>();
    node->format = std::move(format);
    node->name = std::move(name);
    node->metadata = std::move(metadata);
    for (Owned<ArrowSchema>& child : children) adopt(*node, std::move(child));
    const ArrowNode<ArrowSchema>& kept = *node;
    Owned<ArrowSchema> out = own(std::move(node));
    out->format = kept.format.c_str();
    out->name = kept.name.c_str();
    out->metadata = kept.metadata.empty() ? nullptr : kept.metadata.data();
    out->flags = ARROW_FLAG_NULLABLE;
    return out;
}

Owned<ArrowArray> make_array(std::size_t length, std::shared_ptr<const Lent> lent,
                             std::vector<const void*> buffers,
                             std::vector<Owned<ArrowArray>> children = {}) {
    auto node = std::make_unique<ArrowNode<ArrowArray>>();
    node->lent = std::move(lent);
    node->buffers = std::move(buffers);
    for (Owned<ArrowArray>& child : children) adopt(*node, std::move(child));
    ArrowNode<ArrowArray>& kept = *node;
    Owned<ArrowArray> out = own(std::move(node));
    out->length = static_cast<std::int64_t>(length);
    out->n_buffers = static_cast<std::int64_t>(kept.buffers.size());
    out->buffers = kept.buffers.data();
    return out;
}

/// Metadata of a type, as the interface has it: a number of pairs, each text behind its length.
std::string pairs(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string out;
    const auto put = [&](std::size_t number) {
        const auto value = static_cast<std::int32_t>(number);
        char bytes[sizeof(value)];
        std::memcpy(bytes, &value, sizeof(value));
        out.append(bytes, sizeof(value));
    };
    put(entries.size());
    for (const auto& [key, value] : entries) {
        put(key.size());
        out += key;
        put(value.size());
        out += value;
    }
    return out;
}

/// cocodec.rle: struct<size: fixed_size_list<int64>[2], counts: binary>.
Owned<ArrowSchema> rle_schema(bool wide) {
    std::vector<Owned<ArrowSchema>> side, fields;
    side.push_back(make_schema("l", "item"));
    fields.push_back(make_schema("+w:2", "size", std::move(side)));
    fields.push_back(make_schema(wide ? "Z" : "z", "counts"));
    return make_schema(
        "+s", "", std::move(fields),
        pairs({{"ARROW:extension:name", "cocodec.rle"}, {"ARROW:extension:metadata", ""}}));
}

Owned<ArrowArray> rle_array(std::size_t n, const std::shared_ptr<const Lent>& lent) {
    // Even an array of no length points somewhere: some receivers insist.
    static const std::int64_t nothing = 0;
    const auto place = [](const void* data) { return data == nullptr ? &nothing : data; };
    const void* offsets = lent->wide.empty() ? static_cast<const void*>(lent->narrow.data())
                                             : static_cast<const void*>(lent->wide.data());
    std::vector<Owned<ArrowArray>> side, fields;
    side.push_back(make_array(2 * n, lent, {nullptr, place(lent->sizes.data())}));
    fields.push_back(make_array(n, lent, {nullptr}, std::move(side)));
    fields.push_back(make_array(n, lent, {nullptr, offsets, place(lent->text.data())}));
    return make_array(n, lent, {nullptr}, std::move(fields));
}

/// A capsule that releases what nobody has taken out of it.
template <class T>
py::capsule encapsulate(Owned<T> owned, const char* name) {
    py::capsule capsule(owned.get(), name, [](PyObject* self) {
        Releasing<T>()(static_cast<T*>(PyCapsule_GetPointer(self, PyCapsule_GetName(self))));
    });
    (void)owned.release();
    return capsule;
}

py::tuple to_arrow(const Runs& runs) {
    std::shared_ptr<const Lent> lent;
    {
        const WithoutGil without;
        lent = lend(runs.view());
    }
    return py::make_tuple(encapsulate(rle_schema(!lent->wide.empty()), schema_name),
                          encapsulate(rle_array(runs.size(), lent), array_name));
}

// ---------------------------------------------------------------- import

template <class T>
T& opened(const py::object& capsule, const char* name) {
    void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
    if (pointer == nullptr) throw py::error_already_set();
    return *static_cast<T*>(pointer);
}

/// What lies in the capsules stays there: they release it.
Runs from_arrow_array(const py::object& schema, const py::object& array) {
    const auto& type = opened<ArrowSchema>(schema, schema_name);
    const auto& data = opened<ArrowArray>(array, array_name);
    return build([&] {
        RleArray out;
        append_masks(type, data, out);
        return out;
    });
}

void require_ok(int status, ArrowArrayStream& stream) {
    if (status == 0) return;
    const char* why = stream.get_last_error == nullptr ? nullptr : stream.get_last_error(&stream);
    std::string message("the Arrow stream failed: ");
    message += why == nullptr ? "it does not say why" : why;
    throw Error(ErrorCode::bad_shape, message);
}

Runs from_arrow_stream(const py::object& capsule) {
    auto& stream = opened<ArrowArrayStream>(capsule, stream_name);
    if (stream.release == nullptr) {
        throw Error(ErrorCode::bad_shape, "the Arrow stream has been released already");
    }
    return build([&] {
        RleArray out;
        const Owned<ArrowSchema> schema(new ArrowSchema{});
        require_ok(stream.get_schema(&stream, schema.get()), stream);
        while (true) {
            const Owned<ArrowArray> array(new ArrowArray{});
            require_ok(stream.get_next(&stream, array.get()), stream);
            if (array->release == nullptr) return out;
            append_masks(*schema, *array, out);
        }
    });
}

}  // namespace

void bind_arrow(py::module_& m) {
    m.def("to_arrow", &to_arrow, py::arg("runs"));
    m.def(
        "arrow_schema", [] { return encapsulate(rle_schema(false), schema_name); },
        "The type of a column of masks.");
    m.def("from_arrow_array", &from_arrow_array, py::arg("schema"), py::arg("array"));
    m.def("from_arrow_stream", &from_arrow_stream, py::arg("capsule"));
}

}  // namespace cocodec::python
