// A click on a bar makes it as wide as the picture; a click on one below, the title or Escape goes back. "/" searches.
const root = document.documentElement;
const bars = [...root.querySelectorAll(".bar")].map((element) => ({
  element,
  x: parseFloat(element.dataset.x),
  width: parseFloat(element.dataset.w),
  row: Number(element.dataset.row),
  time: Number(element.dataset.time),
  title: element.querySelector("title").textContent,
}));
const line = root.querySelector("#line");
const matched = root.querySelector("#matched");
const reset = root.querySelector("#reset");
const all = bars[0];
const EPSILON = 1e-6;

function zoom(to) {
  reset.style.display = to === all ? "none" : "";
  for (const bar of bars) {
    const isBelow = bar.row < to.row && bar.x <= to.x + EPSILON && bar.x + bar.width >= to.x + to.width - EPSILON;
    const isWithin = bar.row >= to.row && bar.x >= to.x - EPSILON && bar.x + bar.width <= to.x + to.width + EPSILON;
    bar.element.style.display = isBelow || isWithin ? "" : "none";
    bar.element.classList.toggle("above", isBelow);
    bar.element.setAttribute("x", isBelow ? "0%" : `${(bar.x - to.x) / to.width * 100}%`);
    bar.element.setAttribute("width", isBelow ? "100%" : `${bar.width / to.width * 100}%`);
  }
}

function search() {
  const text = prompt("Search for functions whose names contain:", "");
  if (text === null) return;
  const wanted = text.toLowerCase();
  // what is within another that was found counts once
  let end = -1, share = 0;
  const found = bars.filter((bar) => {
    const is = wanted !== "" && bar.title.slice(0, bar.title.lastIndexOf(": ")).toLowerCase().includes(wanted);
    bar.element.classList.toggle("found", is);
    return is;
  });
  for (const bar of [...found].sort((a, b) => a.x - b.x || b.width - a.width)) {
    if (bar.x < end - EPSILON) continue;
    share += bar.width;
    end = bar.x + bar.width;
  }
  matched.textContent = wanted === "" ? "" : `${found.length} found, ${share.toFixed(1)} %`;
}

for (const bar of bars) {
  bar.element.addEventListener("click", () => zoom(bar));
  bar.element.addEventListener("mouseover", () => { line.textContent = bar.title; });
  bar.element.addEventListener("mouseout", () => { line.textContent = ""; });
}
const press = (element, act) => {
  element.addEventListener("click", act);
  element.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
};
press(reset, () => zoom(all));
press(root.querySelector("#search"), search);
root.querySelector("#search").style.display = "";
addEventListener("keydown", (event) => {
  if (event.key === "Escape") zoom(all);
  else if (event.key === "/") {
    event.preventDefault();
    search();
  }
});
