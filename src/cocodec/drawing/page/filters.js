// Which annotations are shown.
"use strict";

const Filters = (() => {
  const EMPTY = {
    categories: [], low: null, high: null, crowd: "", score: null, text: "", expression: "",
    outcome: "", onlyWith: false,
  };

  // A function of (annotation, image) -> bool; `problem` is told what is wrong with the expression.
  function compile(filter, data, problem) {
    const wanted = new Set(filter.categories);
    const text = filter.text.trim().toLowerCase();
    let holds = null;
    problem("");
    if (filter.expression.trim() !== "") {
      try {
        holds = Expressions.compile(filter.expression);
        if (/\bsegmentation\b/.test(filter.expression)) {
          problem("the page has no segmentation to look into: cocodec view --only has");
        }
      } catch (error) {
        problem(error.message);
        holds = () => false;
      }
    }
    return (one, image) => {
      if (wanted.size > 0 && !wanted.has(one.category)) return false;
      const told = one.record?.area;
      const area = typeof told === "number" ? told : one.area;
      if (filter.low !== null && !(area >= filter.low)) return false;
      if (filter.high !== null && !(area <= filter.high)) return false;
      if (filter.crowd !== "" && one.crowd !== (filter.crowd === "yes")) return false;
      if (isBelow(one, filter)) return false;
      if (filter.outcome !== "" && one.outcome !== filter.outcome) return false;
      if (text !== "" && !textOf(one, image).includes(text)) return false;
      if (holds === null) return true;
      const category = one.category < 0 ? null : data.categories[one.category].t;
      try {
        return holds({ annotation: one.record, image: image.t, category });
      } catch (error) {
        problem(`annotation ${JSON.stringify(one.id)}: ${error.message}`);
        return false;
      }
    };
  }

  // Ground truth has no score, and stays.
  function isBelow(one, filter) {
    if (filter.score === null) return false;
    return one.score === null ? one.kind === "found" : one.score < filter.score;
  }

  function textOf(one, image) {
    one.words ??= [image.name, one.name, ...valuesIn(one.record)].join("\n").toLowerCase();
    return one.words;
  }

  // Texts and numbers in a value, however deep; keys are the same everywhere, and say nothing.
  function valuesIn(value) {
    if (typeof value !== "object" || value === null) return [String(value)];
    return Object.values(value).flatMap(valuesIn);
  }

  const isEmpty = (filter) =>
    Object.keys(EMPTY).every(
      (key) => key === "onlyWith" || JSON.stringify(filter[key]) === JSON.stringify(EMPTY[key])
    );

  return { EMPTY, compile, isBelow, isEmpty };
})();
