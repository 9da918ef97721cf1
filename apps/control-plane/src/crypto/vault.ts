import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Encrypts what must not lie in the clear: secrets, sensitive inputs, plans, states, job specs. */
export type Vault = {
  /** `context` names what the bytes are and whom they belong to; opening needs the same words, so a row cannot be moved to another place. */
  seal(plain: Uint8Array | string, context: string): Buffer;
  /** @throws Error when the bytes were altered, belong to another context, or their key is not here */
  open(sealed: Uint8Array, context: string): Buffer;
  /** A key of 32 bytes for one purpose, the same in every replica with the same master keys; it changes when another one becomes the first. */
  deriveKey(purpose: string): Buffer;
};

const version = 1;
const keyIdLength = 8;
const nonceLength = 12;
const tagLength = 16;
const wrappedLength = nonceLength + 32 + tagLength;

/** A key-encryption key. Its id stands in everything it sealed, so an old key can stay readable while a new one writes. */
export type MasterKey = { id: string; key: Buffer };

/**
 * Envelope encryption, AES-256-GCM twice: a fresh data key per value encrypts the bytes, the master key encrypts the data key.
 *   version u8 · key id 8 · wrapped data key (nonce 12, key 32, tag 16) · nonce 12 · ciphertext · tag 16
 * @param keys the first one writes; all of them read (rotation: put the new key first)
 */
export function createVault(keys: readonly MasterKey[]): Vault {
  const [writer] = keys;
  if (!writer) throw new Error("A vault needs at least one master key");
  for (const { id, key } of keys) {
    if (key.length !== 32) throw new Error(`Master key ${id} has ${key.length} bytes; AES-256 needs 32`);
    if (Buffer.byteLength(id) !== keyIdLength) throw new Error(`A master key's id has ${keyIdLength} characters; "${id}" has not`);
  }
  return {
    seal(plain, context) {
      const dataKey = randomBytes(32);
      const head = Buffer.concat([Buffer.from([version]), Buffer.from(writer.id, "ascii")]);
      const wrapped = encrypt(writer.key, dataKey, head);
      return Buffer.concat([head, wrapped, encrypt(dataKey, Buffer.from(plain as string), Buffer.from(context))]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < 1 + keyIdLength + wrappedLength + nonceLength + tagLength || bytes[0] !== version)
        throw new Error("Not a sealed value");
      const head = bytes.subarray(0, 1 + keyIdLength);
      const id = head.toString("ascii", 1);
      const master = keys.find((key) => key.id === id);
      if (!master) throw new Error(`The master key ${id} that sealed this value is not configured`);
      const dataKey = decrypt(master.key, bytes.subarray(head.length, head.length + wrappedLength), head);
      return decrypt(dataKey, bytes.subarray(head.length + wrappedLength), Buffer.from(context));
    },
    deriveKey: (purpose) => Buffer.from(hkdfSync("sha256", writer.key, "", `berth ${purpose}`, 32)),
  };
}

function encrypt(key: Buffer, plain: Buffer, context: Buffer): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, context: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceLength)).setAAD(context);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  return Buffer.concat([decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength)), decipher.final()]);
}
