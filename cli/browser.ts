// SPDX-License-Identifier: MIT

/** Whether a browser could show itself here. */
export const hasDisplay = (): boolean =>
  process.platform !== 'linux' || Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);

/** Opens an address in the owner's browser. @returns whether a browser was started */
export async function openBrowser(url: string): Promise<boolean> {
  if (!hasDisplay()) return false;
  const { default: open } = await import('open');
  try {
    const child = await open(url);
    // A browser that cannot be started says so here; the address is printed in any case.
    child.once('error', () => undefined);
    return true;
  } catch {
    return false;
  }
}
