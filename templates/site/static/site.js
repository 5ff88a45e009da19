// Comforts only: without this script every page still says everything.
(function () {
  "use strict";

  function keyOf(cell) {
    if (!cell) return "";
    return cell.dataset.sort !== undefined ? cell.dataset.sort : cell.textContent.trim();
  }

  // Numbers by size, words by the alphabet, and what is missing at the end in either direction.
  function compare(first, second, direction) {
    if (first === second) return 0;
    if (first === "" || first === "–") return 1;
    if (second === "" || second === "–") return -1;
    var a = Number(first), b = Number(second);
    var order = isNaN(a) || isNaN(b) ? first.localeCompare(second, "en", { numeric: true, sensitivity: "base" }) : a - b;
    return order * direction;
  }

  function makeSortable(table) {
    var heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
    var body = table.tBodies[0];
    if (!body.rows.length || heads.length !== body.rows[0].cells.length) return;
    heads.forEach(function (head, column) {
      if (!head.textContent.trim()) return;
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        Array.from(body.rows)
          .map(function (row, place) { return { row: row, place: place, key: keyOf(row.cells[column]) }; })
          .sort(function (x, y) { return compare(x.key, y.key, falling ? -1 : 1) || x.place - y.place; })
          .forEach(function (entry) { body.appendChild(entry.row); });
      });
    });
  }

  function makeSearchable(table, number) {
    var rows = Array.from(table.tBodies[0].rows);
    var tools = document.createElement("div");
    tools.className = "table-tools";
    var label = document.createElement("label");
    label.htmlFor = "_search-" + number;
    label.textContent = "Search in this table";
    var field = document.createElement("input");
    field.type = "search";
    field.id = label.htmlFor;
    field.autocomplete = "off";
    var status = document.createElement("span");
    status.setAttribute("role", "status");
    tools.append(label, field, status);
    var scroll = table.closest(".table-scroll") || table;
    scroll.before(tools);
    function plain(text) {
      return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    }
    var texts = rows.map(function (row) { return plain(row.textContent); });
    function search() {
      var words = plain(field.value).split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (row, place) {
        var fits = words.every(function (word) { return texts[place].includes(word); });
        row.hidden = !fits;
        if (fits) shown += 1;
      });
      status.textContent = words.length ? shown + " of " + rows.length + " rows" : rows.length + " rows";
    }
    field.addEventListener("input", search);
    search();
  }

  document.querySelectorAll("table.data.long").forEach(function (table, number) {
    if (!table.tHead || !table.tBodies.length) return;
    makeSortable(table);
    makeSearchable(table, number + 1);
  });

  // What is wider than its place says so, and a figure that moves sideways can be reached with the keyboard.
  var words = {
    en: { table: "Scroll sideways for more columns →", figure: "Scroll sideways for all of the figure →" },
    nl: { table: "Schuif opzij voor meer kolommen →", figure: "Schuif opzij voor de hele figuur →" }
  };
  function tellOfMore(box) {
    var isFigure = box.classList.contains("figure-scroll");
    var said = (words[box.closest("[lang]").lang] || words.en)[isFigure ? "figure" : "table"];
    var caption = box.querySelector("caption:not(.unseen)");
    var hint = document.createElement(caption ? "span" : "p");
    hint.className = "scroll-hint";
    hint.textContent = said;
    // the region of a table has a name already
    hint.setAttribute("aria-hidden", "true");
    hint.hidden = true;
    if (caption) caption.append(hint); else box.before(hint);
    function look() {
      var moves = box.scrollWidth > box.clientWidth + 1;
      hint.hidden = !moves;
      box.classList.toggle("moves", moves);
      if (!isFigure) return;
      ["tabindex", "role", "aria-label"].forEach(function (name, place) {
        if (moves) box.setAttribute(name, ["0", "group", said.replace(" →", "")][place]); else box.removeAttribute(name);
      });
    }
    new ResizeObserver(look).observe(box);
    look();
  }
  document.querySelectorAll(".table-scroll, .figure-scroll").forEach(tellOfMore);

  // The front page finds a municipality: as its name is typed, links to it stand below the field.
  function findOwn(own) {
    var field = own.querySelector("input"), status = own.querySelector("[role=status]"), hits = own.querySelector(".hits"), most = 8;
    var plain = function (text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim(); };
    var known = Array.from(own.querySelectorAll(".everyone li")).map(function (item) {
      return { item: item, name: plain(item.querySelector("a").textContent), text: plain(item.textContent.replace(/\s+/g, " ")) };
    });
    function rank(entry, word) {
      var place = entry.name.indexOf(word);
      return entry.name === word ? 0 : place === 0 ? 1 : place > 0 && /[\s'-]/.test(entry.name[place - 1]) ? 2 : place > 0 ? 3 : 4;
    }
    function search() {
      var word = plain(field.value);
      var found = !word ? [] : known.filter(function (entry) { return entry.text.includes(word); })
        .map(function (entry, turn) { return { item: entry.item, rank: rank(entry, word), turn: turn }; })
        .sort(function (a, b) { return a.rank - b.rank || a.turn - b.turn; });
      var shown = found.slice(0, most);
      hits.replaceChildren.apply(hits, shown.map(function (entry) { return entry.item.cloneNode(true); }));
      var said = !found.length ? own.dataset.none : found.length > most ? own.dataset.more : own.dataset.found;
      status.textContent = !word ? "" : said.replace("{count}", found.length).replace("{shown}", most);
    }
    field.addEventListener("input", search);
    field.addEventListener("keydown", function (event) {
      var first = hits.querySelector("a");
      if (event.key === "Enter" && first) first.click();
    });
    own.querySelector(".field").hidden = false;
    search();
  }
  document.querySelectorAll(".own").forEach(findOwn);

  // A row that a link points to may lie in the part of a table that is scrolled away.
  function showTarget() {
    var row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.closest(".table-scroll")) row.scrollIntoView({ block: "center" });
  }
  window.addEventListener("hashchange", showTarget);
  showTarget();

  // Beside the text there is room for the contents; above it, on a phone, they stay folded.
  if (window.matchMedia("(min-width: 64rem)").matches) {
    document.querySelectorAll(".paper > .rail details").forEach(function (part) { part.open = true; });
  }

  var folded = Array.from(document.querySelectorAll("details.code"));
  var rail = document.querySelector(".paper > .rail");
  if (folded.length && rail) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "code-switch";
    var open = false;
    var name = function () { button.textContent = open ? "Fold all code" : "Show all code"; };
    button.addEventListener("click", function () {
      open = !open;
      folded.forEach(function (part) { part.open = open; });
      name();
    });
    name();
    rail.append(button);
  }
})();
