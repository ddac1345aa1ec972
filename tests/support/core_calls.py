"""A call of every function of the core, on arguments that take a moment; as source, for a process.

`exec(SETUP)`, then `eval(CALLS[name])`; `SMALL_SETUP` makes arguments that take no time, for very
many calls.
"""

from __future__ import annotations

# What the calls are given.
BODY = """
import json, sys, threading, time
import numpy as np
import cocodec, cocodec._core as core
from cocodec import RleArray
from cocodec.pycocotools import mask as M

random = np.random.default_rng(0)
image = (random.random((SIDE, SIDE)) < 0.05).astype("u1")
big = np.asfortranarray(image)
masks = RleArray.encode(np.stack([image[:MASK, :MASK]] * 24))
rings = [[list(random.random(RING) * SIDE)]] * 8
boxes = random.random((BOXES, 4)) * 100

class Slow:
    # somebody's own number, sequence and array: code of Python's runs inside the call
    def __init__(self, value): self.value = value
    def wait(self):
        for _ in range(20000): pass
        return self.value
    def __float__(self): return float(self.wait())
    def __len__(self): return len(self.value)
    def __getitem__(self, index):
        self.wait()
        return self.value[index]
    def __dlpack__(self, **options):
        return self.wait().__dlpack__(**options)
    def __dlpack_device__(self): return self.value.__dlpack_device__()

slow_ring = [Slow(v) for v in (1, 1, 9, 1, 9, 9, 1, 9)]
rle = M.encode(big)
blocks = random.integers(0, 50, (SIDE // 12, SIDE // 12))
labels = np.kron(blocks, np.ones((10, 10), int)).astype("u4")
document = json.dumps({
    "images": [{"id": i, "width": 100, "height": 100} for i in range(IMAGES)],
    "annotations": [{"id": i, "image_id": i % IMAGES, "category_id": 1, "iscrowd": 0, "area": 16.0,
                     "bbox": [1, 1, 4, 4], "segmentation": [[1, 1, 5, 1, 5, 5, 1, 5]]}
                    for i in range(ROWS)],
    "categories": [{"id": 1, "name": "a"}],
}).encode()
spans = core.split_values(document, document.index(b"[", document.index(b'"annotations"')) + 1,
                          True, False, False)[0]
rows = core.Rows([document], np.zeros(len(spans), "i4"), spans)
kinds, places = core.find_values(rows, ["id", "bbox"])
ids = core.Rows([document], np.zeros(len(spans), "i4"), places[0])
lists = core.Rows([document], np.zeros(len(spans), "i4"), places[1])
index = core.IdIndex(ids, None)
shapes = core.Rows([document], np.zeros(len(spans), "i4"),
                   core.find_values(rows, ["segmentation"])[1][0])
numbers = np.zeros(len(spans), "i8")
records = core.Records(document, core.split_values(document, 12, True, False, False)[0])
whole = (int(spans[0][0]), int(spans[-1][1]))
cells = np.arange(BOXES // 2) % 500
truth = {"image": cells, "category": cells * 0, "area": np.full(BOXES // 2, 1e4),
         "boxes": random.random((BOXES // 2, 4)) * 100,}
joints = {"keypoints": random.random((BOXES // 2, 51)) * 100}
found = {**truth, "score": random.random(BOXES // 2)}
settings = {"iou_type": "bbox", "images": 500, "categories": 1, "use_categories": True,
            "iou_thresholds": [0.5, 0.75], "recall_thresholds": np.linspace(0, 1, 101),
            "area_ranges": [(0, 1e10)], "max_detections": [1, 10, 100]}
pose = {**settings, "iou_type": "keypoints", "sigmas": [0.05] * 17}
scores = random.random(len(masks))
turned = [[0.9, 0.1, 3.0], [-0.1, 0.9, 5.0]]
grids = random.random((GRIDS, 28, 28)).astype("f4")
bare = core.Records(document, np.empty((0, 2), "i8"))
results = json.dumps([{"image_id": i % IMAGES, "category_id": 1, "score": 0.5, "bbox": [1, 1, 4, 4]}
                      for i in range(ROWS)]).encode()

def evaluated():
    from cocodec.pycocotools.coco import COCO
    from cocodec.pycocotools.cocoeval import COCOeval
    truth = COCO()
    truth.dataset = json.loads(document)
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(json.loads(results)), "segm")
    evaluation.evaluate()
"""
LARGE = "SIDE, MASK, RING, BOXES, IMAGES, ROWS, GRIDS = 1200, 400, 8000, 40000, 1000, 30000, 200\n"
SMALL = "SIDE, MASK, RING, BOXES, IMAGES, ROWS, GRIDS = 24, 12, 8, 8, 2, 4, 2\n"
SETUP, SMALL_SETUP = LARGE + BODY, SMALL + BODY
CALLS = {
    "mask.encode": "M.encode(big)",
    "mask.decode": "M.decode(rle)",
    "mask.iou": "M.iou([rle] * 4, [rle] * 4, [0] * 4)",
    "mask.merge": "M.merge([rle] * 8)",
    "mask.area": "M.area([rle] * 8)",
    "mask.frPyObjects": "M.frPyObjects(rings[0], SIDE, SIDE)",
    "encode": "RleArray.encode(image, threads=2)",
    "encode scores": "core.encode_scores(image.astype('f4')[None], 'float32', 0.5, 'NHW')",
    "decode": "masks.decode()",
    "from_polygons": "RleArray.from_polygons(rings, (SIDE, SIDE))",
    "from_boxes": "core.from_boxes(boxes, np.full((BOXES, 2), 200))",
    "trace": "masks.to_polygons()",
    "from_coco": "RleArray.from_coco([rle] * 4)",
    "union": "masks.union()",
    "complement": "~masks",
    "equal": "core.equal(masks._runs, masks._runs) if hasattr(masks, '_runs') else masks == masks",
    "iou": "masks.iou(masks)",
    "box_iou": "core.box_iou(boxes[:1500], boxes[:1500], None)",
    "label map": "RleArray.from_label_map(labels)",
    "shared pixels": "core.shared_pixels(labels, labels)",
    "arrow": "masks.__arrow_c_array__()",
    "find_values": "core.find_values(rows, ['id', 'bbox', 'area'])",
    "count_keys": "core.count_keys(rows)",
    "parse_numbers": "core.parse_numbers(ids, numbers)",
    "read_numbers": "core.read_numbers(lists, 1)",
    "gather": "core.gather(rows)",
    "IdIndex": "core.IdIndex(ids, None)",
    "match": "index.match(ids, None)",
    "edit": "core.edit_records(rows, ['id'], [(b'1', 0)], "
    "np.tile([0, 1], (1, len(spans), 1)).astype('i8'))",
    "split": "core.split_values(document, document.index(b'[') + 1, True, False, False)",
    "utf8": "core.find_invalid_utf8(document)",
    "duplicate keys": "core.find_duplicate_keys(document, 3)",
    "classify": "bare.classify(spans)",
    "read": "cocodec.read(document).masks()",
    "boundary": "core.boundary(masks._runs, 0.02)",
    "convert": "records.convert(spans, whole, core.Spelling.string())",
    "print_masks": "core.print_masks(masks._runs, core.Spelling.list())",
    "measure_rings": "core.measure_rings(shapes)",
    "print_numbers": "core.print_numbers(boxes.ravel(), None, None, np.ones(4 * BOXES, 'u1'))",
    "whole_value": "core.whole_value(document, 0, True)",
    "Arrow import": "core.from_arrow_array(*core.to_arrow(masks._runs))",
    "details": "core.Evaluation(truth, found, settings).details()",
    "similarities": "core.Evaluation(truth, found, settings).similarities()",
    "keypoints": "core.Evaluation({**truth, **joints}, {**found, **joints}, pose).details()",
    "sizes of somebody's own": "RleArray.from_boxes(boxes[:2], Slow([[20, 20], [20, 20]]))",
    "points of somebody's own": "M.frPyObjects([slow_ring], 20, 20)",
    "numbers of somebody's own": "RleArray.from_polygons([[slow_ring]], (20, 20))",
    "tensor of somebody's own": "RleArray.encode(Slow(image[:100, :100].copy()))",
    "boxes of somebody's own": "M.iou([[Slow(1), 1, 5, 5]], [[1, 1, 5, 5]], [0])",
    "erode": "masks.erode(3)",
    "close": "masks.close(3, iterations=2)",
    "flip": "masks.flip('horizontal')",
    "transpose": "masks.transpose()",
    "rotate90": "masks.rotate90()",
    "resize": "masks.resize((900, 900))",
    "warp_affine": "masks.warp_affine(turned, (400, 400))",
    "pad": "masks.pad(1, 2, 3, 4)",
    "outline": "masks.outline()",
    "fill_holes": "masks.fill_holes()",
    "components": "masks.connected_components()",
    "convex_hull": "masks.convex_hull()",
    "moments": "masks.moments()",
    "perimeter": "masks.perimeter()",
    "contains": "masks.contains(random.random((24, 2)) * MASK)",
    "nms": "masks.nms(scores, 0.5)",
    "soft_nms": "masks.soft_nms(scores)",
    "overlap": "masks.overlap(masks)",
    "intersection": "masks & masks",
    "to_coco": "masks.to_coco('str')",
    "paste": "RleArray.paste(grids, boxes[:GRIDS], (400, 400))",
    "to_label_map": "masks.to_label_map()",
    "label PNG": "RleArray.from_label_png(masks.to_label_png())",
    "check": "cocodec.check(document)",
    "stats": "cocodec.stats(document)",
    "recompute": "cocodec.read(document).recompute(area='pixels', bbox='mask')",
    "COCOeval": "evaluated()",
    "evaluate": "cocodec.evaluate(document, results, iou_type='bbox')",
}
