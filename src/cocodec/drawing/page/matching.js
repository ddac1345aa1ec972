// Which detections match which ground truth, by the rule of COCO's evaluation, of one image.
"use strict";

const Matching = (() => {
  // truth: [{row, category, crowd}], found: [{row, category, score}],
  // pairs: [[found, truth, iou], ...].
  // Detections come by their score, each takes the free one of its category with the highest IoU
  // (of equal ones that of the last row); a crowd is taken when nothing else is, and by any number.
  // Returns {truth, found}: "match", "miss", "false" or "ignored" each, and the partners.
  function match(truth, found, pairs, threshold) {
    const byFound = new Map();
    for (const [d, g, iou] of pairs) {
      if (found[d].category !== truth[g].category) continue;
      if (!byFound.has(d)) byFound.set(d, []);
      byFound.get(d).push([g, iou]);
    }
    const least = Math.min(threshold, 1 - 1e-10);
    const truthPartners = truth.map(() => -1);
    const foundPartners = found.map(() => -1);
    const order = found.map((_, i) => i);
    const score = (i) => found[i].score ?? 0;
    order.sort((a, b) => score(b) - score(a) || found[a].row - found[b].row);
    for (const d of order) {
      const near = (byFound.get(d) ?? []).slice();
      near.sort(
        ([a], [b]) => truth[a].crowd - truth[b].crowd || truth[a].row - truth[b].row
      );
      let best = -1;
      let most = least;
      for (const [g, iou] of near) {
        if (truthPartners[g] >= 0 && !truth[g].crowd) continue;
        if (best >= 0 && !truth[best].crowd && truth[g].crowd) break;
        if (iou < most) continue;
        best = g;
        most = iou;
      }
      if (best < 0) continue;
      foundPartners[d] = best;
      truthPartners[best] = d;
    }
    const ofTruth = (t, g) =>
      t.crowd ? "ignored" : truthPartners[g] >= 0 ? "match" : "miss";
    const ofFound = (_, d) =>
      foundPartners[d] < 0 ? "false" : truth[foundPartners[d]].crowd ? "ignored" : "match";
    return {
      truth: truth.map(ofTruth),
      found: found.map(ofFound),
      truthPartners,
      foundPartners,
    };
  }

  return { match };
})();

if (typeof module !== "undefined") module.exports = Matching;
