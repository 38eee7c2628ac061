// SPDX-License-Identifier: MIT

/** Waits for a condition, looking often. @throws what the last look threw, or that it stayed false. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown = 'it stayed false';
  for (;;) {
    try {
      const value = await look();
      if (value !== false && value !== undefined) return value;
      last = 'it stayed false';
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
