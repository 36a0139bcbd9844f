// What is nicer with script, and works without it.
"use strict";

// The menu is open where there is room for it beside the page.
for (const menu of document.querySelectorAll("details[data-wide-open]")) {
  const wide = window.matchMedia("(min-width: 64rem)");
  const follow = () => { menu.open = wide.matches; };
  wide.addEventListener("change", follow);
  follow();
}

// A text that is to be copied gets a button for it.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const said = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    button.textContent = "✓";
    setTimeout(() => { button.textContent = said; }, 1500);
  });
}

// A refused form shows first why it was.
document.getElementById("refusal")?.focus();

// A form is sent once, however often the button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
