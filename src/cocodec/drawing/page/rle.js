// Counts strings -> runs -> pixels. Knows no page: tests run this file under Node beside the core.
//
// Runs go down the columns and begin with background. Five data bits a char, bit 5 = "more follows",
// + 48; the last group is sign-extended from its bit 4; from index 3 on a run is stored as its
// difference to the run two places back.
"use strict";

const Rle = (() => {
  const MOST_CHARS = 7; // of one number: no difference of two runs takes more
  const LONGEST_RUN = 2 ** 32 - 1;

  // The runs of a counts string of an image of `height` x `width`; throws an Error for any other.
  function decodeCounts(text, height, width) {
    if (typeof text !== "string") throw new Error("the counts are no string");
    const runs = [];
    let at = 0;
    let sum = 0;
    while (at < text.length) {
      const start = at;
      let value = 0;
      let weight = 1;
      for (let chars = 0; ; ++chars) {
        if (at === text.length) {
          throw new Error(`counts string ends inside the number that starts at index ${start}`);
        }
        const group = text.charCodeAt(at) - 48;
        if (!(group >= 0 && group <= 63)) {
          throw new Error(`counts string has a char outside of '0'..'o' at index ${at}`);
        }
        if (chars === MOST_CHARS) {
          throw new Error(`counts string has a number of more than 7 chars at index ${start}`);
        }
        value += (group & 31) * weight; // no shifts: they have 32 bits here
        weight *= 32;
        ++at;
        if ((group & 32) === 0) {
          if ((group & 16) !== 0) value -= weight;
          break;
        }
      }
      if (runs.length > 2) value += runs[runs.length - 2];
      if (value < 0 || value > LONGEST_RUN) {
        throw new Error(`run ${runs.length} is ${value}; runs lie in 0..4294967295`);
      }
      runs.push(value);
      sum += value;
    }
    if (sum !== height * width) {
      throw new Error(`runs cover ${sum} of ${height * width} pixels`);
    }
    return runs;
  }

  // Calls `each(begin, end)` for every run of foreground: positions down the columns.
  function forEachRun(runs, each) {
    let at = 0;
    for (let i = 0; i < runs.length; ++i) {
      if (i % 2 === 1 && runs[i] > 0) each(at, at + runs[i]);
      at += runs[i];
    }
  }

  // The runs of foreground of every `step`th pixel of every `step`th column: positions down the
  // columns of an image that is ceil(height / step) high. A step of 1 gives them as they are.
  function sampled(runs, height, width, step) {
    const out = [];
    const rows = Math.ceil(height / step);
    const half = offset(step, height);
    const side = offset(step, width);
    forEachRun(runs, (begin, end) => {
      if (step === 1) {
        out.push([begin, end]);
        return;
      }
      const first = Math.max(0, Math.ceil((Math.floor(begin / height) - side) / step));
      const last = Math.floor((Math.floor((end - 1) / height) - side) / step);
      for (let column = first; column <= last; ++column) {
        const top = (column * step + side) * height;
        const low = Math.max(0, Math.ceil((begin - top - half) / step));
        const high = Math.min(rows, Math.ceil((Math.min(end - top, height) - half) / step));
        if (low < high) out.push([column * rows + low, column * rows + high]);
      }
    });
    return out;
  }

  // Where in a step the pixel lies that stands for it.
  function offset(step, side) {
    const last = side - (Math.ceil(side / step) - 1) * step;
    return Math.min(step >> 1, last - 1);
  }

  // Which mask is on top at each pixel, and whether the pixel is one of its edge.
  class Layers {
    constructor(height, width, step = 1) {
      this.height = height;
      this.width = width;
      this.step = step;
      this.rows = Math.ceil(height / step);
      this.columns = Math.ceil(width / step);
      this.top = new Int32Array(this.rows * this.columns).fill(-1);
      this.edge = new Uint8Array(this.rows * this.columns);
      this.scratch = new Uint8Array(this.rows * this.columns);
    }

    // Puts a mask on top of the others, under a number.
    paint(runs, number, hatched = false) {
      const { rows, columns, top, edge, scratch } = this;
      const pieces = sampled(runs, this.height, this.width, this.step);
      for (const [begin, end] of pieces) scratch.fill(1, begin, end);
      for (const [begin, end] of pieces) {
        let x = Math.floor(begin / rows);
        let y = begin - x * rows;
        for (let at = begin; at < end; ++at) {
          const isEdge =
            y === 0 || x === 0 || y === rows - 1 || x === columns - 1 ||
            !(scratch[at - 1] && scratch[at + 1] && scratch[at - rows] && scratch[at + rows]);
          if (isEdge || !hatched || (x + y) % 8 < 4) {
            top[at] = number;
            edge[at] = isEdge ? 1 : 0;
          }
          if (++y === rows) {
            y = 0;
            ++x;
          }
        }
      }
      for (const [begin, end] of pieces) scratch.fill(0, begin, end);
    }

    // Red, green, blue and alpha, row by row. `colors`: of each number; `alpha`: inside, 0 to 255.
    pixels(colors, alpha, edges) {
      const { rows, columns, top, edge } = this;
      const out = new Uint8ClampedArray(rows * columns * 4);
      for (let x = 0; x < columns; ++x) {
        for (let y = 0; y < rows; ++y) {
          const at = x * rows + y;
          if (top[at] < 0) continue;
          const color = colors[top[at]];
          const to = (y * columns + x) * 4;
          out[to] = color[0];
          out[to + 1] = color[1];
          out[to + 2] = color[2];
          out[to + 3] = edges && edge[at] ? 255 : alpha;
        }
      }
      return out;
    }

    // The number that is on top at a pixel of the image, or -1.
    at(x, y) {
      if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return -1;
      return this.top[Math.floor(x / this.step) * this.rows + Math.floor(y / this.step)];
    }
  }

  // Whether a mask covers a pixel.
  function covers(runs, height, x, y) {
    const place = x * height + y;
    let at = 0;
    for (let i = 0; i < runs.length; ++i) {
      at += runs[i];
      if (place < at) return i % 2 === 1;
    }
    return false;
  }

  return { decodeCounts, forEachRun, sampled, Layers, covers };
})();

if (typeof module !== "undefined") module.exports = Rle;
