/** Capacity of a buffer that is kept: a batch of about 1 MiB and the row that makes it full. */
const SPARE_BYTES = 1280 * 1024;
/** Bytes kept in all. */
const MOST_BYTES = 32 * 1024 * 1024;

const spare: Buffer[] = [];

/**
 * A buffer that was let go, or a new one. Buffers of batches are used again, because what is allocated for each batch anew costs more than
 * making it does: the garbage collector goes through the whole heap for every few dozen MiB outside it.
 */
export function spareBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(SPARE_BYTES);
}

/** Lets a buffer of `spareBuffer` go. Nobody may look at it any more; one that had to grow is not kept. */
function letGo(buffer: Buffer): void {
  if (buffer.length === SPARE_BYTES && (spare.length + 1) * SPARE_BYTES <= MOST_BYTES) spare.push(buffer);
}

/** Lets a buffer go once, however often it is called: twice would give the same memory to two batches. */
export function spareRelease(buffer: Buffer): () => void {
  let held: Buffer | undefined = buffer;
  return () => {
    if (held !== undefined) letGo(held);
    held = undefined;
  };
}
