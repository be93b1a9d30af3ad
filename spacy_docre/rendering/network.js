// Elements, and the drawing of the graph. Whatever comes from a document becomes a text node or the
// value of an attribute, never HTML.
const NODES = 32, EDGES = 80, LETTER = 6.4;

const SVG = "http://www.w3.org/2000/svg";
const make = (tag, attributes = {}, ...children) => {
  const element = tag.startsWith("svg:")
    ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const shorten = (text, length) => {
  const signs = [...text.replace(/\s+/g, " ")];
  return signs.length > length ? signs.slice(0, length - 1).join("") + "…" : signs.join("");
};
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const plain = name => name.replace(/[\s_]+/g, " ").toLowerCase();

// The triples with the highest scores that a graph has room for.
function best(triples, shown) {
  const entities = new Set(), score = i => triples[i].score ?? 1;
  return [...shown].sort((a, b) => score(b) - score(a) || a - b).reduce((drawn, i) => {
    const fresh = new Set(triples[i].entities.filter(e => !entities.has(e)));
    if (drawn.length >= EDGES || entities.size + fresh.size > NODES) return drawn;
    fresh.forEach(e => entities.add(e));
    return [...drawn, i];
  }, []);
}

function drawNetwork(svg, doc, drawn, paint) {
  const { width, height } = svg.parentElement.getBoundingClientRect();
  const w = Math.max(width, 320), h = Math.max(height, 240);
  svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
  const entities = [...new Set(drawn.flatMap(i => doc.triples[i].entities))];
  const at = new Map(entities.map((e, i) => [e, i])), points = entities.map(entity => ({ entity }));
  const lines = [], pairs = new Map(), edgesOf = new Map(), nodesOf = new Map();
  for (const i of drawn) {
    const t = doc.triples[i], ends = t.entities.map(e => at.get(e));
    edgesOf.set(i, []);
    if (ends.length === 2) {
      const pair = [...ends].sort((a, b) => a - b).join();
      pairs.set(pair, (pairs.get(pair) ?? -1) + 1);
      lines.push({ triple: i, from: ends[0], to: ends[1], bend: pairs.get(pair), name: t.name });
    } else {
      // A relation of more than two is a point of its own, joined to each of its entities.
      ends.forEach((to, k) => lines.push({ triple: i, from: points.length, to, bend: 0, name: t.roles[k] }));
      points.push({ triple: i });
    }
  }
  arrange(points, lines, w, h);
  const taken = [], length = points.length > 24 ? 16 : 26;
  const circles = points.map(point => {
    const group = make("svg:g", { transform: `translate(${point.x} ${point.y})` });
    const isRelation = point.entity === undefined;
    const name = isRelation ? doc.triples[point.triple].name : doc.entities[point.entity].text, text = shorten(name, length);
    isFree(taken, point.x, point.y + 18, text, true);
    isFree(taken, point.x, point.y, "ooo", true);
    group.append(isRelation ? make("svg:path", { d: "M0 -6L6 0L0 6L-6 0Z" }) : make("svg:circle", { r: 8 }),
      make("svg:text", { y: 22 }, text), make("svg:title", {}, name));
    group.setAttribute("class", isRelation ? "edge" : "node");
    if (isRelation) {
      group.setAttribute("data-triple", point.triple);
      edgesOf.get(point.triple).push(group);
    } else {
      group.setAttribute("data-entity", point.entity);
      nodesOf.set(point.entity, paint(group, point.entity));
    }
    return group;
  });
  const strokes = lines.map(line => {
    const group = drawLine(points[line.from], points[line.to], line, taken);
    group.setAttribute("data-triple", line.triple);
    edgesOf.get(line.triple).push(group);
    return group;
  });
  return { groups: [...strokes, ...circles], edgesOf, nodesOf };
}

// Fruchterman and Reingold's layout, from a circle, so that the same graph looks the same again.
// What is drawn is then stretched to fill the room, and names are pushed apart.
function arrange(points, lines, w, h) {
  const count = points.length, rounds = 400, part = points.map((_, i) => i);
  const partOf = i => (part[i] === i ? i : (part[i] = partOf(part[i])));
  lines.forEach(({ from, to }) => { part[partOf(from)] = partOf(to); });
  points.forEach((p, i) => {
    p.x = Math.sqrt(count) * Math.cos((2 * Math.PI * i) / count);
    p.y = Math.sqrt(count) * Math.sin((2 * Math.PI * i) / count);
  });
  for (let round = 0; round < rounds; round++) {
    const heat = 0.6 * (1 - round / rounds) + 0.01;
    points.forEach(p => { p.dx = -0.12 * p.x; p.dy = -0.12 * p.y; });
    for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) {
      const a = points[i], b = points[j], x = a.x - b.x || 0.01 * (i - j), y = a.y - b.y || 0.01, square = x * x + y * y;
      // Parts that nothing joins stay near each other.
      const force = (partOf(i) === partOf(j) ? 1.2 : 1.2 / (1 + square)) / square;
      a.dx += x * force; a.dy += y * force; b.dx -= x * force; b.dy -= y * force;
    }
    for (const { from, to } of lines) {
      const a = points[from], b = points[to], x = a.x - b.x, y = a.y - b.y, force = Math.hypot(x, y);
      a.dx -= x * force; a.dy -= y * force; b.dx += x * force; b.dy += y * force;
    }
    for (const p of points) {
      const size = Math.hypot(p.dx, p.dy) || 1, step = Math.min(size, heat) / size;
      p.x += p.dx * step; p.y += p.dy * step;
    }
  }
  const room = [["x", 84, w - 84], ["y", 20, h - 34]];
  for (const [axis, from, to] of room) {
    const all = points.map(p => p[axis]), least = Math.min(...all), most = Math.max(...all);
    const scale = most - least > 1e-6 ? Math.min((to - from) / (most - least), 150) : 0;
    points.forEach(p => { p[axis] = (from + to) / 2 + (p[axis] - (least + most) / 2) * scale; });
  }
  const high = 42, wide = Math.min(118, (0.55 * w * h) / (Math.max(count, 1) * high));
  for (let round = 0; round < 120; round++) {
    for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) {
      const a = points[i], b = points[j], x = wide - Math.abs(a.x - b.x), y = high - Math.abs(a.y - b.y);
      if (x <= 0 || y <= 0) continue;
      const [axis, by] = x / wide < y / high ? ["x", x] : ["y", y], sign = a[axis] < b[axis] ? -1 : 1;
      a[axis] += (sign * by) / 4; b[axis] -= (sign * by) / 4;
    }
    for (const [axis, from, to] of room) points.forEach(p => { p[axis] = Math.min(to, Math.max(from, p[axis])); });
  }
}

