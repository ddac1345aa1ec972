"""Average precision in a training loop, without dicts."""

import cocodec

truth = {
    "images": [{"id": 7, "height": 60, "width": 80}],
    "categories": [{"id": 1, "name": "cat"}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 1, "bbox": [5, 5, 20, 10], "area": 200}
    ],
}
evaluator = cocodec.Evaluator(truth, iou_type="bbox")
evaluator.add(image_ids=[7], category_ids=[1], scores=[0.9], boxes=[[5, 5, 20, 11]])
print(evaluator.result())
assert evaluator.result().stats["AP50"] > 0.99
