/* Counting packs with a scanner while the input keeps the focus.
 *
 * The form has <input name="scan">, a button with data-scan whose formaction counts what stands there, and, inside and
 * outside of it, elements with data-scanned and an id: each count replaces them by those of the answer. Without this
 * script the button sends the form, and the page comes back counted.
 *
 * Scans may come faster than answers: they wait in the order in which they came.
 */

const form = document.querySelector("form:has([data-scan])");
const button = form?.querySelector("[data-scan]");
const input = form?.elements.namedItem("scan");
let last = Promise.resolve();

async function count(code) {
  const body = new FormData(form);
  body.set("scan", code);
  const answer = await fetch(button.formAction, { method: "POST", body });
  if (!answer.ok || answer.redirected) {
    location.reload(); // logged out, or received meanwhile: the page says so
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-scanned]")) {
    part.replaceWith(page.getElementById(part.id));
  }
}

function unreachable() {
  const told = document.querySelector("[data-unreachable]");
  told.hidden = false;
}

form?.addEventListener("submit", (event) => {
  if (event.submitter !== button) return;
  event.preventDefault();
  const code = input.value;
  input.value = "";
  input.focus();
  if (code.trim()) last = last.then(() => count(code)).catch(unreachable);
});
