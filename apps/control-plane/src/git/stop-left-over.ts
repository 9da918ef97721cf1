import { readdir, readFile } from "node:fs/promises";

/**
 * Kills what a stopped git has left running: it does not take its transport programs (git-remote-https, ssh) with it.
 * They are known by their HOME, which is the session's alone. Where the system does not show environments (macOS), they end by themselves
 * once their connection is silent for as long as the session's settings allow.
 */
export async function stopLeftOver(home: string): Promise<void> {
  const marker = `HOME=${home}\0`;
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      if (!`\0${environment}\0`.includes(`\0${marker}`)) return;
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }),
  );
}
