// SPDX-License-Identifier: MIT

export const SCREENS = ['home', 'activity', 'receipts', 'limits', 'settings'] as const;
export type Screen = (typeof SCREENS)[number];

/** `#/<screen>` or `#/<screen>/<id of what to look at there>`. */
function parse(hash: string): { screen: Screen; target: string | undefined } {
  const [, name, target] = hash.split('/');
  const screen = SCREENS.find((known) => known === name) ?? 'home';
  return { screen, target: target === '' ? undefined : target };
}

/** Where the page is; its address is the state, so that back and forward work. */
export class Route {
  #place = $state.raw(parse(window.location.hash));

  get screen(): Screen {
    return this.#place.screen;
  }

  /** The part of the screen that a link led to. */
  get target(): string | undefined {
    return this.#place.target;
  }

  start(): () => void {
    const follow = (): void => {
      this.#place = parse(window.location.hash);
    };
    window.addEventListener('hashchange', follow);
    return () => {
      window.removeEventListener('hashchange', follow);
    };
  }
}
