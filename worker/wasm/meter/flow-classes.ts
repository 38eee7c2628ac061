// SPDX-License-Identifier: MIT

/** Numbers that are found to stand for the same thing (union and find). */
export class FlowClasses {
  readonly #parents: number[] = [];

  get count(): number {
    return this.#parents.length;
  }

  clear(): void {
    this.#parents.length = 0;
  }

  add(): number {
    const number = this.#parents.length;
    this.#parents.push(number);
    return number;
  }

  /** The one that stands for all that a number was united with: the first of them. */
  find(number: number): number {
    const parents = this.#parents;
    let root = number;
    for (let parent = parents[root] ?? root; parent !== root; parent = parents[root] ?? root) root = parent;
    for (let at = number; at !== root;) {
      const parent = parents[at] ?? root;
      parents[at] = root;
      at = parent;
    }
    return root;
  }

  unite(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    this.#parents[Math.max(first, second)] = Math.min(first, second);
  }
}
