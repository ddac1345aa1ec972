// The page: what is looked at, and what keys, clicks and the address do to it.
"use strict";

const byId = (id) => document.getElementById(id);

class App {
  constructor(data) {
    this.data = data;
    this.source = new Source(data);
    this.stage = new Stage(byId("canvas"));
    this.stage.categories = data.categories;
    this.show = { image: true, masks: true, edges: true, boxes: false, points: true, labels: false };
    this.stage.options = this.show;
    this.stage.resized = () => this.sayZoom();
    this.alpha = 50;
    this.color = data.results ? "outcome" : "category";
    this.split = false;
    this.iou = 0.5;
    this.filter = { ...Filters.EMPTY };
    this.row = -1;
    this.rows = data.images.map((_, i) => i); // of the strip
    this.scene = null;
    this.shown = [];
    this.selected = null;
    this.thumbnails = new Map();
    this.waiting = [];
    this.turn = 0;
    this.strip = new LongList(byId("strip"), 104, (...a) => this.renderImage(...a), (i) => this.open(this.rows[i]));
    this.list = new LongList(byId("list"), 26, (...a) => this.renderAnnotation(...a), (i) => this.select(this.shown[i], true));
    this.build();
    this.listen();
    this.readAddress().then(() => {
      // The observer of the canvas comes a frame later, and would move the image under the mouse.
      this.stage.resize();
      document.documentElement.dataset.ready = "yes";
    });
  }

  // ------------------------------------------------------------ what stands in the page

  build() {
    const { data } = this;
    byId("title").textContent = data.title;
    byId("title").title = data.title;
    const kinds = ["category", "instance", "score", ...(data.results ? ["outcome"] : [])];
    for (const kind of kinds) byId("color").append(new Option(kind, kind));
    data.categories.forEach((one, i) => byId("category").append(new Option(one.name || `id ${one.id}`, i)));
    byId("results-panel").hidden = !data.results;
    const keys = [
      ["← →, p n", "previous and next image"], ["j k", "next and previous annotation"],
      ["+ − 0 1", "zoom in, out, to fit, to pixels"], ["w a s d", "move the image"],
      ["i m e b k l", "image, masks, edges, boxes, (Shift+K) points, labels"],
      ["g", "ground truth beside results"], ["/", "search"], ["x", "clear filters"],
      ["t", "light, dark"], ["Esc", "select nothing"],
    ];
    for (const [key, what] of keys) {
      const line = document.createElement("tr");
      for (const text of [key, what]) {
        const cell = document.createElement("td");
        cell.textContent = text;
        line.append(cell);
      }
      byId("keys").append(line);
    }
    this.buildFindings();
    this.setTheme(null);
  }