// Whether nothing was written there yet. If so, or if it must be, it is taken from then on.
function isFree(taken, x, y, text, must = false) {
  const half = (text.length * LETTER) / 2;
  const free = taken.every(box => Math.abs(box.x - x) > box.half + half || Math.abs(box.y - y) > 13);
  if (free || must) taken.push({ x, y, half });
  return free;
}

function drawLine(a, b, line, taken) {
  const dx = b.x - a.x, dy = b.y - a.y, length = Math.hypot(dx, dy) || 1, loop = line.from === line.to;
  // Several between the same two bend to both sides.
  const side = (line.bend % 2 ? -1 : 1) * (line.from < line.to ? 1 : -1), bend = side * (Math.ceil(line.bend / 2) * 40 + 9);
  const cx = loop ? a.x : (a.x + b.x) / 2 - (dy / length) * bend, cy = loop ? a.y - 50 : (a.y + b.y) / 2 + (dx / length) * bend;
  const angle = loop ? 2.2 : Math.atan2(b.y - cy, b.x - cx), x = b.x - 10 * Math.cos(angle), y = b.y - 10 * Math.sin(angle);
  const barb = turn => `M${x} ${y}L${x - 8 * Math.cos(angle + turn)} ${y - 8 * Math.sin(angle + turn)}`;
  const curve = loop ? `M${a.x - 6} ${a.y - 6}C${a.x - 40} ${a.y - 60} ${a.x + 40} ${a.y - 60} ${x} ${y}` : `M${a.x} ${a.y}Q${cx} ${cy} ${x} ${y}`;
  const name = shorten(line.name, 26);
  const along = t => [(1 - t) ** 2 * a.x + 2 * t * (1 - t) * cx + t * t * b.x, (1 - t) ** 2 * a.y + 2 * t * (1 - t) * cy + t * t * b.y];
  const place = [0.5, 0.38, 0.62, 0.28, 0.72].map(along).find(([left, top]) => isFree(taken, left, top, name));
  const [left, top] = place || along(0.5);
  const label = make("svg:text", { x: left, y: top + 3 }, name);
  if (!place) label.setAttribute("class", "quiet");
  return make("svg:g", { class: "edge" }, make("svg:path", { d: curve + barb(0.45) + barb(-0.45) }), make("svg:path", { d: curve, class: "hit" }), label);
}
