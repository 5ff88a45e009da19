// Switches measure and edition, draws the intervals of the one chosen, and searches. All values come from the tables of the
// page; without this script all editions stand below each other, with the intervals of the place.
(function () {
  "use strict";

  var root = document.getElementById("_root");
  if (!root) return;
  document.documentElement.classList.add("scripted");
  var texts = JSON.parse(root.dataset.texts);
  var byId = function (id) { return document.getElementById(id); };
  var measures = ["score", "reply_share", "reach_per_message", "response_hours"];
  var comma = texts.language === "nl";
  var sections = Array.from(root.querySelectorAll("section.edition")).map(function (section) {
    var table = section.querySelector("table");
    return {
      section: section, table: table, scales: JSON.parse(section.dataset.scales), drawn: "score", open: false,
      rows: Array.from(table.querySelectorAll("tr[data-t]")).map(function (row) {
        var picture = row.cells[1].querySelector("svg");
        return { row: row, cell: row.cells[1], places: picture, why: picture ? null : row.cells[1].textContent, name: plain(row.cells[0].textContent) };
      }),
      mark: table.querySelector("tr.group .badge")
    };
  });
  var state = { measure: "score", edition: 0, words: [] };

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (whole, key) { return key in values ? values[key] : whole; });
  }
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();
  }
  function readNumbers(text) {
    return (text.match(/−?[\d.,]*\d/g) || []).map(function (number) {
      var bare = comma ? number.replace(/\./g, "").replace(",", ".") : number.replace(/,/g, "");
      return Number(bare.replace("−", "-"));
    });
  }
  function count(number) {
    return number === 1 ? texts.counted_one : fill(texts.counted, { count: number.toLocaleString(comma ? "nl" : "en") });
  }
  function shareOf(value, scale) {
    var to = scale.log ? function (x) { return Math.log(Math.max(x, 1e-9)); } : function (x) { return x; };
    return Math.min(1, Math.max(0, (to(value) - to(scale.low)) / (to(scale.high) - to(scale.low))));
  }

  // ---- drawing -----------------------------------------------------------------------------------------------

  function draw(numbers, scale) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 1000 10");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    var at = numbers.map(function (number) { return Math.round(1000 * shareOf(number, scale)); });
    var middle = Math.round(1000 * shareOf(scale.middle, scale));
    [["middle", "M" + middle + " 0V10"], ["", at.length > 1 ? "M" + at[1] + " 5H" + at[2] : ""], ["", "M" + at[0] + " 5h0"]].forEach(function (part) {
      var path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      if (part[0]) path.setAttribute("class", part[0]);
      path.setAttribute("d", part[1]);
      svg.append(path);
    });
    return svg;
  }

  function placeAxis(part, scale) {
    var axis = part.table.querySelector(".axis");
    axis.classList.add("placed");
    axis.replaceChildren.apply(axis, scale.ticks.map(function (tick, turn) {
      var label = document.createElement("i"), share = shareOf(tick[0], scale);
      label.textContent = tick[1];
      label.style.left = 100 * share + "%";
      if (share < 0.04) label.className = "start";
      if (share > 0.96) label.className = "end";
      if (turn % 2 && scale.ticks.length > 4) label.classList.add("minor");
      return label;
    }));
  }

  function head(part, group, words, size) {
    var row = document.createElement("tr"), cell = document.createElement("th"), name = document.createElement("span"), small = document.createElement("small");
    row.className = "group";
    cell.colSpan = 6;
    cell.scope = "rowgroup";
    if (group && state.measure === "score") {
      var chip = document.createElement("b");
      chip.className = "chip t" + (6 - group);
      chip.setAttribute("aria-hidden", "true");
      chip.textContent = 6 - group;
      cell.append(chip);
    }
    name.className = "words";
    name.textContent = words;
    small.textContent = count(size);
    cell.append(name, " ", small);
    if (part.mark) cell.append(part.mark.cloneNode(true));
    if (!group) {
      var button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", function () { part.open = !part.open; search(); });
      cell.append(button);
    }
    row.append(cell);
    return row;
  }

  // Sorts the rows of an edition into the groups of the measure, each in the order of its values.
  function arrange(part) {
    var place = measures.indexOf(state.measure), scale = part.scales[state.measure];
    Array.from(part.table.tBodies).forEach(function (body) { body.remove(); });
    part.table.dataset.measure = state.measure;
    placeAxis(part, scale);
    Array.from(part.table.querySelectorAll("thead th")).forEach(function (cell, column) { cell.classList.toggle("chosen", column === place + 2); });
    part.rows.forEach(function (entry) {
      var numbers = readNumbers(entry.row.cells[place + 2].textContent);
      entry.key = state.measure === "score" ? Number(entry.row.dataset.r || 0) : numbers[0];
      entry.group = Number(entry.row.dataset.t[place]);
      if (part.drawn !== state.measure) {
        var picture = state.measure === "score" ? entry.places : entry.group ? draw(numbers, scale) : null;
        if (picture) entry.cell.replaceChildren(picture);
        else entry.cell.textContent = entry.why && (state.measure === "score" || entry.key === undefined) ? entry.why : "";
      }
      Array.from(entry.row.cells).forEach(function (cell, column) { cell.classList.toggle("chosen", column === place + 2); });
    });
    part.drawn = state.measure;
    var falling = state.measure === "reply_share" || state.measure === "reach_per_message" ? -1 : 1;
    texts.groups[state.measure].forEach(function (group) {
      var own = part.rows.filter(function (entry) { return entry.group === group[0]; });
      if (!own.length) return;
      if (group[0]) own = own.map(function (entry, turn) { return [entry, turn]; })
        .sort(function (a, b) { return falling * (a[0].key - b[0].key) || a[1] - b[1]; })
        .map(function (pair) { return pair[0]; });
      var body = document.createElement("tbody");
      body.dataset.group = group[0];
      body.append(head(part, group[0], group[1], own.length));
      body.append.apply(body, own.map(function (entry) { return entry.row; }));
      part.table.append(body);
    });
  }

  // ---- search ------------------------------------------------------------------------------------------------

  var find = byId("_find"), found = byId("_found");
  function search() {
    var words = plain(find.value).split(/\s+/).filter(Boolean), part = sections[state.edition], hits = 0;
    part.rows.forEach(function (entry) {
      var fits = words.every(function (word) { return entry.name.includes(word); });
      if (fits) hits += 1;
      entry.row.hidden = words.length ? !fits : !entry.group && !part.open;
    });
    Array.from(part.table.tBodies).forEach(function (body) {
      var button = body.querySelector("tr.group button");
      if (button) {
        button.hidden = Boolean(words.length);
        button.textContent = part.open ? texts.hide : texts.show;
        button.setAttribute("aria-expanded", part.open);
      }
      body.hidden = Boolean(words.length) && !body.querySelector("tr[data-t]:not([hidden])");
    });
    found.textContent = !words.length ? "" : hits ? fill(texts.found, { count: hits }) : texts.search_none;
  }
  find.addEventListener("input", search);

  function show() {
    sections.forEach(function (part, place) { part.section.hidden = place !== state.edition; });
    var part = sections[state.edition];
    byId("_meaning").textContent = fill(texts.meanings[state.measure], { middle: part.scales[state.measure].told });
    part.section.querySelector(".overview").hidden = state.measure !== "score";
    arrange(part);
    search();
  }
  document.querySelectorAll("[name=measure], [name=edition]").forEach(function (input) {
    input.addEventListener("change", function () {
      if (input.name === "measure") state.measure = input.value;
      else state.edition = Number(input.value) - 1;
      show();
    });
  });
  var chosen = document.querySelector("[name=edition]:checked");
  if (chosen) state.edition = Number(chosen.value) - 1;
  byId("_controls").hidden = false;
  show();
})();