  buildFindings() {
    const { findings } = this.data;
    byId("finding-count").textContent = `(${findings.length})`;
    for (const finding of findings) {
      const box = document.createElement("details");
      const head = document.createElement("summary");
      const count = finding.count.toLocaleString("en");
      head.textContent = `${finding.severity} ${finding.code} (${count}): ${finding.message}`;
      box.append(head);
      for (const [image, row, kind] of finding.places) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = row < 0 ? `image ${image + 1}` : `row ${row}`;
        button.addEventListener("click", () => this.open(image, { row, kind }));
        box.append(button);
      }
      if (finding.count > finding.places.length && finding.places.length > 0) {
        box.append(` and ${(finding.count - finding.places.length).toLocaleString("en")} more`);
      }
      byId("findings").append(box);
    }
    if (findings.length === 0) byId("findings").textContent = "nothing is wrong that check looks for";
  }

  renderImage(item, index) {
    const row = this.rows[index];
    const image = this.data.images[row];
    const canvas = this.thumbnails.get(row) ?? document.createElement("canvas");
    const name = document.createElement("span");
    name.textContent = image.name;
    item.title = image.name;
    item.setAttribute("aria-label", `${image.name}, ${image.n[0] + image.n[1]} annotations`);
    item.append(canvas, name);
    if (this.thumbnails.has(row)) return;
    this.thumbnails.set(row, canvas);
    if (this.thumbnails.size > 500) this.thumbnails.delete(this.thumbnails.keys().next().value);
    this.waiting.push([row, canvas]);
    if (this.waiting.length === 1) setTimeout(() => this.fillThumbnails(), 30);
  }

  // One after the other, the last asked for first; those that scrolled away are left for later.
  async fillThumbnails() {
    while (this.waiting.length > 0) {
      const [row, canvas] = this.waiting.pop();
      if (!canvas.isConnected) {
        this.thumbnails.delete(row);
        continue;
      }
      try {
        const image = this.data.images[row];
        const [scene, picture] = await Promise.all([this.source.scene(row), this.source.image(row)]);
        thumbnail(canvas, [image.h, image.w], [...scene.truth, ...scene.found], picture);
      } catch (error) {
        canvas.title = error.message;
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  renderAnnotation(item, index) {
    const one = this.shown[index];
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = Colors.css(this.colorOf(one, index));
    const outcome = one.outcome ? ` ${OUTCOME_WORDS[one.outcome] ?? one.outcome}` : "";
    const kind = this.data.results ? (one.kind === "truth" ? " · truth" : " · result") : "";
    const words = `${one.title}${one.crowd ? " (crowd)" : ""} · id ${JSON.stringify(one.id)}${kind}`;
    item.append(swatch, words);
    if (outcome) {
      const mark = document.createElement("span");
      mark.className = "outcome";
      mark.textContent = outcome;
      item.append(mark);
    }
  }

  // ------------------------------------------------------------ what is looked at

  async open(row, wanted = null) {
    if (!(row >= 0 && row < this.data.images.length)) return;
    const turn = ++this.turn;
    const image = this.data.images[row];
    const isNew = row !== this.row;
    if (isNew) {
      this.row = row;
      this.selected = null;
    }
    byId("position").textContent = `${row + 1} of ${this.data.images.length}`;
    this.strip.activate(this.rows.indexOf(row));
    let scene;
    try {
      scene = await this.source.scene(row);
    } catch (error) {
      if (turn === this.turn) this.notice(error.message);
      return;
    }
    const picture = await this.source.image(row);
    if (turn !== this.turn) return;
    this.scene = scene;
    this.stage.size = [image.h, image.w];
    this.stage.image = picture;
    const odd = picture && (picture.naturalWidth !== image.w || picture.naturalHeight !== image.h);
    this.notice(
      image.src && !picture
        ? "the image file cannot be shown"
        : odd
          ? `the image file is ${picture.naturalHeight} x ${picture.naturalWidth} (height x width), the document says ${image.h} x ${image.w}`
          : image.problem
    );
    if (isNew && !wanted?.view) this.stage.isFitted = true;
    this.refresh();
    if (wanted && wanted.row >= 0) {
      const kind = wanted.kind ?? "truth";
      const all = [...scene.truth, ...scene.found];
      const one = all.find((other) => other.row === wanted.row && other.kind === kind);
      if (one) this.select(one, !wanted.view);
    }
    if (wanted?.view) {
      this.stage.view = wanted.view;
      this.stage.isFitted = false;
      this.stage.draw();
      this.sayZoom();
    }
    const counts = `${scene.truth.length + scene.found.length} annotations`;
    this.say(`${image.name}: ${counts}`);
    this.writeAddress();
  }

  notice(text) {
    byId("notice").textContent = text ?? "";
    byId("notice").hidden = !text;
  }

  say(text) {
    byId("status").textContent = text;
  }

  // Filters, matches and paints the scene anew.
  refresh() {
    if (!this.scene) return;
    const { data, filter, scene, stage } = this;
    if (data.results) this.judge(scene);
    const passes = Filters.compile(filter, data, (text) => {
      if (text === "" || byId("expression-error").textContent === "") byId("expression-error").textContent = text;
    });
    const image = data.images[this.row];
    const kept = (list) => list.filter((one) => passes(one, image));
    const [truth, found] = [kept(scene.truth), kept(scene.found)];
    this.shown = [...truth, ...found];
    const sides = this.split && data.results ? [truth, found] : [this.shown];
    this.numbers = new Map(this.shown.map((one, i) => [one, i]));
    stage.panes = sides.map((list) => {
      const pane = new Pane(stage.size, list, this.paint(list));
      return pane;
    });
    if (sides.length === 2) {
      stage.panes[0].title = "ground truth";
      stage.panes[1].title = "results";
    }
    const wrong = stage.panes.flatMap((pane) => pane.wrong);
    if (wrong.length > 0) this.notice(wrong.join("\n"));
    if (this.selected && !this.shown.includes(this.selected)) this.selected = null;
    stage.selected = this.selected;
    if (stage.isFitted) stage.fit();
    stage.draw();
    this.list.reset(this.shown.length, this.selected ? this.numbers.get(this.selected) : -1);
    const all = scene.truth.length + scene.found.length;
    byId("list-title").textContent = `Annotations (${this.shown.length} of ${all})`;
    byId("canvas").setAttribute("aria-label", this.describe());
    this.showDetail();
    this.sayZoom();
    this.sync();
  }

  paint(list) {
    return {
      colors: list.map((one) => this.colorOf(one, this.numbers.get(one))),
      alpha: Math.round(this.alpha * 2.55),
      edges: this.show.edges,
    };
  }

  colorOf(one, number) {
    if (this.color === "instance") return Colors.ofNumber(number);
    if (this.color === "score") return Colors.ofScore(one.score);
    if (this.color === "outcome") return Colors.ofOutcome(one.outcome);
    return Colors.ofCategory(one.category);
  }

  judge(scene) {
    const there = scene.found.map((one, i) => i).filter((i) => !Filters.isBelow(scene.found[i], this.filter));
    const place = new Map(there.map((d, i) => [d, i]));
    const pairs = scene.pairs
      .filter(([d]) => place.has(d))
      .map(([d, g, iou]) => [place.get(d), g, iou]);
    const found = there.map((d) => scene.found[d]);
    const told = Matching.match(scene.truth, found, pairs, this.iou);
    for (const one of scene.found) Object.assign(one, { outcome: "ignored", partner: null });
    scene.truth.forEach((one, i) => {
      one.outcome = told.truth[i];
      one.partner = told.truthPartners[i] < 0 ? null : found[told.truthPartners[i]];
    });
    found.forEach((one, i) => {
      one.outcome = told.found[i];
      one.partner = told.foundPartners[i] < 0 ? null : scene.truth[told.foundPartners[i]];
    });
    const count = (list, what) => list.filter((one) => one.outcome === what).length;
    const [matches, misses] = [count(scene.truth, "match"), count(scene.truth, "miss")];
    byId("score-board").textContent =
      `${matches} matched, ${misses} missed, ${count(scene.found, "false")} false alarms`;
  }

  describe() {
    const image = this.data.images[this.row];
    const counts = new Map();
    for (const one of this.shown) counts.set(one.name, (counts.get(one.name) ?? 0) + 1);
    const parts = [...counts].map(([name, count]) => `${count} ${name || "without category"}`);
    return `Image ${this.row + 1}, ${image.name}, ${image.h} by ${image.w} pixels: ${parts.join(", ") || "nothing shown"}`;
  }

  select(one, moves = false) {
    this.selected = one ?? null;
    this.stage.selected = this.selected;
    this.list.activate(one ? (this.numbers.get(one) ?? -1) : -1);
    const place = one && (one.box ?? this.boxOf(one));
    if (moves && place) this.stage.showBox(place);
    else this.stage.draw();
    this.showDetail();
    this.sayZoom();
    if (one) this.say(`${one.title}, id ${JSON.stringify(one.id)}`);
    this.writeAddress();
  }

  boxOf(one) {
    if (!one.runs) return null;
    let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
    const height = one.size[0];
    Rle.forEachRun(one.runs, (begin, end) => {
      const [x0, x1] = [Math.floor(begin / height), Math.floor((end - 1) / height)];
      left = Math.min(left, x0);
      right = Math.max(right, x1);
      top = Math.min(top, x0 === x1 ? begin % height : 0);
      bottom = Math.max(bottom, x0 === x1 ? (end - 1) % height : height - 1);
    });
    return right < 0 ? null : [left, top, right - left + 1, bottom - top + 1];
  }

  facts(one) {
    const told = [
      ["id", JSON.stringify(one.id)], ["row", one.row], ["category", one.name || "none"],
      ["area", one.record?.area ?? one.area], ["bbox", JSON.stringify(one.box)],
      ["crowd", one.crowd ? "yes" : "no"],
    ];
    if (one.score !== null) told.push(["score", one.score]);
    if (one.outcome) told.push(["outcome", OUTCOME_WORDS[one.outcome] ?? one.outcome]);
    if (one.partner) told.push(["matched with", JSON.stringify(one.partner.id)]);
    const known = new Set(["id", "category_id", "image_id", "area", "bbox", "iscrowd", "score", "segmentation"]);
    for (const [key, value] of Object.entries(one.record ?? {})) {
      if (!known.has(key)) told.push([key, typeof value === "string" ? value : JSON.stringify(value)]);
    }
    return told;
  }

  showDetail() {
    const place = byId("detail");
    place.replaceChildren();
    if (!this.selected) return;
    for (const [key, value] of this.facts(this.selected)) {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = key;
      text.textContent = String(value).slice(0, 2000);
      place.append(term, text);
    }
  }

  sayZoom() {
    const { scale } = this.stage.view;
    byId("zoom").textContent = `${Math.round(scale * 100)}%`;
  }

  // ------------------------------------------------------------ keys, clicks

  listen() {
    const click = (id, does) => byId(id).addEventListener("click", does);
    click("previous", () => this.step(-1));
    click("next", () => this.step(1));
    click("zoom-in", () => this.zoomed(() => this.stage.zoom(1.5)));
    click("zoom-out", () => this.zoomed(() => this.stage.zoom(1 / 1.5)));
    click("fit", () => this.zoomed(() => this.fit()));
    click("whole", () => this.zoomed(() => this.stage.zoom(1 / this.stage.view.scale)));
    click("theme", () => this.setTheme("next"));
    click("help-button", () => byId("help").showModal());
    click("clear", () => this.clear());
    click("skip", (event) => {
      event.preventDefault(); // the address is the view's
      byId("canvas").focus();
    });
    for (const name of Object.keys(this.show)) click(`show-${name}`, () => this.toggle(name));
    byId("alpha").addEventListener("input", () => this.change({ alpha: Number(byId("alpha").value) }));
    byId("color").addEventListener("change", () => this.change({ color: byId("color").value }));
    byId("split").addEventListener("change", () => this.change({ split: byId("split").checked }));
    byId("iou").addEventListener("input", () => this.change({ iou: Number(byId("iou").value) }));
    const number = (id) => (byId(id).value === "" ? null : Number(byId(id).value));
    const filters = {
      category: () => ({ categories: Array.from(byId("category").selectedOptions, (one) => Number(one.value)) }),
      "area-low": () => ({ low: number("area-low") }),
      "area-high": () => ({ high: number("area-high") }),
      crowd: () => ({ crowd: byId("crowd").value }),
      score: () => ({ score: number("score") }),
      text: () => ({ text: byId("text").value }),
      expression: () => ({ expression: byId("expression").value }),
      outcome: () => ({ outcome: byId("outcome").value }),
      "only-with": () => ({ onlyWith: byId("only-with").checked }),
    };
    for (const [id, read] of Object.entries(filters)) {
      byId(id).addEventListener("input", () => this.filterBy(read()));
    }
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.readAddress());
    this.listenToCanvas();
  }

  listenToCanvas() {
    const canvas = byId("canvas");
    let last = null;
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => {
      last = [event.clientX, event.clientY];
      moved = 0;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (last !== null) {
        const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
        moved += Math.abs(dx) + Math.abs(dy);
        last = [event.clientX, event.clientY];
        if (moved > 3) this.zoomed(() => this.stage.pan(dx * this.stage.ratio, dy * this.stage.ratio));
      }
      this.hover(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      last = null;
      if (moved <= 3) this.select(this.under(event).one);
    });
    canvas.addEventListener("pointercancel", () => (last = null));
    canvas.addEventListener("pointerleave", () => (byId("tip").hidden = true));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const { canvasX, canvasY } = this.stage.locate(event.clientX, event.clientY);
        this.zoomed(() => this.stage.zoom(Math.exp(-event.deltaY / 400), canvasX, canvasY));
      },
      { passive: false }
    );
  }

  under(event) {
    const place = this.stage.locate(event.clientX, event.clientY);
    const pane = this.stage.panes[place.pane];
    const [height, width] = this.stage.size;
    const inside = place.x >= 0 && place.y >= 0 && place.x < width && place.y < height;
    const number = pane && inside ? pane.at(place.x, place.y) : -1;
    return { place, inside, one: number < 0 ? null : pane.annotations[number] };
  }

  hover(event) {
    const { place, inside, one } = this.under(event);
    const tip = byId("tip");
    tip.hidden = !inside;
    if (!inside) return;
    const facts = one ? this.facts(one).map(([key, value]) => `${key}: ${String(value).slice(0, 200)}`) : [];
    tip.textContent = [`x ${place.x}, y ${place.y}`, ...facts].join("\n");
    const frame = byId("stage").getBoundingClientRect();
    const x = event.clientX - frame.left + 14;
    tip.style.left = `${Math.max(0, Math.min(x, frame.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(0, Math.min(event.clientY - frame.top + 14, frame.height - tip.offsetHeight - 4))}px`;
  }

  key(event) {
    const isTyping = event.target.closest("input, select, textarea, dialog[open]");
    if (event.key === "Escape" && isTyping && !event.target.closest("dialog")) event.target.blur();
    if (isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
    const far = 60 * this.stage.ratio;
    const moves = { w: [0, far], s: [0, -far], a: [far, 0], d: [-far, 0] };
    const actions = {
      ArrowLeft: () => this.step(-1), p: () => this.step(-1),
      ArrowRight: () => this.step(1), n: () => this.step(1),
      j: () => this.stepAnnotation(1), k: () => this.stepAnnotation(-1),
      "+": () => byId("zoom-in").click(), "=": () => byId("zoom-in").click(),
      "-": () => byId("zoom-out").click(), 0: () => byId("fit").click(), 1: () => byId("whole").click(),
      i: () => this.toggle("image"), m: () => this.toggle("masks"), e: () => this.toggle("edges"),
      b: () => this.toggle("boxes"), K: () => this.toggle("points"), l: () => this.toggle("labels"),
      g: () => this.data.results && this.change({ split: !this.split }),
      t: () => this.setTheme("next"), x: () => this.clear(),
      "/": () => byId("text").focus(), "?": () => byId("help").showModal(),
      Escape: () => this.select(null),
    };
    if (event.key in moves) this.zoomed(() => this.stage.pan(...moves[event.key]));
    else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
  }

  step(by) {
    const here = this.rows.indexOf(this.row);
    const to = this.rows[Math.min(Math.max(here + by, 0), this.rows.length - 1)];
    if (to !== undefined && to !== this.row) this.open(to);
  }

  stepAnnotation(by) {
    if (this.shown.length === 0) return;
    const here = this.selected ? this.numbers.get(this.selected) : by > 0 ? -1 : 0;
    const to = (here + by + this.shown.length) % this.shown.length;
    this.select(this.shown[to], true);
  }

  zoomed(does) {
    does();
    this.sayZoom();
    this.writeAddress();
  }

  fit() {
    this.stage.fit();
    this.stage.draw();
  }

  toggle(name) {
    this.show[name] = !this.show[name];
    this.say(`${name} ${this.show[name] ? "shown" : "hidden"}`);
    this.change({});
  }

  change(values) {
    Object.assign(this, values);
    const fitsAgain = "split" in values;
    if (fitsAgain) this.stage.isFitted = true;
    this.refresh();
    this.writeAddress();
  }

  // ------------------------------------------------------------ filters

  async filterBy(values) {
    this.filter = { ...this.filter, ...values };
    this.refresh();
    this.writeAddress();
    await this.filterImages();
    if (this.scene) this.say(`${this.shown.length} annotations shown, ${this.rows.length} images listed`);
  }

  clear() {
    this.filterBy({ ...Filters.EMPTY });
  }

  // Which images the strip lists.
  async filterImages() {
    const turn = (this.filterTurn = (this.filterTurn ?? 0) + 1);
    const every = this.data.images.map((_, i) => i);
    let rows = every;
    if (this.filter.onlyWith && !Filters.isEmpty(this.filter)) {
      try {
        rows = await this.imagesWith();
      } catch (error) {
        byId("expression-error").textContent = error.message;
      }
    }
    if (turn !== this.filterTurn) return;
    const isSame = rows.length === this.rows.length && rows.every((row, i) => row === this.rows[i]);
    if (isSame) return;
    this.rows = rows;
    this.strip.reset(rows.length, rows.indexOf(this.row));
  }

  async imagesWith() {
    const { data, filter } = this;
    if (data.served) {
      return this.source.fetched(`rows?filter=${encodeURIComponent(JSON.stringify({ ...filter, iou: this.iou }))}`);
    }
    const passes = Filters.compile(filter, data, () => {});
    const out = [];
    for (let row = 0; row < data.images.length; ++row) {
      const scene = await this.source.scene(row);
      if (data.results) this.judge(scene);
      const image = data.images[row];
      if ([...scene.truth, ...scene.found].some((one) => passes(one, image))) out.push(row);
      if (row % 500 === 499) await new Promise((resolve) => setTimeout(resolve));
    }
    if (data.results && this.scene) this.judge(this.scene);
    return out;
  }

  // ------------------------------------------------------------ theme, address

  setTheme(wish) {
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    if (wish === "next") {
      const now = document.documentElement.dataset.theme;
      this.theme = now === "dark" ? "light" : "dark";
    } else if (wish !== null) {
      this.theme = wish;
    } else {
      system.addEventListener("change", () => this.applyTheme(system));
    }
    this.applyTheme(system);
    if (wish === "next") this.writeAddress();
  }

  applyTheme(system) {
    const theme = this.theme ?? (system.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    byId("theme").textContent = theme === "dark" ? "Light" : "Dark";
    byId("theme").setAttribute("aria-label", `Change to ${theme === "dark" ? "light" : "dark"}`);
  }

  // Controls say what is.
  sync() {
    for (const [name, on] of Object.entries(this.show)) byId(`show-${name}`).setAttribute("aria-pressed", on);
    byId("alpha").value = this.alpha;
    byId("color").value = this.color;
    byId("split").checked = this.split;
    byId("iou").value = this.iou;
    byId("iou-value").textContent = this.iou.toFixed(2);
    const { filter } = this;
    const wanted = new Set(filter.categories);
    for (const option of byId("category").options) option.selected = wanted.has(Number(option.value));
    const fields = {
      "area-low": filter.low, "area-high": filter.high, crowd: filter.crowd, score: filter.score,
      text: filter.text, expression: filter.expression, outcome: filter.outcome,
    };
    for (const [id, value] of Object.entries(fields)) {
      if (document.activeElement !== byId(id)) byId(id).value = value ?? "";
    }
    byId("only-with").checked = filter.onlyWith;
  }

  address() {
    const words = new URLSearchParams();
    words.set("image", this.row);
    if (this.selected) words.set(this.selected.kind, this.selected.row);
    if (!this.stage.isFitted) {
      const { scale, x, y } = this.stage.view;
      words.set("view", [scale, x, y].map((value) => Number(value.toPrecision(8))).join(","));
    }
    const changed = Object.keys(Filters.EMPTY).filter(
      (key) => JSON.stringify(this.filter[key]) !== JSON.stringify(Filters.EMPTY[key])
    );
    if (changed.length > 0) {
      words.set("filter", JSON.stringify(Object.fromEntries(changed.map((key) => [key, this.filter[key]]))));
    }
    words.set("show", Object.keys(this.show).filter((name) => this.show[name]).join(","));
    words.set("alpha", this.alpha);
    words.set("color", this.color);
    if (this.split) words.set("split", "1");
    if (this.data.results) words.set("iou", this.iou);
    if (this.theme) words.set("theme", this.theme);
    return `#${words}`;
  }

  writeAddress() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      this.written = this.address();
      history.replaceState(null, "", this.written);
    }, 60);
  }

  async readAddress() {
    if (location.hash !== "" && location.hash === this.written) return;
    const words = new URLSearchParams(location.hash.slice(1));
    const number = (key, low, high, otherwise) => {
      const value = Number(words.get(key) ?? NaN);
      return words.has(key) && value >= low && value <= high ? value : otherwise;
    };
    if (words.has("show")) {
      const on = new Set(words.get("show").split(","));
      for (const name of Object.keys(this.show)) this.show[name] = on.has(name);
    }
    this.alpha = number("alpha", 0, 100, this.alpha);
    this.iou = number("iou", 0.05, 0.95, this.iou);
    this.split = words.get("split") === "1";
    if (Array.from(byId("color").options).some((one) => one.value === words.get("color"))) this.color = words.get("color");
    if (["light", "dark"].includes(words.get("theme"))) this.setTheme(words.get("theme"));
    this.filter = readFilter(words.get("filter"), this.data.categories.length);
    const view = (words.get("view") ?? "").split(",").map(Number);
    const isView = view.length === 3 && view.every(Number.isFinite) && view[0] > 0 && view[0] <= LARGEST_SCALE;
    const kind = words.has("found") ? "found" : "truth";
    const wanted = {
      row: number(kind, 0, Infinity, -1), kind,
      view: isView ? { scale: view[0], x: view[1], y: view[2] } : null,
    };
    if (this.data.images.length === 0) {
      this.notice("there are no images");
      this.sync();
      return;
    }
    this.strip.reset(this.rows.length, this.rows.indexOf(this.row));
    await this.open(Math.floor(number("image", 0, this.data.images.length - 1, 0)), wanted);
    await this.filterImages();
  }
}

const OUTCOME_WORDS = { match: "match", miss: "miss", false: "false alarm", ignored: "ignored" };

// A filter out of an address, in which anything may stand.
function readFilter(text, categories) {
  const filter = { ...Filters.EMPTY };
  let given;
  try {
    given = JSON.parse(text ?? "{}");
  } catch {
    return filter;
  }
  if (typeof given !== "object" || given === null) return filter;
  for (const key of ["text", "expression"]) if (typeof given[key] === "string") filter[key] = given[key];
  for (const key of ["low", "high", "score"]) if (Number.isFinite(given[key])) filter[key] = given[key];
  if (["yes", "no"].includes(given.crowd)) filter.crowd = given.crowd;
  if (Object.hasOwn(OUTCOME_WORDS, given.outcome ?? "")) filter.outcome = given.outcome;
  if (Array.isArray(given.categories)) {
    filter.categories = given.categories.filter((one) => Number.isInteger(one) && one >= 0 && one < categories);
  }
  filter.onlyWith = given.onlyWith === true;
  return filter;
}

const cocodecPage = new App(JSON.parse(byId("data").textContent));
