// SPDX-License-Identifier: MIT
import { type CallGraph, readCallGraph } from './call-graph.ts';
import { FunctionProof } from './function-proof.ts';
import { type ModuleFacts, readFacts } from './module-facts.ts';
import { NotProved } from './not-proved.ts';
import { Summaries } from './summaries.ts';
import { UnchargedCalls } from './uncharged-calls.ts';

interface Proof {
  /** instructions on the longest way without a poll, in the worst function */
  readonly longest: number;
}

interface CheckOptions {
  /** called after every 64 KiB that were looked at; may wait, or throw to end */
  readonly breathe?: () => void;
}

const BREATH_BYTES = 65_536;

/**
 * Proves that a rewritten module can always be interrupted soon (README.md). Knows nothing of how it was rewritten.
 * @param bytes a module that is valid
 * @throws {NotProved} naming the function, the byte and the reason
 */
export function checkModule(bytes: Uint8Array, { breathe = () => undefined }: CheckOptions = {}): Proof {
  let looked = 0;
  const passed = (count: number): void => {
    looked += count;
    if (looked < BREATH_BYTES) return;
    looked = 0;
    breathe();
  };
  const facts = readFacts(bytes);
  const graph = readCallGraph(facts, passed);
  const first = new Summaries(facts, graph);
  const longest = proveAll(facts, graph, first, passed);
  // Where functions call what is proved after them, all lengths are known in a second round only.
  if (!first.wasEarly) return { longest };
  return { longest: proveAll(facts, graph, new Summaries(facts, graph, first), passed) };
}

/** One round over all functions. @returns the longest way without a poll */
function proveAll(
  facts: ModuleFacts,
  graph: CallGraph,
  summaries: Summaries,
  passed: (bytes: number) => void,
): number {
  const uncharged = new UnchargedCalls(graph);
  const proof = new FunctionProof(facts, graph, summaries, (caller, callee) => uncharged.add(caller, callee));
  let reliesOnDepth = false;
  let losesDepth = false;
  let longest = 0;
  for (const index of graph.order) {
    if (index < facts.importedFunctions || index >= graph.functions) continue;
    const defined = index - facts.importedFunctions;
    const start = facts.bodyStart[defined] ?? 0;
    const summary = proof.prove(index);
    summaries.set(index, summary);
    reliesOnDepth ||= proof.reliesOnKeptDepth;
    losesDepth ||= !summary.keepsDepth;
    if (reliesOnDepth && losesDepth)
      throw new NotProved('it leaves another depth behind than it found', start, index);
    longest = Math.max(longest, proof.longest);
    passed((facts.bodyEnd[defined] ?? 0) - start);
  }
  uncharged.refuseCycles();
  return longest;
}
