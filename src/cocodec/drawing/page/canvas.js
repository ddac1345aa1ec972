// The canvas: an image, what is painted over it, and where in it one is.
"use strict";

const MOST_PIXELS = 1 << 24; // of what is painted over an image: of larger ones every nth pixel
const LARGEST_SCALE = 64;

class Pane {
  // What is painted over one image: annotations in their order, the later ones on top.
  constructor(size, annotations, options) {
    this.size = size;
    this.annotations = annotations;
    const [height, width] = size;
    this.step = 1;
    while (Math.ceil(height / this.step) * Math.ceil(width / this.step) > MOST_PIXELS) ++this.step;
    this.layers = new Rle.Layers(height, width, this.step);
    this.wrong = [];
    annotations.forEach((one, i) => {
      try {
        if (one.runs !== null) this.layers.paint(one.runs, i, one.crowd);
      } catch (error) {
        this.wrong.push(`annotation ${JSON.stringify(one.id)}: ${error.message}`);
        one.decoded = null;
      }
    });
    this.recolor(options);
  }

  recolor({ colors, alpha, edges }) {
    this.colors = colors;
    const { rows, columns } = this.layers;
    if (rows === 0 || columns === 0) return;
    const pixels = this.layers.pixels(colors, alpha, edges);
    this.canvas ??= new OffscreenCanvas(columns, rows);
    this.canvas.getContext("2d").putImageData(new ImageData(pixels, columns, rows), 0, 0);
  }

  // The index of the annotation at a pixel: the mask on top, or else the smallest box.
  at(x, y) {
    const top = this.layers.at(x, y);
    if (top >= 0) return top;
    let best = -1;
    let least = Infinity;
    this.annotations.forEach((one, i) => {
      if (one.box === null) return;
      const [left, above, width, height] = one.box;
      const inside = x + 1 > left && y + 1 > above && x < left + width && y < above + height;
      if (inside && width * height < least) {
        best = i;
        least = width * height;
      }
    });
    return best;
  }
}

class Stage {
  constructor(element) {
    this.element = element;
    this.context = element.getContext("2d");
    this.panes = [];
    this.image = null;
    this.size = [0, 0];
    this.view = { scale: 1, x: 0, y: 0 };
    this.isFitted = true;
    this.selected = null;
    new ResizeObserver(() => this.resize()).observe(element);
  }

  resize() {
    const { element } = this;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.max(1, Math.round(element.clientWidth * ratio));
    element.height = Math.max(1, Math.round(element.clientHeight * ratio));
    if (this.isFitted) this.fit();
    this.draw();
    this.resized?.();
  }

  get ratio() {
    return window.devicePixelRatio || 1;
  }

  get paneWidth() {
    return this.element.width / Math.max(1, this.panes.length);
  }

  fit() {
    const [height, width] = this.size;
    if (height === 0 || width === 0) return;
    const room = 12 * this.ratio;
    const scale = Math.min(
      (this.paneWidth - 2 * room) / width,
      (this.element.height - 2 * room) / height
    );
    this.view.scale = Math.min(Math.max(scale, 1e-4), LARGEST_SCALE);
    this.view.x = (this.paneWidth - width * this.view.scale) / 2;
    this.view.y = (this.element.height - height * this.view.scale) / 2;
    this.isFitted = true;
  }

  // Zooms by a factor around a place of the canvas; the pixel there stays there.
  zoom(factor, x = this.paneWidth / 2, y = this.element.height / 2) {
    const { view } = this;
    const scale = Math.min(Math.max(view.scale * factor, 1e-4), LARGEST_SCALE);
    const by = scale / view.scale;
    view.x = x - (x - view.x) * by;
    view.y = y - (y - view.y) * by;
    view.scale = scale;
    this.isFitted = false;
    this.draw();
  }

  pan(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.isFitted = false;
    this.draw();
  }

  // Moves the view so that a box is in the middle of it, and large enough to be seen.
  showBox([x, y, width, height]) {
    const { view } = this;
    const side = Math.max(width, height, 1) * view.scale;
    const room = Math.min(this.paneWidth, this.element.height);
    if (side < 24 * this.ratio) view.scale = Math.min((room / 8 / side) * view.scale, LARGEST_SCALE);
    if (side > room) view.scale *= (room * 0.8) / side;
    view.x = this.paneWidth / 2 - (x + width / 2) * view.scale;
    view.y = this.element.height / 2 - (y + height / 2) * view.scale;
    this.isFitted = false;
    this.draw();
  }

  // Where a place of the window is: the pane, and the pixel of the image.
  locate(clientX, clientY) {
    const frame = this.element.getBoundingClientRect();
    const x = (clientX - frame.left) * this.ratio;
    const y = (clientY - frame.top) * this.ratio;
    const pane = Math.min(Math.floor(x / this.paneWidth), this.panes.length - 1);
    const inPane = x - pane * this.paneWidth;
    return {
      pane,
      canvasX: inPane,
      canvasY: y,
      x: Math.floor((inPane - this.view.x) / this.view.scale),
      y: Math.floor((y - this.view.y) / this.view.scale),
    };
  }

  draw() {
    const { context, element } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    this.panes.forEach((pane, i) => this.drawPane(pane, i));
  }

