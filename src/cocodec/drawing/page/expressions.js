// The language of --where, as the page filters by it: the same grammar, the same answers.
//
// A key that is missing reads as null. Comparisons with null are false but == and !=; arithmetic
// with null, and division by zero, is null. true and false are no numbers.
"use strict";

const Expressions = (() => {
  const ARITY = { abs: 1, endswith: 2, has: 1, len: 1, like: 2, lower: 1, startswith: 2, upper: 1 };
  const WORDS = new Set(["or", "and", "not", "in", "true", "false", "null"]);
  const DEEPEST = 60;
  const TOKEN = new RegExp(
    "\\s*(?:(?<number>(?:\\d+\\.\\d*|\\.\\d+|\\d+)(?:[eE][+-]?\\d+)?)" +
      "|(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)|(?<quoted>`[^`]*`)" +
      "|(?<string>\"(?:[^\"\\\\]|\\\\[^])*\"|'(?:[^'\\\\]|\\\\[^])*')" +
      "|(?<mark>==|!=|<=|>=|[-<>+*/%()\\[\\],.])|(?<end>$))",
    "uy"
  );
  const ESCAPES = { n: "\n", t: "\t", r: "\r" };

  class ExpressionError extends Error {}

  function tokens(text) {
    const out = [];
    TOKEN.lastIndex = 0;
    for (;;) {
      const at = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (match === null) {
        throw new ExpressionError(`column ${at + 1}: ${text.slice(at).trim()[0]} means nothing here`);
      }
      const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
      out.push({ kind, text: match.groups[kind], at: TOKEN.lastIndex - match.groups[kind].length });
      if (kind === "end") return out;
    }
  }

  // Parses a text to a function of a row, `{annotation, image, category}`. Throws ExpressionError.
  function compile(text) {
    const list = tokens(text);
    let next = 0;
    let depth = 0;

    const fail = (message) => {
      throw new ExpressionError(`column ${list[next].at + 1}: ${message}`);
    };
    const expected = (what) =>
      fail(`expected ${what}, found ${list[next].kind === "end" ? "the end" : list[next].text}`);
    const accept = (...texts) => {
      const token = list[next];
      if ((token.kind === "mark" || token.kind === "name") && texts.includes(token.text)) {
        ++next;
        return token.text;
      }
      return null;
    };
    const require_ = (mark) => accept(mark) ?? expected(mark);

    function choice() {
      if (++depth > DEEPEST) fail(`more than ${DEEPEST} brackets inside one another`);
      let found = both();
      while (accept("or")) {
        const [a, b] = [found, both()];
        // Both sides are looked at, so that what is no truth is told wherever it stands.
        found = (row) => {
          const [p, q] = [truth(a(row)), truth(b(row))];
          return p || q;
        };
      }
      --depth;
      return found;
    }

    function both() {
      let found = negation();
      while (accept("and")) {
        const [a, b] = [found, negation()];
        found = (row) => {
          const [p, q] = [truth(a(row)), truth(b(row))];
          return p && q;
        };
      }
      return found;
    }

    function negation() {
      let count = 0;
      while (accept("not")) if (++count > DEEPEST) fail(`more than ${DEEPEST} times 'not'`);
      let found = comparison();
      for (; count > 0; --count) {
        const a = found;
        found = (row) => !truth(a(row));
      }
      return found;
    }

    function comparison() {
      const a = sum();
      const sign = accept("==", "!=", "<", "<=", ">", ">=", "in", "not");
      if (sign === null) return a;
      if (sign === "not") accept("in") ?? expected("'in' behind 'not'");
      const b = sum();
      const after = list[next];
      if (after.kind === "mark" && ["==", "!=", "<", "<=", ">", ">="].includes(after.text)) {
        fail("comparisons do not chain; join two by 'and'");
      }
      if (sign === "==") return (row) => equal(a(row), b(row));
      if (sign === "!=") return (row) => !equal(a(row), b(row));
      if (sign === "in") return (row) => isIn(a(row), b(row));
      if (sign === "not") return (row) => !isIn(a(row), b(row));
      return (row) => ordered(sign, a(row), b(row));
    }

    function chain(operand, ...signs) {
      let found = operand();
      for (let sign = accept(...signs); sign !== null; sign = accept(...signs)) {
        const [a, b, s] = [found, operand(), sign];
        found = (row) => calculated(s, a(row), b(row));
      }
      return found;
    }
    const sum = () => chain(product, "+", "-");
    const product = () => chain(unary, "*", "/", "%");

    function unary() {
      let signs = 0;
      while (accept("-")) if (++signs > DEEPEST) fail(`more than ${DEEPEST} signs`);
      let found = postfix();
      for (; signs > 0; --signs) {
        const a = found;
        found = (row) => {
          const value = a(row);
          if (value === null) return null;
          if (typeof value !== "number") throw new Error(`- ${kind(value)} cannot be calculated`);
          return -value;
        };
      }
      return found;
    }

    function postfix() {
      let [found, path] = atom();
      for (let mark = accept(".", "["); mark !== null; mark = accept(".", "[")) {
        const base = found;
        if (mark === "[") {
          const index = choice();
          require_("]");
          found = (row) => element(base(row), index(row));
          path = null;
          continue;
        }
        const name = list[next++];
        if (name.kind !== "name" && name.kind !== "quoted") {
          --next;
          expected("a name behind '.'");
        }
        const key = name.kind === "quoted" ? name.text.slice(1, -1) : name.text;
        if (path !== null) {
          path = [...path, key];
          found = columnOf(path);
        } else {
          found = (row) => element(base(row), key);
        }
      }
      if (path !== null) found.path = path;
      return found;
    }

    // What gives the value, and the keys that it is under if it is a column.
    function atom() {
      const token = list[next++];
      if (token.kind === "number") {
        const value = Number(token.text);
        return [() => value, null];
      }
      if (token.kind === "string") {
        const value = token.text.slice(1, -1).replace(/\\([^])/gu, (_, c) => ESCAPES[c] ?? c);
        return [() => value, null];
      }
      if (token.kind === "quoted") return [columnOf([token.text.slice(1, -1)]), [token.text.slice(1, -1)]];
      if (token.kind === "name" && !WORDS.has(token.text)) {
        if (accept("(")) return [call(token), null];
        return [columnOf([token.text]), [token.text]];
      }
      if (token.kind === "name" && ["true", "false", "null"].includes(token.text)) {
        const value = JSON.parse(token.text);
        return [() => value, null];
      }
      if (token.kind === "mark" && token.text === "(") {
        const found = choice();
        require_(")");
        // A column in brackets stays one: (a).b is a.b.
        return [found, found.path ?? null];
      }
      if (token.kind === "mark" && token.text === "[") {
        const items = list_("]");
        return [(row) => items.map((item) => item(row)), null];
      }
      --next;
      return expected("a value");
    }

    function list_(end) {
      const items = [];
      if (accept(end)) return items;
      for (;;) {
        items.push(choice());
        if (accept(end)) return items;
        accept(",") ?? expected(`',' or '${end}'`);
      }
    }

    function call(name) {
      if (!Object.hasOwn(ARITY, name.text)) {
        throw new ExpressionError(`column ${name.at + 1}: there is no function ${name.text}`);
      }
      const given = list_(")");
      if (given.length !== ARITY[name.text]) {
        throw new ExpressionError(`column ${name.at + 1}: ${name.text} takes ${ARITY[name.text]}`);
      }
      if (name.text === "has") {
        if (!given[0].path) throw new ExpressionError(`column ${name.at + 1}: has takes a key`);
        return (row) => lookUp(row, given[0].path) !== undefined;
      }
      return (row) => CALLS[name.text](...given.map((argument) => argument(row)));
    }

    const found = choice();
    if (list[next].kind !== "end") expected("an operator, or the end");
    return (row) => truth(found(row));
  }

  function columnOf(path) {
    const column = (row) => lookUp(row, path) ?? null;
    column.path = path;
    return column;
  }

  // The value of a key, and of keys inside it; undefined where there is none.
  function lookUp(row, path) {
    const joined = path.length >= 2 && (path[0] === "image" || path[0] === "category");
    let value = joined && path.length === 2 ? row[path[0]] : row.annotation;
    for (const key of joined && path.length === 2 ? path.slice(1) : path) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
      value = value[key];
    }
    return value;
  }

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  function kind(value) {
    if (value === null) return "null";
    if (Array.isArray(value)) return "a list";
    const names = { boolean: "true or false", string: "a string", number: "a number" };
    return names[typeof value] ?? "an object";
  }

  function truth(value) {
    if (value === null) return false;
    if (typeof value === "boolean") return value;
    if (typeof value === "number") return value !== 0;
    throw new Error(`${kind(value)}, expected true or false`);
  }

  function equal(a, b) {
    if (Array.isArray(a) && Array.isArray(b)) {
      return a.length === b.length && a.every((value, i) => equal(value, b[i]));
    }
    if (isObject(a) && isObject(b)) {
      const keys = Object.keys(a);
      return (
        keys.length === Object.keys(b).length &&
        keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
      );
    }
    return a === b;
  }

  function isIn(item, container) {
    if (container === null) return false;
    if (Array.isArray(container)) return container.some((one) => equal(item, one));
    if (typeof container === "string" && (item === null || typeof item === "string")) {
      return item !== null && container.includes(item);
    }
    throw new Error(`${kind(item)} cannot be in ${kind(container)}`);
  }

  function ordered(sign, a, b) {
    if (a === null || b === null) return false;
    const numbers = typeof a === "number" && typeof b === "number";
    if (!numbers && !(typeof a === "string" && typeof b === "string")) {
      throw new Error(`${kind(a)} ${sign} ${kind(b)} cannot be compared`);
    }
    const order = numbers ? Math.sign(a - b) || 0 : byCharacters(a, b);
    return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[sign];
  }

  // Texts by their characters, not by the halves that JavaScript makes of some.
  function byCharacters(a, b) {
    const [one, two] = [Array.from(a), Array.from(b)];
    for (let i = 0; i < Math.min(one.length, two.length); ++i) {
      const order = one[i].codePointAt(0) - two[i].codePointAt(0);
      if (order !== 0) return order;
    }
    return one.length - two.length;
  }

  function calculated(sign, a, b) {
    if (a === null || b === null) return null;
    if (typeof a !== "number" || typeof b !== "number") {
      throw new Error(`${kind(a)} ${sign} ${kind(b)} cannot be calculated`);
    }
    const value = {
      "+": () => a + b,
      "-": () => a - b,
      "*": () => a * b,
      "/": () => a / b,
      "%": () => {
        const rest = a % b; // its sign is that of the divisor
        return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
      },
    }[sign]();
    return Number.isFinite(value) ? value : null;
  }

  function element(base, index) {
    if (base === null || index === null) return null;
    if (isObject(base) && typeof index === "string") {
      return Object.hasOwn(base, index) ? base[index] : null;
    }
    if (Array.isArray(base) && Number.isInteger(index)) return base.at(index) ?? null;
    throw new Error(`${kind(base)} has no element by ${kind(index)}`);
  }

  function ofStrings(name, call, missing) {
    return (...values) => {
      for (const value of values) {
        if (value !== null && typeof value !== "string") {
          throw new Error(`${name} takes strings, not ${kind(value)}`);
        }
      }
      return values.includes(null) ? missing : call(...values);
    };
  }

  // Python's fnmatch: *, ?, [seq] and [!seq].
  function like(text, pattern) {
    let source = "";
    for (let i = 0; i < pattern.length; ++i) {
      const char = pattern[i];
      if (char === "*") source += ".*";
      else if (char === "?") source += ".";
      else if (char === "[") {
        let end = i + 1;
        if (pattern[end] === "!") ++end;
        if (pattern[end] === "]") ++end;
        while (end < pattern.length && pattern[end] !== "]") ++end;
        if (end >= pattern.length) source += "\\[";
        else {
          const inside = pattern.slice(i + 1, end).replace(/[\\\]^[]/gu, "\\$&");
          source += inside[0] === "!" ? `[^${inside.slice(1)}]` : `[${inside}]`;
          i = end;
        }
      } else source += char.replace(/[.*+?^${}()|[\]\\/]/gu, "\\$&");
    }
    try {
      return new RegExp(`^(?:${source})$`, "su").test(text);
    } catch {
      return false; // such as a range that runs backwards
    }
  }

  const CALLS = {
    abs: (value) => {
      if (value === null) return null;
      if (typeof value !== "number") throw new Error(`abs takes a number, not ${kind(value)}`);
      return Math.abs(value);
    },
    len: (value) => {
      if (value === null) return null;
      if (typeof value === "string") return Array.from(value).length;
      if (Array.isArray(value)) return value.length;
      if (isObject(value)) return Object.keys(value).length;
      throw new Error(`${kind(value)} has no length`);
    },
    lower: ofStrings("lower", (a) => a.toLowerCase(), null),
    upper: ofStrings("upper", (a) => a.toUpperCase(), null),
    startswith: ofStrings("startswith", (a, b) => a.startsWith(b), false),
    endswith: ofStrings("endswith", (a, b) => a.endsWith(b), false),
    like: ofStrings("like", like, false),
  };

  return { compile, ExpressionError };
})();

if (typeof module !== "undefined") module.exports = Expressions;
