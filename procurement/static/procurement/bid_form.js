/* A bid from a form to the API without a word of it leaving the browser in clear.
 *
 * The page brings, and this script fills, one form:
 *
 *   <form data-seal-bid data-tender data-lot data-supplier data-commercial-key data-technical-key data-url>
 *
 * Keys are base64; without data-technical-key the bid has one envelope. data-url is /api/v1/bids/, or that of the bid to
 * replace with replace/ at its end. Fields have no name, so that a browser without this script sends nothing:
 * data-field="product | offer_price | output | own_api (true, false or empty) | sales | approved_on", of which the page
 * leaves out those that the tender does not ask for, data-answer="<code of a criterion>", and a file input
 * data-documents. Beside them the token of {% csrf_token %}, a submit button that is disabled until the browser can
 * seal, <p data-status role="status"> with what is said in its data-sealing, -done, -unsupported, -price, -output,
 * -sales, -no-papers, -too-large, -unreachable and -mismatch, and <a data-receipt hidden>, which afterwards saves the
 * answer. The form then sends the event bid:received.
 *
 * An option of the product has data-pack, its units, and data-ceiling in yuan per unit where its strength is the lot's;
 * <p data-unit-price> says what the offer is per unit in its data-plain, -capped and -above, with {unit} and {ceiling}.
 * After a bid [data-own-bids] of the page is read again, and [data-again], the way to the next bid, is shown.
 *
 * The contents are those of docs/bidding.md, as the reference client makes them.
 */

import { CannotSeal, canSeal, seal } from "./sealed_box.js";

const COMMERCIAL_BYTES = 1024;
const LEAST_TECHNICAL_BYTES = 16 * 1024;
const MOST_TECHNICAL_BYTES = 1024 * 1024;
const MACHINE_LABEL = "essential-medicines bidder machine";

class Unacceptable extends Error {}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
const randomHex = () => hex(crypto.getRandomValues(new Uint8Array(16)));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

/** Which browser made the envelope: a number of its own, kept here, hashed with a fixed label. */
async function machine() {
  let own;
  try {
    own = localStorage.getItem(MACHINE_LABEL) || randomHex();
    localStorage.setItem(MACHINE_LABEL, own);
  } catch {
    own = randomHex(); // a browser that keeps nothing
  }
  return sha256(new TextEncoder().encode(`${MACHINE_LABEL}\n${own}`));
}

/** Yuan with two decimals as text, never a floating-point number; null where that cannot be read. */
function yuan(text) {
  const parts = /^0*(\d{1,10})(?:\.(\d{0,2})0*)?$/.exec(text.trim());
  return parts && `${parts[1]}.${(parts[2] ?? "").padEnd(2, "0")}`;
}

function price(text) {
  const written = yuan(text);
  if (!written || /^0+\.00$/.test(written)) throw new Unacceptable("price");
  return written;
}

/** Units as a number, few enough that JavaScript counts them exactly. */
function whole(text) {
  if (!/^0*[1-9]\d{0,14}$/.test(text)) throw new Unacceptable("output");
  return Number(text);
}

const field = (form, name) => form.querySelector(`[data-field="${name}"]`)?.value.trim() ?? "";

function commercial(form, common) {
  const output = field(form, "output");
  const declared = Object.fromEntries(
    ["own_api", "sales", "approved_on"].map((name) => [name, field(form, name)]).filter(([, value]) => value !== ""),
  );
  if ("own_api" in declared) declared.own_api = declared.own_api === "true";
  if ("sales" in declared) {
    declared.sales = yuan(declared.sales);
    if (!declared.sales) throw new Unacceptable("sales");
  }
  return {
    ...common,
    offer_price: price(field(form, "offer_price")),
    ...(output && { output: whole(output) }),
    ...(Object.keys(declared).length && { declared }),
  };
}

async function technical(form, common) {
  const answers = [...form.querySelectorAll("[data-answer]")]
    .map((input) => [input.dataset.answer, input.value])
    .filter(([, answer]) => answer.trim() !== "");
  const files = [...(form.querySelector("[data-documents]")?.files ?? [])];
  if (!answers.length && !files.length) throw new Unacceptable("noPapers");
  if (files.reduce((sum, file) => sum + file.size, 0) > MOST_TECHNICAL_BYTES) throw new Unacceptable("tooLarge");
  const documents = await Promise.all(
    files.map(async (file) => {
      const content = new Uint8Array(await file.arrayBuffer());
      const kind = file.type || "application/octet-stream";
      return { name: file.name, media_type: kind, sha256: await sha256(content), content: toBase64(content) };
    }),
  );
  return { ...common, stage: "technical", answers: Object.fromEntries(answers), documents };
}

/** The content, filled up with spaces to a size of its stage, and sealed. */
async function envelope(content, key, least, most) {
  const written = new TextEncoder().encode(JSON.stringify({ ...content, nonce: randomHex() }));
  let size = least;
  while (size < written.length) size *= 2;
  if (size > most) throw new Unacceptable("tooLarge");
  const padded = new Uint8Array(size).fill(0x20);
  padded.set(written);
  return seal(padded, fromBase64(key));
}

