// The sizes of a document's images, by the value of their ids.

#include <unordered_map>

#include "cocodec/segmentation.hpp"
#include "json/scan.hpp"

namespace cocodec {
namespace {

constexpr double max_side = 4294967295.0;

/// Reads one side; says in `reason` why it cannot.
std::int64_t read_side(std::string_view record, const json::Member& member, const char* name,
                       std::string& reason) {
    if (!member.value.found()) {
        reason = std::string("has no ") + name;
        return 0;
    }
    const std::string_view text = member.value.of(record);
    double value = 0;
    json::Scanner scanner(text);
    if (!scanner.number(value) || scanner.at() != text.size() || value < 0 || value > max_side ||
        value != static_cast<double>(static_cast<std::int64_t>(value))) {
        reason = std::string("has ") + name + " " + json::excerpt(text);
        return 0;
    }
    return static_cast<std::int64_t>(value);
}

}  // namespace

struct ImageSizes::Entries {
    std::unordered_map<std::string, Image> images;
};

ImageSizes::ImageSizes(const RecordsView& images) : table_(std::make_unique<Entries>()) {
    static constexpr std::string_view keys[] = {"id", "height", "width"};
    table_->images.reserve(images.length);
    json::Member members[3];
    std::string identity;
    for (std::size_t i = 0; i < images.length; ++i) {
        const std::string_view record = images[i];
        if (record.empty() || record[0] != '{') continue;
        json::find_members(record, keys, 3, members);
        if (!members[0].value.found()) continue;
        Image image;
        image.size.height = read_side(record, members[1], "height", image.reason);
        if (image.reason.empty()) {
            image.size.width = read_side(record, members[2], "width", image.reason);
        }
        identity.clear();
        json::append_identity(members[0].value.of(record), identity);
        table_->images[identity] = std::move(image);
    }
}

ImageSizes::ImageSizes(ImageSizes&&) noexcept = default;
ImageSizes& ImageSizes::operator=(ImageSizes&&) noexcept = default;
ImageSizes::~ImageSizes() = default;

const ImageSizes::Image* ImageSizes::find(std::string_view id) const {
    std::string identity;
    json::append_identity(id, identity);
    const auto found = table_->images.find(identity);
    return found == table_->images.end() ? nullptr : &found->second;
}

std::size_t ImageSizes::size() const noexcept {
    return table_->images.size();
}

std::vector<Size> ImageSizes::sizes() const {
    std::vector<Size> sizes;
    for (const auto& [id, image] : table_->images) {
        if (image.reason.empty()) sizes.push_back(image.size);
    }
    return sizes;
}

}  // namespace cocodec
