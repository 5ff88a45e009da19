// Shows the municipalities whose name or province holds what is typed.
for (const section of document.querySelectorAll(".list")) {
  const input = section.querySelector("input"), status = section.querySelector("[role=status]");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  input.addEventListener("input", () => {
    const wanted = plain(input.value);
    let found = 0;
    for (const item of section.querySelectorAll("li[data-text]")) {
      item.hidden = !item.dataset.text.includes(wanted);
      found += !item.hidden;
    }
    for (const list of section.querySelectorAll(".organisations")) {
      list.hidden = list.previousElementSibling.hidden = !list.querySelector("li:not([hidden])");
    }
    status.textContent = !found ? status.dataset.none : wanted ? status.dataset.found.replace("#", found) : "";
  });
}
