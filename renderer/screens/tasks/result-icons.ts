// SPDX-License-Identifier: MIT
import type { ActivityItem } from '../../../protocol/agent-state.ts';
import type { IconName } from '../../ui/Icon.svelte';

/** How an attempt ended, as a sign. */
export const RESULT_ICONS = {
  completed: 'check',
  failed: 'alert',
  lost: 'close',
} as const satisfies Record<ActivityItem['result']['kind'], IconName>;
