// The only script of our own: choose all rows of a table, and "/" for the search box.
"use strict";
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-choose-all]")) return;
  const form = event.target.closest("form");
  form.querySelectorAll("input[name=ids]").forEach((box) => { box.checked = event.target.checked; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const box = document.querySelector("header input[type=search]");
  if (box) { box.focus(); event.preventDefault(); }
});
