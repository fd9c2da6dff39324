"use strict";
// Sorts and filters the table of the class. Without it the page shows everything, in the order of the roster.
(() => {
  const body = document.querySelector("#standing tbody");
  if (!body) return;
  const form = document.querySelector("#choose");
  const rows = [...body.rows];
  const told = document.querySelector("#told");
  const choice = name => form.elements[name].value;
  const compare = new Intl.Collator("en", { numeric: true }).compare;

  // key is what a row is sorted by: an exercise's number in the list, or one of the columns before those.
  const key = (row, by) => by.startsWith("x") ? row.cells[first + Number(by.slice(1))].dataset.rank : row.dataset[by];
  const first = Number(body.dataset.first);

  function sort() {
    const by = choice("sort"), down = choice("order") === "down";
    // What is not known comes last, whichever way the rest goes.
    const order = (a, b) => {
      const x = key(a, by), y = key(b, by);
      if (x === "" || y === "") return (x === "") - (y === "");
      return down ? compare(y, x) : compare(x, y);
    };
    body.append(...rows.slice().sort((a, b) => order(a, b) || rows.indexOf(a) - rows.indexOf(b)));
    for (const head of document.querySelectorAll("#standing th[data-sort]")) {
      if (head.dataset.sort === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  function fits(row) {
    const text = choice("text").trim().toLowerCase(), section = choice("section"), at = choice("exercise"), status = choice("status");
    if (text && !row.dataset.text.toLowerCase().includes(text)) return false;
    if (section && row.dataset.section !== section) return false;
    if (!status) return true;
    const cells = [...row.cells].slice(first);
    return (at ? [cells[Number(at)]] : cells).some(c => c.dataset.status === status);
  }

  function filter() {
    const step = choice("step");
    let left = 0;
    for (const row of rows) {
      row.hidden = !fits(row);
      left += !row.hidden;
    }
    for (const cell of document.querySelectorAll("#standing [data-step]")) cell.hidden = step !== "" && cell.dataset.step !== step;
    told.textContent = left + " of " + rows.length + (rows.length === 1 ? " learner" : " learners") + " shown";
  }

  const update = () => { sort(); filter(); };
  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", event => event.preventDefault());
  for (const button of document.querySelectorAll("#standing th button")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const by = button.closest("th").dataset.sort;
      form.elements.order.value = choice("sort") === by && choice("order") === "up" ? "down" : "up";
      form.elements.sort.value = by;
      update();
    });
  }
  update();
})();
