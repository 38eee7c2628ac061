// SPDX-License-Identifier: MIT

/** What is streamed between a worker and its agent is cut into pieces of this many bytes; only a last one is smaller. */
export const PIECE_BYTES = 1024 * 1024;
