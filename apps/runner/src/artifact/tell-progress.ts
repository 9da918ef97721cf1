import type { CopyProgress } from "@berth/oci/copy";

const everyMs = 5000;

/** Turns the progress of a copy into lines for a log: at most one every five seconds, none for what is quick. */
export function createProgressTeller(say: (line: string) => void, now: () => number = Date.now): (progress: CopyProgress) => void {
  let last = now();
  let sentBefore = 0;
  return (progress) => {
    const elapsed = now() - last;
    if (elapsed < everyMs) return;
    const speed = ((progress.sentBytes - sentBefore) / elapsed) * 1000;
    last += elapsed;
    sentBefore = progress.sentBytes;
    const done = Math.min(progress.bytes, Math.max(progress.bytesDone, progress.sentBytes));
    say(
      `[berth] ${formatBytes(done)} of ${formatBytes(progress.bytes)}, ${progress.blobsDone} of ${progress.blobs} layers and configs, ${formatBytes(speed)}/s`,
    );
  };
}

/** Bytes as people read them, in powers of ten: `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
