// SPDX-License-Identifier: MIT
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

import type { SystemInfo } from '../agent-ports.ts';

/** What this computer is, as far as this process may use it: in a container, the container's share. */
export function systemInfo(): SystemInfo {
  // 0: nothing limits the memory, or it cannot be known.
  const limit = process.constrainedMemory();
  const total = totalmem();
  return {
    platform: platform(),
    arch: arch(),
    cpuModel: (cpus()[0]?.model ?? 'unknown').trim().slice(0, 200),
    threads: Math.max(1, availableParallelism()),
    // No task can use one yet.
    gpus: 0,
    totalMemoryBytes: limit > 0 ? Math.min(limit, total) : total,
  };
}
