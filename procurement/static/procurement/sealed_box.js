/* Libsodium's sealed box (crypto_box_seal), sealing only: X25519 by the browser, XSalsa20-Poly1305 and BLAKE2b here.
 *
 * A box is the ephemeral public key (32 bytes), the tag (16) and the ciphertext, as long as the content. The parts are
 * exported for their tests: RFC 7693 (BLAKE2b), RFC 8439 §2.5 (Poly1305), Bernstein, "Cryptography in NaCl" (Salsa20).
 * Time does not depend on secrets of anybody else: each box has a key of its own, made and forgotten here.
 */

export class CannotSeal extends Error {}

const words = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index, true));
};

const bytesOf = (list) => {
  const view = new DataView(new ArrayBuffer(4 * list.length));
  list.forEach((word, index) => view.setUint32(4 * index, word, true));
  return new Uint8Array(view.buffer);
};

const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

// BLAKE2b

const MASK = (1n << 64n) - 1n;
const IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const SIGMA = [
  "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
  "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
];

/** The hash of at most 128 bytes, one block, without a key. */
export function blake2b(message, length) {
  if (message.length > 128) throw new CannotSeal("one block of 128 bytes at most");
  const block = new DataView(new ArrayBuffer(128));
  message.forEach((byte, index) => block.setUint8(index, byte));
  const m = Array.from({ length: 16 }, (_, index) => block.getBigUint64(8 * index, true));
  const h = [...IV];
  h[0] ^= 0x01010000n ^ BigInt(length);
  const v = [...h, ...IV];
  v[12] ^= BigInt(message.length);
  v[14] ^= MASK;
  const rotated = (x, count) => (x >> count) | ((x << (64n - count)) & MASK);
  const mix = (a, b, c, d, x, y) => {
    v[a] = (v[a] + v[b] + x) & MASK;
    v[d] = rotated(v[d] ^ v[a], 32n);
    v[c] = (v[c] + v[d]) & MASK;
    v[b] = rotated(v[b] ^ v[c], 24n);
    v[a] = (v[a] + v[b] + y) & MASK;
    v[d] = rotated(v[d] ^ v[a], 16n);
    v[c] = (v[c] + v[d]) & MASK;
    v[b] = rotated(v[b] ^ v[c], 63n);
  };
  for (let round = 0; round < 12; round += 1) {
    const s = [...SIGMA[round % 10]].map((digit) => m[parseInt(digit, 16)]);
    for (let i = 0; i < 4; i += 1) mix(i, 4 + i, 8 + i, 12 + i, s[2 * i], s[2 * i + 1]);
    for (let i = 0; i < 4; i += 1) {
      mix(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), s[8 + 2 * i], s[9 + 2 * i]);
    }
  }
  const out = new DataView(new ArrayBuffer(64));
  h.forEach((word, index) => out.setBigUint64(8 * index, word ^ v[index] ^ v[index + 8], true));
  return new Uint8Array(out.buffer).slice(0, length);
}

// Salsa20

const SIGMA_WORDS = words(new TextEncoder().encode("expand 32-byte k"));

/** The sixteen words of a block: constants, key, and the sixteen bytes of nonce and counter. */
function laidOut(key, input) {
  const [k, n, c] = [words(key), words(input), SIGMA_WORDS];
  return [c[0], ...k.slice(0, 4), c[1], ...n, c[2], ...k.slice(4), c[3]];
}

// Each quarter round's places, columns first and then rows.
const QUARTERS = [
  [0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11],
  [0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14],
];

function mixed(start) {
  const x = Int32Array.from(start);
  const rotated = (word, count) => (word << count) | (word >>> (32 - count));
  for (let round = 0; round < 20; round += 2) {
    for (const [a, b, c, d] of QUARTERS) {
      x[b] ^= rotated((x[a] + x[d]) | 0, 7);
      x[c] ^= rotated((x[b] + x[a]) | 0, 9);
      x[d] ^= rotated((x[c] + x[b]) | 0, 13);
      x[a] ^= rotated((x[d] + x[c]) | 0, 18);
    }
  }
  return x;
}

/** A key of 32 bytes from a key and sixteen bytes. */
export function hsalsa20(key, input) {
  const x = mixed(laidOut(key, input));
  return bytesOf([0, 5, 10, 15, 6, 7, 8, 9].map((index) => x[index] >>> 0));
}

/** So many bytes of key stream for a nonce of 24 bytes. */
export function xsalsa20(key, nonce, length) {
  const start = laidOut(hsalsa20(key, nonce.subarray(0, 16)), joined(nonce.subarray(16), new Uint8Array(8)));
  const stream = new DataView(new ArrayBuffer(64 * Math.ceil(length / 64)));
  for (let block = 0; 64 * block < length; block += 1) {
    start[8] = block; // the low half of the counter, enough for 256 GiB
    mixed(start).forEach((word, index) => stream.setUint32(64 * block + 4 * index, word + start[index], true));
  }
  return new Uint8Array(stream.buffer, 0, length);
}

// Poly1305

const little = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** The tag of sixteen bytes under a key that is used once. */
export function poly1305(message, key) {
  const r = little(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const prime = (1n << 130n) - 5n;
  const padded = new Uint8Array(16 * Math.ceil(message.length / 16));
  padded.set(message);
  const view = new DataView(padded.buffer);
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const used = BigInt(Math.min(16, message.length - at));
    const block = (view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true) | (1n << (8n * used));
    sum = ((sum + block) * r) % prime;
  }
  sum += little(key.subarray(16));
  return Uint8Array.from({ length: 16 }, (_, index) => Number((sum >> BigInt(8 * index)) & 255n));
}

// The box

/** Tag and ciphertext, as libsodium's crypto_secretbox has them. */
export function secretBox(content, nonce, key) {
  const stream = xsalsa20(key, nonce, 32 + content.length);
  const hidden = content.map((byte, index) => byte ^ stream[32 + index]);
  const box = new Uint8Array(16 + hidden.length);
  box.set(poly1305(hidden, stream.subarray(0, 32)));
  box.set(hidden, 16);
  return box;
}

/** Whether this browser can seal: WebCrypto with X25519, which it gives to pages of HTTPS and of localhost only. */
export async function canSeal() {
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    return true;
  } catch {
    return false;
  }
}

/** Encrypt a Uint8Array so that only the owner of the public key (32 bytes) can read it. */
export async function seal(content, publicKey) {
  if (publicKey.length !== 32) throw new CannotSeal("a public key has 32 bytes");
  const own = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const theirs = await crypto.subtle.importKey("raw", publicKey, { name: "X25519" }, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, own.privateKey, 256);
  const key = hsalsa20(new Uint8Array(shared), new Uint8Array(16));
  const box = secretBox(content, blake2b(joined(ephemeral, publicKey), 24), key);
  const sealed = new Uint8Array(32 + box.length);
  sealed.set(ephemeral);
  sealed.set(box, 32);
  return sealed;
}
