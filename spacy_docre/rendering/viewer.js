// Draws the documents of each element with the class "docre" from the JSON in it.
const PAGE = 50;
const SOURCES = { annotated: "annotated", predicted: "predicted", closest: "closest mentions" };

function start(root) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const settings = JSON.parse(part("settings").textContent);
  const sources = [...root.querySelectorAll('[data-part="document"]')];
  const choice = part("documents");
  let doc, shown, entityTriples, pieces, sentences, rows, edges, nodes, lit = [], pinned = null;
  let page = 0, sorting = { key: "score", down: true };

  // A document.
  const open = index => {
    doc = JSON.parse(sources[index].textContent);
    entityTriples = doc.entities.map(() => []);
    doc.triples.forEach((triple, i) => new Set(triple.entities).forEach(e => entityTriples[e].push(i)));
    doc.triples.forEach(t => {
      t.sought = [t.label, t.name, ...t.entities.map(e => doc.entities[e].text)].join("\n").toLowerCase();
    });
    pinned = null;
    choice.selectedIndex = index;
    part("previous").disabled = index === 0;
    part("next").disabled = index === sources.length - 1;
    part("count").textContent = `${plural(doc.triples.length, "triple")} · ${plural(doc.entities.length, "entity").replace(/ys$/, "ies")}`;
    part("title").textContent = doc.id || "Relations";
    const labels = new Map();
    doc.triples.forEach(t => labels.set(t.label, { name: t.name, count: (labels.get(t.label)?.count || 0) + 1 }));
    const options = [...labels].sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1));
    part("label").replaceChildren(make("option", { value: "" }, "all relations"),
      ...options.map(([label, { name, count }]) => make("option", { value: `=${label}` }, `${shorten(name, 40)} (${count})`)));
    drawText();
    filter();
  };
  const hue = entity => (210 + entity * 137.508) % 360;
  const paint = (element, entity) => {
    element.style.setProperty("--h", hue(entity));
    const color = settings.colors[doc.entities[entity].type];
    if (settings.by_type && color) {
      element.style.setProperty("--c", color);
      element.style.setProperty("--on", "#16181d");
    }
    return element;
  };

  // The text.
  const drawText = () => {
    pieces = doc.entities.map(() => []);
    sentences = [];
    const content = doc.pieces.map(([text, sentence, entities, ends], i) => {
      const element = make("span", {}, text);
      const inner = entities.at(-1);
      if (inner !== undefined) {
        const entity = doc.entities[inner];
        const innerOf = piece => piece?.[2].at(-1);
        element.className = "m";
        if (innerOf(doc.pieces[i - 1]) !== inner) element.classList.add("first");
        if (innerOf(doc.pieces[i + 1]) !== inner) element.classList.add("last");
        if (!entityTriples[inner].length) element.classList.add("idle");
        if (entities.length > 1) {
          element.classList.add("inner");
          element.style.setProperty("--outer", hue(entities.at(-2)));
        }
        element.setAttribute("role", "button");
        element.tabIndex = -1;
        element.title = [entity.text, entity.type, entity.kb].filter(Boolean).join(" · ");
        element.dataset.entity = inner;
        paint(element, inner);
        const kinds = ends.filter(e => e === inner && entityTriples[e].length && doc.entities[e].type);
        kinds.forEach(e => element.append(make("span", { class: "kind", "aria-hidden": "true" }, doc.entities[e].type)));
      }
      entities.forEach(e => pieces[e].push(element));
      if (sentence >= 0) (sentences[sentence] ||= []).push(element);
      return element;
    });
    part("text").replaceChildren(...content);
    part("text").scrollTop = 0;
    const first = part("text").querySelector(".m");
    if (first) first.tabIndex = 0;
  };

  // The table.
  const KEYS = {
    score: t => t.score ?? 2, relation: t => t.name.toLowerCase(),
    head: t => doc.entities[t.entities[0]].text.toLowerCase(),
    tail: t => doc.entities[t.entities[1]].text.toLowerCase(), evidence: t => t.evidence.length,
  };
  const filter = () => {
    const least = Number(part("least").value), label = part("label").value, sought = part("search").value.trim().toLowerCase();
    part("threshold").textContent = least.toFixed(2);
    const only = pinned?.kind === "entity" ? new Set(entityTriples[pinned.index]) : null;
    const key = KEYS[sorting.key], sign = sorting.down ? -1 : 1;
    const keys = doc.triples.map(key);
    shown = [...doc.triples.keys()].filter(i => {
      const t = doc.triples[i];
      return (t.score ?? 1) >= least && (!label || label === `=${t.label}`) && t.sought.includes(sought) && (!only || only.has(i));
    }).sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b));
    page = 0;
    part("only").hidden = !only;
    if (only) part("only").textContent = `${shorten(doc.entities[pinned.index].text, 24)} ✕`;
    drawTable();
    drawGraph();
    light(pinned);
  };
  const named = e => make("span", {}, paint(make("span", { class: "dot" }), e), make("bdi", {}, doc.entities[e].text));
  const drawTable = () => {
    rows = new Map();
    for (const header of root.querySelectorAll("th")) {
      if (header.dataset.key === sorting.key) header.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    }
    part("rows").replaceChildren(...shown.slice(page * PAGE, (page + 1) * PAGE).map(i => {
      const t = doc.triples[i];
      const score = make("td", { class: "score" }, t.score === null ? "–" : t.score.toFixed(2));
      const meter = make("span", { class: "meter", "aria-hidden": "true" });
      meter.style.setProperty("--score", t.score ?? 0);
      score.prepend(meter);
      const binary = t.entities.length === 2;
      const tails = make("td");
      t.entities.slice(1).forEach((e, k) => tails.append(make("div", {},
        ...(binary ? [] : [make("span", { class: "role" }, `${t.roles[k + 1]} `)]), named(e))));
      const button = make("button", { type: "button", "aria-pressed": "false", tabindex: rows.size ? -1 : 0 }, make("bdi", {}, t.name));
      const relation = make("td", {}, button);
      if (plain(t.name) !== plain(t.label)) relation.append(make("bdi", { class: "code" }, t.label));
      const head = make("td", {}, ...(binary ? [] : [make("span", { class: "role" }, `${t.roles[0]} `)]), named(t.entities[0]));
      const proof = make("td", { class: "proof" }, t.evidence.length ? String(t.evidence.length) : "–");
      if (t.evidence.length && t.from) proof.title = `${plural(t.evidence.length, "sentence")} (${SOURCES[t.from] || t.from})`;
      const row = make("tr", { "data-triple": i }, score, head, relation, tails, proof);
      rows.set(i, row);
      return row;
    }));
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    part("found").textContent = shown.length === doc.triples.length
      ? plural(shown.length, "triple") : `${shown.length.toLocaleString("en")} of ${plural(doc.triples.length, "triple")}`;
    part("pages").hidden = pages === 1;
    part("page").textContent = `${page + 1} / ${pages}`;
    part("back").disabled = page === 0;
    part("forth").disabled = page === pages - 1;
    part("empty").textContent = doc.triples.length ? (shown.length ? "" : "No triple is like that.") : "No relations were found in this document.";
    part("rows").parentElement.parentElement.scrollTop = 0;
  };

  // The graph: the best of what the table has.
  const drawGraph = () => {
    const drawn = best(doc.triples, shown);
    part("capped").textContent = drawn.length < shown.length
      ? `${drawn.length.toLocaleString("en")} of ${plural(shown.length, "triple")}, those with the highest scores` : "";
    const { groups, edgesOf, nodesOf } = drawNetwork(part("graph"), doc, drawn, paint);
    [edges, nodes] = [edgesOf, nodesOf];
    part("graph").replaceChildren(...groups);
    part("graph").setAttribute("aria-label", `Graph of ${plural(drawn.length, "triple")}. The table lists the same.`);
  };

  // What is lit.
  const light = target => {
    lit.forEach(element => element.classList.remove("lit", "evidence", "pinned"));
    root.querySelectorAll('[aria-pressed="true"]').forEach(b => b.setAttribute("aria-pressed", "false"));
    lit = [];
    const add = (elements, name) => (elements || []).forEach(e => { e.classList.add(name); lit.push(e); });
    const triple = i => {
      add(rows.has(i) ? [rows.get(i)] : [], "lit");
      add(edges.get(i), "lit");
      doc.triples[i].entities.forEach(e => add(nodes.has(e) ? [nodes.get(e)] : [], "lit"));
    };
    root.classList.toggle("pointing", Boolean(target));
    const about = part("about");
    if (!target) {
      about.replaceChildren(make("p", { class: "hint" }, "Point at a triple to see its mentions and evidence, or at a mention to see its triples. Click or press Enter to keep it, Escape to let go."));
      return;
    }
    if (target.kind === "triple") {
      const t = doc.triples[target.index];
      triple(target.index);
      t.entities.forEach(e => add(pieces[e], "lit"));
      t.evidence.forEach(s => add(sentences[s], "evidence"));
      const who = t.evidence.length ? `evidence: ${plural(t.evidence.length, "sentence")} (${SOURCES[t.from] || t.from || "unknown"})` : "no evidence";
      const text = t.entities.length === 2
        ? [doc.entities[t.entities[0]].text, t.name, doc.entities[t.entities[1]].text].join(" — ")
        : `${t.name}: ${t.entities.map((e, k) => `${t.roles[k]} ${doc.entities[e].text}`).join(", ")}`;
      about.replaceChildren(make("p", { dir: "auto" }, text),
        make("p", { dir: "auto" }, [t.about, t.score === null ? "" : `score ${t.score.toFixed(2)}`, who].filter(Boolean).join(" · ")));
    } else {
      const entity = doc.entities[target.index];
      add(pieces[target.index], "lit");
      entityTriples[target.index].forEach(triple);
      add(nodes.has(target.index) ? [nodes.get(target.index)] : [], "lit");
      about.replaceChildren(make("p", { dir: "auto" }, [entity.text, entity.type, entity.kb].filter(Boolean).join(" · ")),
        make("p", {}, `${plural(entity.mentions, "mention")} · ${plural(entityTriples[target.index].length, "triple")}`));
    }
    if (pinned && pinned.kind === target.kind && pinned.index === target.index) {
      const held = pinned.kind === "triple" ? [rows.get(pinned.index)].filter(Boolean) : [];
      add(held, "pinned");
      held.forEach(row => row.querySelector("button").setAttribute("aria-pressed", "true"));
      if (pinned.kind === "entity") pieces[pinned.index].forEach(p => p.hasAttribute("role") && p.setAttribute("aria-pressed", "true"));
    }
  };
  const reveal = target => {
    if (!target) return;
    const t = target.kind === "triple" ? doc.triples[target.index] : null;
    const wanted = t ? [...t.evidence.flatMap(s => sentences[s]?.[0] || []), ...t.entities.flatMap(e => pieces[e][0] || [])] : pieces[target.index];
    const box = part("text"), top = box.getBoundingClientRect().top, inside = e => {
      const y = e.getBoundingClientRect().top - top;
      return y >= 0 && y < box.clientHeight - 30;
    };
    if (!wanted.length || inside(wanted[0])) return;
    const way = wanted[0].getBoundingClientRect().top - top - box.clientHeight / 4;
    const still = Math.abs(way) > 2 * box.clientHeight || matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollTo({ top: box.scrollTop + way, behavior: still ? "instant" : "smooth" });
  };
  const targetOf = element => {
    const found = element.closest?.("[data-triple], [data-entity]");
    if (!found || !root.contains(found)) return null;
    return found.dataset.triple !== undefined
      ? { kind: "triple", index: Number(found.dataset.triple) } : { kind: "entity", index: Number(found.dataset.entity) };
  };
  const pin = target => {
    const again = target && pinned && target.kind === pinned.kind && target.index === pinned.index;
    const entities = [pinned, again ? null : target].some(each => each?.kind === "entity");
    pinned = again ? null : target;
    if (entities) filter(); else light(pinned);
    reveal(pinned);
  };

  // Mouse and keys.
  const point = event => {
    const target = targetOf(event.target);
    light(target || pinned);
    if (target && !event.target.closest('[data-part="text"]')) reveal(target);
  };
  root.addEventListener("mouseover", point);
  root.addEventListener("mouseleave", () => light(pinned));
  root.addEventListener("focusin", event => event.target.matches(":focus-visible") && point(event));
  root.addEventListener("click", event => {
    const target = targetOf(event.target);
    if (target) pin(target);
  });
  root.addEventListener("keydown", event => {
    const { key, target } = event;
    if (key === "Escape") { pin(null); return; }
    const inText = target.matches(".m"), inRows = target.matches("tbody button");
    if (inText && (key === "Enter" || key === " ")) { event.preventDefault(); pin(targetOf(target)); return; }
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key];
    if (!step || !(inText || inRows)) return;
    const all = [...(inText ? part("text").querySelectorAll(".m") : part("rows").querySelectorAll("button"))];
    const next = all[all.indexOf(target) + step];
    event.preventDefault();
    if (next) { target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  });
  for (const button of root.querySelectorAll("th button")) {
    button.addEventListener("click", () => {
      const { key } = button.parentElement.dataset;
      sorting = { key, down: sorting.key === key ? !sorting.down : key === "score" || key === "evidence" };
      filter();
    });
  }
  const turn = by => { page += by; drawTable(); light(pinned); };
  part("back").addEventListener("click", () => turn(-1));
  part("forth").addEventListener("click", () => turn(1));
  part("only").addEventListener("click", () => { pin(null); part("search").focus(); });
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); };
  for (const name of ["least", "search", "label"]) part(name).addEventListener("input", soon);
  // Stretched to a room of another size, names would be too small to read.
  let resizing;
  const redraw = () => { if (doc) { drawGraph(); light(pinned); } };
  new ResizeObserver(() => { clearTimeout(resizing); resizing = setTimeout(redraw, 150); }).observe(part("graph").parentElement);
  choice.addEventListener("change", () => open(choice.selectedIndex));
  part("previous").addEventListener("click", () => open(choice.selectedIndex - 1));
  part("next").addEventListener("click", () => open(choice.selectedIndex + 1));

  choice.replaceChildren(...sources.map((source, i) => make("option", {}, `${shorten(source.dataset.title || `Document ${i + 1}`, 60)} (${source.dataset.count})`)));
  part("choice").hidden = sources.length < 2;
  part("least").value = settings.threshold;
  if (sources.length) open(0);
}

for (const root of document.querySelectorAll(".docre:not([data-ready])")) {
  root.dataset.ready = "";
  start(root);
}