async function sealed(form) {
  const { tender, lot, supplier, commercialKey, technicalKey } = form.dataset;
  const common = {
    tender,
    lot: Number(lot),
    supplier,
    product: field(form, "product"),
    machine: await machine(),
  };
  const envelopes = {};
  const offer = commercial(form, common);
  const papers = technicalKey && (await technical(form, common));
  envelopes.commercial = await envelope(offer, commercialKey, COMMERCIAL_BYTES, COMMERCIAL_BYTES);
  if (technicalKey) {
    envelopes.technical = await envelope(papers, technicalKey, LEAST_TECHNICAL_BYTES, MOST_TECHNICAL_BYTES);
  }
  const body = { envelope: toBase64(envelopes.commercial) };
  if (technicalKey) body.technical_envelope = toBase64(envelopes.technical);
  if (!form.dataset.url.endsWith("/replace/")) Object.assign(body, { tender, lot: common.lot });
  const hashes = Object.entries(envelopes).map(async ([stage, bytes]) => [stage, await sha256(bytes)]);
  return { body: JSON.stringify(body), key: randomHex(), hashes: Object.fromEntries(await Promise.all(hashes)) };
}

async function send(form, { body, key, hashes }) {
  const answer = await fetch(form.dataset.url, {
    method: "POST",
    body,
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "Idempotency-Key": key,
      "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
    },
  });
  const said = await answer.json();
  const confirmed = said.receipt?.envelopes ?? {};
  const fits = Object.entries(hashes).every(([stage, hash]) => confirmed[stage] === hash);
  return { isStored: answer.ok, isConfirmed: answer.ok && fits, said };
}

function hand(form, said, body) {
  const { envelope: commercialEnvelope, technical_envelope: technicalEnvelope } = JSON.parse(body);
  const envelopes = { commercial: commercialEnvelope, technical: technicalEnvelope };
  const kept = new Blob([JSON.stringify({ receipt: said.receipt, envelopes }, null, 2)], { type: "application/json" });
  const link = form.querySelector("[data-receipt]");
  link.href = URL.createObjectURL(kept);
  link.download = `receipt-${said.id}.json`;
  link.hidden = false;
  form.dispatchEvent(new CustomEvent("bid:received", { bubbles: true, detail: said }));
}

/** What the offer is per unit of the chosen product, and whether that is above the lot's ceiling. */
function tellUnitPrice(form) {
  const told = form.querySelector("[data-unit-price]");
  const product = form.querySelector("[data-field=product]").selectedOptions?.[0];
  if (!told || !product) return;
  const offer = yuan(field(form, "offer_price"));
  const unit = Math.round((Number(offer) / Number(product.dataset.pack)) * 10000) / 10000;
  const { ceiling } = product.dataset;
  const isAbove = ceiling !== undefined && unit > Number(ceiling);
  const words = isAbove ? told.dataset.above : ceiling ? told.dataset.capped : told.dataset.plain;
  told.textContent = offer ? words.replace("{unit}", unit).replace("{ceiling}", Number(ceiling)) : "";
  told.classList.toggle("error", Boolean(offer) && isAbove);
}

/** The supplier's bids as the platform lists them now; the bid is in, whether or not they can be read again. */
async function showOwnBids(form) {
  try {
    const page = await (await fetch(location.href)).text();
    const own = new DOMParser().parseFromString(page, "text/html").querySelector("[data-own-bids]");
    if (own) document.querySelector("[data-own-bids]")?.replaceWith(own);
  } finally {
    form.querySelector("[data-again]")?.removeAttribute("hidden");
  }
}

async function prepare(form) {
  const status = form.querySelector("[data-status]");
  const button = form.querySelector("[type=submit]");
  const say = (name) => {
    status.textContent = status.dataset[name];
  };
  let waiting = null; // what was sealed and not answered: the same request again stores one bid, not two

  form.addEventListener("input", () => {
    waiting = null;
    tellUnitPrice(form);
  });
  tellUnitPrice(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("sealing");
    try {
      waiting ??= await sealed(form);
      const { isStored, isConfirmed, said } = await send(form, waiting);
      if (isStored) hand(form, said, waiting.body);
      waiting = null;
      if (!isStored) status.textContent = said.detail;
      else say(isConfirmed ? "done" : "mismatch");
      button.disabled = isStored;
      if (isStored) showOwnBids(form).catch(() => {});
    } catch (error) {
      button.disabled = false;
      if (error instanceof Unacceptable) say(error.message);
      else if (error instanceof CannotSeal || error instanceof DOMException) say("unsupported");
      else say("unreachable");
    }
  });
  button.disabled = !(await canSeal());
  if (button.disabled) say("unsupported");
}

document.querySelectorAll("form[data-seal-bid]").forEach(prepare);