  drawPane(pane, i) {
    const { context, view, size } = this;
    const left = i * this.paneWidth;
    context.save();
    context.beginPath();
    context.rect(left, 0, this.paneWidth, this.element.height);
    context.clip();
    context.setTransform(view.scale, 0, 0, view.scale, left + view.x, view.y);
    context.fillStyle = "rgb(128 128 128)";
    context.fillRect(0, 0, size[1], size[0]);
    if (this.image !== null && this.options.image) {
      context.imageSmoothingEnabled = view.scale < 1;
      context.drawImage(this.image, 0, 0, size[1], size[0]);
    }
    context.imageSmoothingEnabled = view.scale * pane.step < 1;
    if (this.options.masks && pane.canvas) {
      const { step } = pane;
      context.drawImage(pane.canvas, 0, 0, pane.layers.columns * step, pane.layers.rows * step);
    }
    this.drawStrokes(pane);
    context.restore();
    if (pane.title) this.write(pane.title, left + 8, 20 * this.ratio, "rgb(0 0 0)");
  }

  drawStrokes(pane) {
    const { context, view, options } = this;
    const thin = (1.5 * this.ratio) / view.scale;
    pane.annotations.forEach((one, i) => {
      const color = Colors.css(pane.colors[i]);
      context.strokeStyle = color;
      context.lineWidth = thin;
      const isSelected = this.selected === one;
      if (one.box !== null && (options.boxes || isSelected)) {
        context.setLineDash(one.crowd ? [4 * thin, 4 * thin] : []);
        if (isSelected) this.halo(one.box, thin);
        context.strokeRect(...one.box);
        context.setLineDash([]);
      }
      if (options.points) this.drawPoints(one, color, thin);
    });
    if (!options.labels) return;
    context.save();
    pane.annotations.forEach((one, i) => {
      const place = one.box ?? this.corner(one);
      if (place === null) return;
      const { a, e, f } = context.getTransform();
      this.write(one.title, place[0] * a + e, place[1] * a + f, Colors.css(pane.colors[i]));
    });
    context.restore();
  }

  halo(box, thin) {
    const { context } = this;
    const color = context.strokeStyle;
    context.lineWidth = 4 * thin;
    context.strokeStyle = "rgb(255 255 255)";
    context.strokeRect(...box);
    context.lineWidth = 2 * thin;
    context.strokeStyle = color;
  }

  corner(one) {
    if (!one.runs) return null;
    let place = null;
    Rle.forEachRun(one.runs, (begin) => {
      place ??= [Math.floor(begin / one.size[0]), begin % one.size[0]];
    });
    return place;
  }

  drawPoints(one, color, thin) {
    const { context } = this;
    const bones = one.category < 0 ? [] : this.categories[one.category].skeleton;
    for (const [a, b] of bones) {
      const [p, q] = [one.points[a], one.points[b]];
      if (!p || !q || !(p[2] > 0 && q[2] > 0)) continue;
      context.beginPath();
      context.moveTo(p[0], p[1]);
      context.lineTo(q[0], q[1]);
      context.stroke();
    }
    for (const [x, y, visibility] of one.points) {
      if (!(visibility > 0)) continue;
      context.beginPath();
      context.arc(x, y, 3 * thin, 0, 2 * Math.PI);
      context.fillStyle = visibility > 1 ? "rgb(255 255 255)" : "rgb(0 0 0)";
      context.fill();
      context.strokeStyle = color;
      context.stroke();
    }
  }

  // Writes a text on a plate, in the canvas's own pixels.
  write(text, x, y, color) {
    const { context } = this;
    const high = 14 * this.ratio;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.font = `${12 * this.ratio}px system-ui, sans-serif`;
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
    const wide = context.measureText(shown).width;
    context.fillStyle = color;
    context.fillRect(x, y - high, wide + 6, high);
    context.fillStyle = isBright(color) ? "rgb(0 0 0)" : "rgb(255 255 255)";
    context.fillText(shown, x + 3, y - 3 * this.ratio);
    context.restore();
  }
}

function isBright(css) {
  const [red, green, blue] = css.match(/\d+/g).map(Number);
  return 299 * red + 587 * green + 114 * blue > 128000;
}

// A small picture of a scene, for the strip.
function thumbnail(target, size, annotations, image) {
  const [height, width] = size;
  const step = Math.max(1, Math.ceil(Math.max(height / 72, width / 104)));
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  target.width = Math.max(1, columns);
  target.height = Math.max(1, rows);
  const context = target.getContext("2d");
  context.fillStyle = "rgb(128 128 128)";
  context.fillRect(0, 0, columns, rows);
  if (rows * columns === 0) return;
  if (image !== null) context.drawImage(image, 0, 0, width / step, height / step);
  const layers = new Rle.Layers(height, width, step);
  const some = annotations.slice(0, 400);
  some.forEach((one, i) => {
    if (one.runs) layers.paint(one.runs, i, false);
  });
  const colors = some.map((one) => Colors.ofCategory(one.category));
  const over = new OffscreenCanvas(columns, rows);
  const pixels = new ImageData(layers.pixels(colors, 150, true), columns, rows);
  over.getContext("2d").putImageData(pixels, 0, 0);
  context.drawImage(over, 0, 0);
}
