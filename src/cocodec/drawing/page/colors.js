// The colours of pictures, as cocodec draws them.
"use strict";

const Colors = (() => {
  const OUTCOMES = {
    match: [52, 199, 89],
    miss: [255, 69, 58],
    false: [255, 159, 10],
    ignored: [142, 142, 147],
  };

  // A bright colour for a number; neighbours are far apart on the circle of hues.
  function ofNumber(number) {
    const place = (number * 949) % 1536;
    const level = Math.floor(((place % 256) * 191) / 255);
    const [up, down] = [64 + level, 255 - level];
    return [
      [255, up, 64],
      [down, 255, 64],
      [64, 255, up],
      [64, down, 255],
      [up, 64, 255],
      [255, 64, down],
    ][Math.floor(place / 256)];
  }

  // Red for 0, yellow for a half, green for 1; grey where there is no score.
  function ofScore(score) {
    if (score === null || score === undefined) return [200, 200, 200];
    const level = Math.floor(Math.min(Math.max(score, 0), 1) * 510 + 0.5);
    return level <= 255 ? [255, level, 64] : [510 - level, 255, 64];
  }

  const ofCategory = (category) => (category < 0 ? [200, 200, 200] : ofNumber(category));
  const ofOutcome = (outcome) => OUTCOMES[outcome] ?? [200, 200, 200];
  const css = (color) => `rgb(${color[0]} ${color[1]} ${color[2]})`;

  return { ofNumber, ofScore, ofCategory, ofOutcome, css };
})();

if (typeof module !== "undefined") module.exports = Colors;
