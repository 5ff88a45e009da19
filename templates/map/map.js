// Turns the picture into a map to walk over: hover, focus and tap, arrow keys, search, measures and editions.
// All values come from the table of the page; without this script the picture and the table are still there.
(function () {
  "use strict";

  var root = document.getElementById("_root");
  var table = document.getElementById("_table");
  if (!root || !table) return;
  var texts = JSON.parse(root.dataset.texts);
  var legends = JSON.parse(root.dataset.legends);
  var byId = function (id) { return document.getElementById(id); };
  var measures = ["score", "reply_share", "reach_per_message", "response_hours"];
  var frame = byId("_map");
  var svg = frame.querySelector("svg");
  var details = byId("_details");
  var comma = texts.language === "nl";

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, key) { return key in values ? values[key] : whole; });
  }

  // "1.234,5 (1.200,0–1.300,0)" as numbers: the value and the ends of its interval.
  function readNumbers(text) {
    return (text.match(/−?[\d.,]*\d/g) || []).map(function (number) {
      var plain = comma ? number.replace(/\./g, "").replace(",", ".") : number.replace(/,/g, "");
      return Number(plain.replace("−", "-"));
    });
  }

  // In words, so that a screen reader reads an interval and no difference.
  function spellInterval(text) {
    return text.replace(/\(([^–)]+)–([^)]+)\)/, function (whole, low, high) { return "(" + fill(texts.interval, { low: low, high: high }) + ")"; });
  }

  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();
  }

  // ---- what the table holds ----------------------------------------------------------------------------------

  var editions = {};
  Array.from(table.tBodies).forEach(function (body) {
    var edition = editions[body.dataset.edition] = { body: body, rows: new Map(), spans: {} };
    Array.from(body.rows).forEach(function (row) {
      if (row.dataset.o) edition.rows.set(row.dataset.o, row);
    });
  });

  function valueOf(row, place) { return row.cells[3 + place].textContent.trim(); }
  function nameOf(row) { return row.cells[0].textContent.trim(); }

  // From the smallest to the largest value of an edition, and its middle; long tails on a logarithmic scale.
  function spanOf(edition, place) {
    var known = editions[edition].spans;
    if (!known[place]) {
      var numbers = [];
      editions[edition].rows.forEach(function (row) {
        var value = readNumbers(valueOf(row, place))[0];
        if (value !== undefined) numbers.push(value);
      });
      numbers.sort(function (a, b) { return a - b; });
      var long = place >= 2 && numbers[0] > 0;
      known[place] = { low: numbers[0], high: numbers[numbers.length - 1], long: long, median: numbers[Math.floor(numbers.length / 2)] };
    }
    return known[place];
  }

  function shareOf(value, span) {
    var scale = span.long ? Math.log : function (x) { return x; };
    var share = (scale(Math.max(value, span.long ? span.low : -Infinity)) - scale(span.low)) / ((scale(span.high) - scale(span.low)) || 1);
    return 100 * Math.min(1, Math.max(0, share));
  }

  // ---- the cells ---------------------------------------------------------------------------------------------

  var cells = Array.from(svg.querySelectorAll(".cells > g")).map(function (group) {
    var moved = group.transform.baseVal.numberOfItems ? group.transform.baseVal.getItem(0).matrix : null;
    var text = group.querySelector("text");
    return {
      id: group.id, group: group, text: text,
      x: moved ? moved.e : text.x.baseVal.getItem(0).value,
      y: moved ? moved.f : text.y.baseVal.getItem(0).value
    };
  });
  var cellOf = new Map(cells.map(function (cell) { return [cell.id, cell]; }));
  var rings = [0, 1].map(function () {
    var ring = document.createElementNS("http://www.w3.org/2000/svg", "path");
    ring.setAttribute("class", "ring");
    ring.setAttribute("aria-hidden", "true");
    svg.appendChild(ring);
    return ring;
  });
  var hexagon = svg.querySelector("defs path").getAttribute("d");

  var state = { measure: "score", edition: document.querySelector("[name=edition]:checked").value, chosen: null, goal: null };
  var rowOf = function (id) { return editions[state.edition].rows.get(id); };

  function describe(id) {
    var row = rowOf(id);
    var parts = [nameOf(row)];
    var order = [measures.indexOf(state.measure)].concat([0, 1, 2, 3].filter(function (k) { return measures[k] !== state.measure; }));
    order.forEach(function (place, turn) {
      var tier = row.dataset.t[place];
      var unit = texts[measures[place] + "_unit"];
      var text = spellInterval(valueOf(row, place));
      if (valueOf(row, place) === "–") text = texts.no_value;
      else if (unit) text += " " + unit;
      parts.push(texts[measures[place]] + " " + text + (turn ? "" : ", " + (tier === "0" ? texts.no_group : fill(texts.group_of, { tier: tier }))));
    });
    return parts.join(". ") + ".";
  }

  function paint() {
    var place = measures.indexOf(state.measure);
    var here = editions[state.edition].rows;
    cells.forEach(function (cell) {
      var row = here.get(cell.id);
      var tier = row ? row.dataset.t[place] : "x";
      cell.group.setAttribute("class", "t" + tier);
      cell.text.textContent = tier === "0" ? "–" : tier === "x" ? "" : tier;
      if (row) {
        cell.group.setAttribute("role", "option");
        cell.group.removeAttribute("aria-hidden");
        cell.group.setAttribute("aria-label", nameOf(row) + ", " + (tier === "0" ? texts.no_group : fill(texts.group_of, { tier: tier })));
      } else {
        ["role", "aria-label", "tabindex"].forEach(function (name) { cell.group.removeAttribute(name); });
        cell.group.setAttribute("aria-hidden", "true");
      }
    });
    Object.keys(editions).forEach(function (name) { editions[name].body.hidden = name !== state.edition; });
    byId("_meaning").textContent = texts[state.measure + "_meaning"];
    byId("_absent").textContent = texts.absent[state.edition];
    byId("_legend").querySelectorAll(".words").forEach(function (words, turn) {
      words.textContent = legends[state.edition][state.measure][turn];
    });
    fillNames();
    var kept = state.chosen && here.has(state.chosen) ? state.chosen : null;
    state.chosen = null;
    rings.forEach(function (ring) { ring.removeAttribute("d"); });
    if (kept) choose(kept); else { rove(cells.find(function (cell) { return here.has(cell.id); })); show(null); }
    searchTable();
  }

  // One cell of the map is in the order of the Tab key; the arrow keys move that place.
  var roving = null;
  function rove(cell) {
    if (roving) roving.group.setAttribute("tabindex", "-1");
    roving = cell || null;
    if (!roving) return;
    roving.group.setAttribute("tabindex", "0");
    roving.group.setAttribute("aria-label", describe(roving.id));
  }

  function mark(id) {
    var cell = id && cellOf.get(id);
    rings.forEach(function (ring) {
      if (!cell) return ring.removeAttribute("d");
      var own = cell.group.querySelector("path");
      ring.setAttribute("d", own ? own.getAttribute("d") : hexagon);
      if (own) ring.removeAttribute("transform"); else ring.setAttribute("transform", "translate(" + cell.x + " " + cell.y + ")");
    });
  }

  function choose(id) {
    if (state.chosen) {
      var before = cellOf.get(state.chosen), old = rowOf(state.chosen);
      if (before) before.group.removeAttribute("aria-selected");
      if (old) old.classList.remove("chosen");
    }
    state.chosen = id;
    var cell = cellOf.get(id);
    rowOf(id).classList.add("chosen");
    if (cell) {
      rove(cell);
      cell.group.setAttribute("aria-selected", "true");
    }
    show(id);
  }

  function show(id) {
    mark(id);
    var row = id && rowOf(id);
    var list = byId("_details-list");
    list.textContent = "";
    byId("_details-median").hidden = !row;
    byId("_details-note").hidden = !row || !row.cells[7].textContent.trim();
    var link = row && row.cells[0].querySelector("a");
    byId("_details-card").hidden = !link;
    if (!row) {
      byId("_details-name").textContent = details.dataset.empty;
      byId("_details-where").textContent = texts.details_empty;
      return;
    }
    if (link) byId("_details-card").firstChild.href = link.getAttribute("href");
    var sizes = ["below_20000", "20000_to_50000", "above_50000"];
    var where = [texts[row.cells[1].textContent.trim()], state.edition];
    if (row.dataset.p) where.splice(1, 0, fill(texts.inhabitants, { count: Number(row.dataset.p).toLocaleString(comma ? "nl" : "en") }));
    else if (row.dataset.s) where.splice(1, 0, texts[sizes[row.dataset.s - 1]]);
    byId("_details-name").textContent = nameOf(row);
    byId("_details-where").textContent = where.join(" · ");
    byId("_details-note").textContent = row.cells[7].textContent.trim();
    measures.forEach(function (measure, place) {
      var text = valueOf(row, place);
      var numbers = readNumbers(text);
      var entry = document.createElement("div");
      if (measure === state.measure) entry.className = "chosen";
      var term = document.createElement("dt");
      term.textContent = texts[measure];
      var value = document.createElement("dd");
      var strong = document.createElement("strong");
      var parts = text.split(" (");
      var unit = texts[measure + "_unit"];
      strong.textContent = text === "–" ? texts.no_value : parts[0] + (unit === "%" ? "%" : unit ? " " + unit : "");
      value.append(strong);
      if (parts[1]) value.append(spellInterval(" (" + parts[1]));
      entry.append(term, value);
      if (numbers.length) {
        var span = spanOf(state.edition, place);
        var scale = document.createElement("dd");
        scale.className = "scale";
        scale.setAttribute("aria-hidden", "true");
        var drawn = { median: [span.median], dot: [numbers[0]] };
        if (numbers.length === 3) drawn = { range: [numbers[1], numbers[2]], median: drawn.median, dot: drawn.dot };
        Object.keys(drawn).forEach(function (kind) {
          var piece = document.createElement("i");
          piece.className = kind;
          piece.style.left = shareOf(drawn[kind][0], span) + "%";
          if (kind === "range") piece.style.width = shareOf(drawn[kind][1], span) - shareOf(drawn[kind][0], span) + "%";
          scale.append(piece);
        });
        entry.append(scale);
      }
      list.append(entry);
    });
  }

  // ---- pointer and keys --------------------------------------------------------------------------------------

  function cellUnder(event) {
    var group = event.target.closest && event.target.closest(".cells > g");
    return group && editions[state.edition].rows.has(group.id) ? cellOf.get(group.id) : null;
  }

  svg.addEventListener("pointerover", function (event) {
    if (event.pointerType === "touch") return;
    var cell = cellUnder(event);
    if (cell) show(cell.id);
  });
  svg.addEventListener("pointerleave", function () { show(state.chosen); });
  svg.addEventListener("click", function (event) {
    var cell = cellUnder(event);
    if (!cell) return;
    state.goal = null;
    choose(cell.id);
    cell.group.focus({ preventScroll: true });
  });
  svg.addEventListener("focusin", function (event) {
    var cell = cellUnder(event);
    if (cell && state.chosen !== cell.id) choose(cell.id);
  });

  // The nearest municipality in a direction. Going up or down remembers the column that it started from.
  function findBeside(cell, key) {
    var across = key === "ArrowLeft" || key === "ArrowRight";
    var sign = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
    var goal = across ? cell.y : state.goal === null ? cell.x : state.goal;
    if (!across) state.goal = goal; else state.goal = null;
    var best = null, least = Infinity;
    cells.forEach(function (other) {
      if (other === cell || !editions[state.edition].rows.has(other.id)) return;
      var along = sign * (across ? other.x - cell.x : other.y - cell.y);
      var off = Math.abs(across ? other.y - cell.y : other.x - goal);
      var beside = Math.abs(across ? other.y - cell.y : other.x - cell.x);
      if (along <= 0.5 || beside > 1.3 * along) return;
      var cost = along + 2.5 * off;
      if (cost < least - 1e-6) { least = cost; best = other; }
    });
    return best;
  }

  svg.addEventListener("keydown", function (event) {
    var cell = cellUnder(event);
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    var next = null;
    if (/^Arrow(Left|Right|Up|Down)$/.test(event.key)) next = findBeside(cell, event.key);
    else if (event.key === "Home" || event.key === "End") {
      state.goal = null;
      next = cells.filter(function (other) { return Math.abs(other.y - cell.y) < 5 && editions[state.edition].rows.has(other.id); })
        .reduce(function (a, b) { return (event.key === "Home") === (b.x < a.x) ? b : a; });
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return choose(cell.id);
    } else return;
    event.preventDefault();
    if (next && next !== cell) reach(next);
  });

  function reach(cell) {
    choose(cell.id);
    cell.group.focus({ preventScroll: true });
    cell.group.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // ---- search ------------------------------------------------------------------------------------------------

  var find = byId("_find"), found = byId("_found"), known = [];
  function fillNames() {
    var rows = Array.from(editions[state.edition].rows);
    var counts = {};
    rows.forEach(function (entry) { var name = nameOf(entry[1]); counts[name] = (counts[name] || 0) + 1; });
    known = rows.map(function (entry) {
      var name = nameOf(entry[1]);
      if (counts[name] > 1) name += " (" + entry[1].cells[1].textContent.trim() + ")";
      return { id: entry[0], name: name, plain: plain(name) };
    });
    byId("_names").replaceChildren.apply(byId("_names"), known.map(function (entry) {
      var option = document.createElement("option");
      option.value = entry.name;
      return option;
    }));
  }

  function match() {
    var word = plain(find.value);
    if (!word) return [];
    var rank = function (entry) {
      var place = entry.plain.indexOf(word);
      return entry.plain === word ? 0 : place === 0 ? 1 : /[\s'-]/.test(entry.plain[place - 1] || "") ? 2 : 3;
    };
    return known.filter(function (entry) { return entry.plain.includes(word); })
      .sort(function (a, b) { return rank(a) - rank(b) || a.name.localeCompare(b.name, texts.language); });
  }

  function searchMap(go) {
    var hits = match();
    if (!find.value.trim()) { found.textContent = ""; return; }
    if (!hits.length) { found.textContent = texts.search_none; return; }
    var exact = plain(hits[0].name) === plain(find.value);
    found.textContent = fill(hits.length === 1 || exact ? texts.search_one : texts.search_some, { count: hits.length, name: hits[0].name });
    if (!go && !exact && hits.length > 1) return;
    var cell = cellOf.get(hits[0].id);
    choose(hits[0].id);
    if (cell) cell.group.scrollIntoView({ block: "nearest", inline: "center" });
    if (!go) return;
    found.textContent = "";
    if (!cell) return showRow(hits[0].id);
    reach(cell);
    // on a telephone the search stands above the map, and the details below it
    if (window.matchMedia("(max-width: 59.99rem)").matches) byId("_meaning").scrollIntoView({ block: "start", behavior: "instant" });
  }
  find.addEventListener("input", function () { searchMap(false); });
  find.addEventListener("keydown", function (event) { if (event.key === "Enter") searchMap(true); });

  function showRow(id) {
    var row = rowOf(id);
    row.hidden = false;
    row.scrollIntoView({ block: "center" });
  }

  // ---- the table ---------------------------------------------------------------------------------------------

  var tableFind = byId("_table-find");
  function searchTable() {
    var words = plain(tableFind.value).split(/\s+/).filter(Boolean), count = 0;
    editions[state.edition].rows.forEach(function (row) {
      var name = plain(nameOf(row) + " " + row.cells[1].textContent);
      row.hidden = !words.every(function (word) { return name.includes(word); });
      if (!row.hidden) count += 1;
    });
    byId("_table-count").textContent = fill(texts.table_count, { count: count });
  }
  tableFind.addEventListener("input", searchTable);

  Array.from(table.tHead.rows[0].cells).forEach(function (head, column, heads) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", function () {
      var falling = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      var numeric = column >= 2 && column <= 6;
      Object.keys(editions).forEach(function (name) {
        Array.from(editions[name].rows.values())
          .map(function (row, place) {
            var text = row.cells[column].textContent.trim();
            var number = numeric ? readNumbers(text)[0] : undefined;
            return { row: row, place: place, text: text, missing: numeric ? number === undefined : !text, key: number };
          })
          .sort(function (a, b) {
            if (a.missing !== b.missing) return a.missing ? 1 : -1;
            var order = numeric ? (a.key || 0) - (b.key || 0) : a.text.localeCompare(b.text, texts.language, { numeric: true });
            return (falling ? -order : order) || a.place - b.place;
          })
          .forEach(function (entry) { editions[name].body.append(entry.row); });
      });
    });
  });

  // ---- switches ----------------------------------------------------------------------------------------------

  document.querySelectorAll("[name=measure], [name=edition]").forEach(function (input) {
    input.addEventListener("change", function () {
      state[input.name] = input.value;
      paint();
    });
  });
  var zooms = Array.from(document.querySelectorAll("[data-zoom]")).filter(function (part) { return part.tagName === "BUTTON"; });
  function zoom(step) {
    var level = Math.min(3, Math.max(1, Number(frame.dataset.zoom || 1) + step));
    var cell = state.chosen && cellOf.get(state.chosen);
    var middle = [(frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth, (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight];
    frame.dataset.zoom = level;
    if (level > 1) { frame.tabIndex = -1; }
    if (cell) cell.group.scrollIntoView({ block: "center", inline: "center" });
    else frame.scrollTo(middle[0] * frame.scrollWidth - frame.clientWidth / 2, middle[1] * frame.scrollHeight - frame.clientHeight / 2);
    zooms.forEach(function (button) { button.disabled = level === (button.dataset.zoom === "1" ? 3 : 1); });
  }
  zooms.forEach(function (button) { button.addEventListener("click", function () { zoom(Number(button.dataset.zoom)); }); });

  // An address that ends in #code opens with that municipality, in the last edition that has it if the one shown has not.
  function openAddress() {
    var id = decodeURIComponent(location.hash.slice(1));
    if (!rowOf(id)) {
      var edition = Object.keys(editions).reverse().find(function (name) { return editions[name].rows.has(id); });
      if (!edition) return;
      document.querySelectorAll("[name=edition]").forEach(function (input) { input.checked = input.value === edition; });
      state.edition = edition;
      paint();
    }
    choose(id);
    if (!cellOf.get(id)) return showRow(id);
    // the whole map in sight, not the one cell that the browser goes to by itself
    requestAnimationFrame(function () { byId("_meaning").scrollIntoView({ block: "start", behavior: "instant" }); });
  }
  window.addEventListener("hashchange", openAddress);

  svg.setAttribute("role", "listbox");
  svg.setAttribute("aria-label", texts.map_label);
  svg.setAttribute("aria-describedby", "_keys");
  svg.setAttribute("aria-orientation", "horizontal");
  details.dataset.empty = byId("_details-name").textContent;
  [byId("_controls"), byId("_table-tools"), details, document.querySelector(".zoom")].forEach(function (part) { part.hidden = false; });
  paint();
  zoom(0);
  openAddress();
})();
