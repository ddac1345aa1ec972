// Lists of any length, of which only what is seen is in the page.
"use strict";

class LongList {
  // `render(item, index)` fills an element, `pick(index)` is told what the reader chose.
  constructor(element, height, render, pick) {
    Object.assign(this, { element, height, render, pick });
    this.count = 0;
    this.active = -1;
    this.shown = new Map();
    this.space = document.createElement("div");
    element.append(this.space);
    element.addEventListener("scroll", () => this.refresh());
    element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.refresh()).observe(element);
  }

  reset(count, active) {
    this.count = count;
    this.space.style.height = `${count * this.height}px`;
    for (const item of this.shown.values()) item.remove();
    this.shown.clear();
    this.activate(active);
  }

  activate(index) {
    this.active = index;
    if (index >= 0) this.reveal(index);
    this.refresh();
    for (const [i, item] of this.shown) item.setAttribute("aria-selected", i === index);
    const item = this.shown.get(index);
    if (item) this.element.setAttribute("aria-activedescendant", item.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  reveal(index) {
    const { element, height } = this;
    const top = index * height;
    if (top < element.scrollTop) element.scrollTop = top;
    const low = top + height - element.clientHeight;
    if (low > element.scrollTop) element.scrollTop = low;
  }

  refresh() {
    const { element, height, count } = this;
    const first = Math.max(0, Math.floor(element.scrollTop / height) - 2);
    const last = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / height) + 2);
    for (const [i, item] of this.shown) {
      if (i < first || i >= last) {
        item.remove();
        this.shown.delete(i);
      }
    }
    for (let i = first; i < last; ++i) {
      if (this.shown.has(i)) continue;
      const item = document.createElement("div");
      item.className = "item";
      item.id = `${element.id}-${i}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-posinset", i + 1);
      item.setAttribute("aria-setsize", count);
      item.setAttribute("aria-selected", i === this.active);
      item.style.top = `${i * height}px`;
      item.style.height = `${height}px`;
      item.addEventListener("click", () => this.pick(i));
      this.render(item, i);
      this.shown.set(i, item);
      this.space.append(item);
    }
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    let to = null;
    if (event.key in steps) to = this.active + steps[event.key];
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = this.count - 1;
    if (to === null || this.count === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.pick(Math.min(Math.max(to, 0), this.count - 1));
  }
}
