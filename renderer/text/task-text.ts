// SPDX-License-Identifier: MIT
import type { Translate } from '../../assets/words/translate.ts';
import type { ActivityItem } from '../../protocol/agent-state.ts';
import type { TaskId } from '../../protocol/ids.ts';

/** "Task 13": a task's place in its job, counted from one as people count. */
export function taskName(task: TaskId, t: Translate): string {
  const index = Number(task.slice(task.lastIndexOf('.') + 1));
  return t('task.name', { number: index + 1 });
}

/** How a finished task ended, in one word or two. */
export function resultText(result: ActivityItem['result'], t: Translate): string {
  return t(`result.${result.kind}`);
}
