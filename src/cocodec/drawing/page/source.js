// Where the page has its data from: the page itself, or the server on this machine.
"use strict";

class Source {
  constructor(data) {
    this.data = data;
    this.scenes = new Map(); // image row -> promise of {truth, found, pairs}
    this.images = new Map(); // image row -> promise of an <img>, or of null
  }

  // What is on an image. Annotations get their runs when they are first painted.
  scene(row) {
    if (!this.scenes.has(row)) {
      this.scenes.set(row, this.read(row));
      if (this.data.served && this.scenes.size > 400) this.scenes.delete(this.scenes.keys().next().value);
    }
    return this.scenes.get(row);
  }

  async read(row) {
    const raw = this.data.served ? await this.fetched(`scene/${row}`) : this.data.scenes[row];
    const image = this.data.images[row];
    if (raw.size) [image.h, image.w] = raw.size;
    if (raw.problems?.length) image.problem = raw.problems.join("\n");
    const wrapped = (kind) => (one) => new Annotation(one, kind, row, image, this.data.categories);
    return {
      truth: raw.g.map(wrapped("truth")),
      found: raw.d.map(wrapped("found")),
      pairs: raw.p,
    };
  }

  async fetched(path) {
    const response = await fetch(path);
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  image(row) {
    if (!this.images.has(row)) {
      if (this.images.size > 60) this.images.delete(this.images.keys().next().value);
      this.images.set(row, this.load(this.data.images[row].src));
    }
    return this.images.get(row);
  }

  load(src) {
    if (!src) return Promise.resolve(null);
    return new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => resolve(null);
      image.src = src;
    });
  }
}

class Annotation {
  constructor(raw, kind, imageRow, image, categories) {
    this.kind = kind; // "truth" or "found"
    this.row = raw.r;
    this.category = raw.c;
    this.name = raw.c < 0 ? "" : categories[raw.c].name;
    this.crowd = raw.w === 1;
    this.score = raw.s ?? null;
    this.box = raw.b ?? null;
    this.points = raw.k ?? [];
    this.area = raw.a;
    this.record = raw.t;
    this.counts = raw.m ?? null;
    this.size = [image.h, image.w];
    this.imageRow = imageRow;
    this.outcome = null;
    this.partner = -1;
  }

  get runs() {
    if (this.decoded === undefined) {
      this.decoded =
        this.counts === null ? null : Rle.decodeCounts(this.counts, this.size[0], this.size[1]);
    }
    return this.decoded;
  }

  get id() {
    return this.record?.id ?? null;
  }

  get title() {
    const score = this.score === null ? "" : ` ${this.score.toFixed(2)}`;
    return `${this.name || "no category"}${score}`;
  }
}
