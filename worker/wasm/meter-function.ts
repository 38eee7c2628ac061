// SPDX-License-Identifier: MIT
import { type ByteReader, ByteWriter } from './bytes.ts';
import { DYNAMIC_UNIT_SHIFT, GROW_COST_PER_PAGE } from './costs.ts';
import { readInstruction, readValueType } from './instructions.ts';
import type { FunctionType } from './sections.ts';

/** Indices of what the meter adds, and block types on demand. */
export interface FunctionContext {
  readonly fuelGlobal: number;
  readonly stackGlobal: number;
  readonly slowTable: number;
  readonly slowType: number;
  /** a type without parameters and with these results */
  blockTypeOf(results: Uint8Array): number;
}

/** What a call takes of the stack besides its locals, in slots of 8 bytes: a generous frame header. */
const FRAME_SLOTS = 16;

const I32_CONST = 0x41;
const I64_CONST = 0x42;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const LOCAL_GET = 0x20;
const LOCAL_TEE = 0x22;
const I64_SUB = 0x7d;
const I64_LT_S = 0x53;
const I32_SUB = 0x6b;
const I32_ADD = 0x6a;
const I32_LT_S = 0x48;
const IF = 0x04;
const VOID = 0x40;
const END = 0x0b;
const CALL_INDIRECT = 0x11;
const UNREACHABLE = 0x00;

/** A charge that is written before its basic block is known: patched in when the block ends. */
interface OpenBlock {
  readonly parts: ByteWriter;
  cost: number;
}

/**
 * Rewrites one function body: pays each basic block at its start, checks at the entry and at each loop header,
 * and counts the stack. The whole body is wrapped in a block, so that branches to the function's own label land
 * where the stack is given back.
 */
export function meterFunction(body: ByteReader, type: FunctionType, context: FunctionContext): Uint8Array {
  const { localBytes, localCount, scratch } = withScratch(body, type.params);
  const frame = FRAME_SLOTS + type.params + localCount;
  const out = new ByteWriter().raw(localBytes);

  const charge = (cost: number): void => {
    if (cost === 0) return;
    out.byte(GLOBAL_GET).u32(context.fuelGlobal).byte(I64_CONST).s64(cost).byte(I64_SUB);
    out.byte(GLOBAL_SET).u32(context.fuelGlobal);
  };
  const check = (): void => {
    out.byte(GLOBAL_GET).u32(context.fuelGlobal).byte(I64_CONST).s64(0).byte(I64_LT_S).byte(IF).byte(VOID);
    callSlow();
    out.byte(END);
  };
  const callSlow = (): void => {
    out.byte(GLOBAL_GET).u32(context.fuelGlobal).byte(I32_CONST).s64(0);
    out.byte(CALL_INDIRECT).u32(context.slowType).u32(context.slowTable);
    out.byte(GLOBAL_SET).u32(context.fuelGlobal);
  };
  const giveStackBack = (): void => {
    out.byte(GLOBAL_GET).u32(context.stackGlobal).byte(I32_CONST).s64(frame).byte(I32_ADD);
    out.byte(GLOBAL_SET).u32(context.stackGlobal);
  };

  // The stack: taken at the entry; below zero the slow function is called to say so, and the call traps.
  out.byte(GLOBAL_GET).u32(context.stackGlobal).byte(I32_CONST).s64(frame).byte(I32_SUB);
  out.byte(GLOBAL_SET).u32(context.stackGlobal);
  out.byte(GLOBAL_GET).u32(context.stackGlobal).byte(I32_CONST).s64(0).byte(I32_LT_S).byte(IF).byte(VOID);
  callSlow();
  out.byte(UNREACHABLE).byte(END);
  check();
  out.byte(0x02);
  writeBlockType(out, type.results, context);

  let block: OpenBlock = { parts: new ByteWriter(), cost: 0 };
  const close = (): void => {
    charge(block.cost);
    out.raw(block.parts.bytes());
    block = { parts: new ByteWriter(), cost: 0 };
  };

  let depth = 0;
  while (!body.done) {
    const from = body.offset;
    const { kind, cost } = readInstruction(body);
    const bytes = body.bytes.subarray(from, body.offset);
    switch (kind) {
      case 'plain':
        block.cost += cost;
        block.parts.raw(bytes);
        break;
      case 'block':
        depth++;
        block.parts.raw(bytes);
        break;
      case 'loop':
        depth++;
        block.parts.raw(bytes);
        close();
        check();
        break;
      case 'if':
        depth++;
        block.cost += cost;
        block.parts.raw(bytes);
        close();
        break;
      case 'else':
        close();
        out.raw(bytes);
        break;
      case 'end':
        if (depth === 0) {
          close();
          out.byte(END);
          giveStackBack();
          out.byte(END);
        } else {
          depth--;
          close();
          out.raw(bytes);
        }
        break;
      case 'branch':
      case 'jump':
        block.cost += cost;
        block.parts.raw(bytes);
        close();
        break;
      case 'return':
        block.cost += cost;
        block.parts.byte(0x0c).u32(depth);
        close();
        break;
      case 'tail_call':
        block.cost += cost;
        close();
        giveStackBack();
        out.raw(bytes);
        break;
      case 'memory_grow':
        block.cost += cost;
        close();
        chargeDynamic(out, context, scratch, (writer) =>
          writer.byte(I64_CONST).s64(GROW_COST_PER_PAGE).byte(0x7e),
        );
        out.raw(bytes);
        break;
      case 'bulk':
        block.cost += cost;
        close();
        chargeDynamic(out, context, scratch, (writer) =>
          writer.byte(I64_CONST).s64(DYNAMIC_UNIT_SHIFT).byte(0x88),
        );
        out.raw(bytes);
        break;
    }
  }
  return out.bytes();
}

/** Charges by the i32 on top of the stack, which stays there. */
function chargeDynamic(
  out: ByteWriter,
  context: FunctionContext,
  scratch: number,
  priced: (writer: ByteWriter) => ByteWriter,
): void {
  out.byte(LOCAL_TEE).u32(scratch);
  out.byte(GLOBAL_GET).u32(context.fuelGlobal);
  out.byte(LOCAL_GET).u32(scratch).byte(0xad); // i64.extend_i32_u
  priced(out).byte(I64_SUB).byte(GLOBAL_SET).u32(context.fuelGlobal);
}

function writeBlockType(out: ByteWriter, results: Uint8Array, context: FunctionContext): void {
  const [only] = results;
  if (only === undefined) out.byte(VOID);
  else if (results.length === 1) out.byte(only);
  else out.s64(context.blockTypeOf(results));
}

/** The declaration of locals with one more i32 at its end. */
function withScratch(
  body: ByteReader,
  params: number,
): { localBytes: Uint8Array; localCount: number; scratch: number } {
  const groups = body.u32();
  const from = body.offset;
  let localCount = 0;
  for (let i = 0; i < groups; i++) {
    localCount += body.u32();
    readValueType(body);
  }
  const declared = body.bytes.subarray(from, body.offset);
  const localBytes = new ByteWriter()
    .u32(groups + 1)
    .raw(declared)
    .u32(1)
    .byte(0x7f)
    .bytes();
  return { localBytes, localCount, scratch: params + localCount };
}
