/* A program in C: encode, unite, measure, write and read counts strings, with the table alone. */
#include <cocodec/cocodec.h>

#include <stdio.h>
#include <string.h>

#define CHECK(holds)                                            \
    do {                                                        \
        if (!(holds)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #holds); \
            return 1;                                           \
        }                                                       \
    } while (0)

int main(void) {
    const cocodec_api* api = cocodec_get_api();
    cocodec_context context = {0};
    const uint8_t pixels[2][2][3] = {{{1, 1, 0}, {0, 0, 0}}, {{0, 1, 0}, {0, 1, 0}}};
    cocodec_dense dense = {&pixels[0][0][0], 2, {2, 3}, 6, 3, 1};
    cocodec_masks masks, both, again;
    cocodec_texts texts;
    const int64_t members[] = {0, 1}, groups[] = {0, 2};
    const cocodec_groups group = {members, 2, groups, 1};
    uint64_t area = 0;

    CHECK(api->abi_version == COCODEC_ABI_VERSION && api->struct_size == sizeof(cocodec_api));
    CHECK(COCODEC_HAS(api, format_counts));
    CHECK(api->encode(&dense, &masks, &context) == COCODEC_OK);
    CHECK(masks.length == 2 && masks.counts_length == masks.offsets[2]);
    CHECK(api->combine(&masks, &group, COCODEC_UNION, &both, &context) == COCODEC_OK);
    CHECK(api->area(&both, &area, &context) == COCODEC_OK && area == 3);
    CHECK(api->format_counts(&both, &texts, NULL) == COCODEC_OK);
    CHECK(texts.length == 1 && texts.chars_length == 5 && memcmp(texts.chars, "01111", 5) == 0);
    CHECK(api->parse_counts(&texts, both.sizes, &again, &context) == COCODEC_OK);
    CHECK(again.counts_length == 5 && memcmp(again.counts, both.counts, 20) == 0);

    dense.size.height = -1;
    api->release_masks(&masks);
    CHECK(api->encode(&dense, &masks, &context) == COCODEC_BAD_SIZE);
    CHECK(context.status == COCODEC_BAD_SIZE && strstr(context.message, "[-1, 3]") != NULL);
    CHECK(masks.owner == NULL && masks.length == 0);

    api->release_masks(&masks);
    api->release_masks(&again);
    api->release_masks(&both);
    api->release_texts(&texts);
    return 0;
}
