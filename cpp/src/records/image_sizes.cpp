// The sizes of a document's images, by the value of their ids.

#include <bit>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cocodec/segmentation.hpp"
#include "json/scan.hpp"
#include "masks/scatter.hpp"

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

/// What an id says that is spelled as nearly all are: digits alone. False for any other text.
bool read_plain(std::string_view id, std::uint64_t& value) noexcept {
    constexpr std::size_t most_digits = 19;  // of which none is beyond 64 bits
    if (id.empty() || id.size() > most_digits || (id[0] == '0' && id.size() > 1)) return false;
    value = 0;
    for (const char c : id) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return true;
}

}  // namespace

/// Images by ids that are spelled with digits alone: every annotation asks for one. An id that is
/// not found here may still be spelled otherwise among the images (1.0).
class PlainIds {
public:
    using Image = ImageSizes::Image;

    explicit PlainIds(std::size_t most) : slots_(std::bit_ceil(2 * most + 2)) {}
    void add(std::uint64_t id, const Image* image) noexcept { slots_[place(id)] = {id, image}; }
    [[nodiscard]] const Image* find(std::uint64_t id) const noexcept {
        return slots_[place(id)].second;
    }

private:
    /// Where `id` stands, or the free place where it would.
    [[nodiscard]] std::size_t place(std::uint64_t id) const noexcept {
        std::size_t at = static_cast<std::size_t>(scatter_(id)) & (slots_.size() - 1);
        while (slots_[at].second != nullptr && slots_[at].first != id) {
            at = (at + 1) & (slots_.size() - 1);
        }
        return at;
    }

    std::vector<std::pair<std::uint64_t, const Image*>> slots_;  // half of them stay free
    Scatter scatter_;
};

struct ImageSizes::Entries {
    explicit Entries(std::size_t most) : plain(most) { images.reserve(most); }

    std::unordered_map<std::string, Image> images;
    PlainIds plain;  // of these: they stay where they are
};

ImageSizes::ImageSizes(const RecordsView& images)
    : table_(std::make_unique<Entries>(images.length)) {
    static constexpr std::string_view keys[] = {"id", "height", "width"};
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
        const std::string_view id = members[0].value.of(record);
        identity.clear();
        json::append_identity(id, identity);
        Image& kept = table_->images[identity];
        kept = std::move(image);
        std::uint64_t plain = 0;
        if (read_plain(id, plain)) table_->plain.add(plain, &kept);
    }
}

ImageSizes::ImageSizes(ImageSizes&&) noexcept = default;
ImageSizes& ImageSizes::operator=(ImageSizes&&) noexcept = default;
ImageSizes::~ImageSizes() = default;

const ImageSizes::Image* ImageSizes::find(std::string_view id) const {
    std::uint64_t plain = 0;
    if (read_plain(id, plain)) {
        if (const Image* const image = table_->plain.find(plain)) return image;
    }
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
