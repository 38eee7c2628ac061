// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';

import { Argument } from 'commander';

import { LullError, toError } from '../../protocol/errors.ts';
import { PRESET_NAMES } from '../../protocol/presets.ts';
import {
  SETTING_SECTIONS,
  settingDoc,
  settingKeysIn,
  type Settings,
  type SettingSection,
} from '../../protocol/settings.ts';
import { withAgent } from '../agent-connection.ts';
import type { CliCommand, CliContext } from '../context.ts';
import { patchOf, presetPatch, settingKey, settingLines, valueText } from '../setting-values.ts';

const settingsOf = async (context: CliContext): Promise<Settings> =>
  (await withAgent(context, (agent) => agent.send('snapshot', {}))).state.settings;

function fileOrFail<T>(work: () => T, path: string): T {
  try {
    return work();
  } catch (error) {
    throw new LullError('invalid_request', `${path} cannot be used: ${toError(error).message}.`, {
      cause: error,
    });
  }
}

async function list(context: CliContext): Promise<void> {
  const settings = await settingsOf(context);
  context.output.result(settings, settingLines(settings));
}

async function get(context: CliContext, name: string): Promise<void> {
  const key = settingKey(name);
  const settings = await settingsOf(context);
  context.output.result(settings[key], [valueText(key, settings), settingDoc(key).doc]);
}

async function set(context: CliContext, name: string, text: string): Promise<void> {
  const key = settingKey(name);
  const patch = patchOf(key, text);
  const settings = await withAgent(context, async (agent) => {
    await agent.send('setSettings', patch);
    return (await agent.send('snapshot', {})).state.settings;
  });
  context.output.result({ [key]: settings[key] }, [`${key} is ${valueText(key, settings)} now.`]);
}

async function exportTo(context: CliContext, path: string | undefined): Promise<void> {
  const { text } = await withAgent(context, (agent) => agent.send('exportSettings', {}));
  if (path === undefined) return context.output.result(JSON.parse(text), text.trimEnd().split('\n'));
  fileOrFail(() => writeFileSync(path, text), path);
  context.output.result({ written: path }, [`The settings are in ${path}.`]);
}

async function importFrom(context: CliContext, path: string): Promise<void> {
  const text = fileOrFail(() => readFileSync(path, 'utf8'), path);
  const { bad } = await withAgent(context, (agent) => agent.send('importSettings', { text }));
  const left = `These could not be taken over and stay as they were: ${bad.join(', ')}.`;
  context.output.result({ bad }, ['The settings are taken over.', ...(bad.length > 0 ? [left] : [])]);
}

async function reset(context: CliContext, section: SettingSection | undefined): Promise<void> {
  await withAgent(context, (agent) => agent.send('resetSettings', section === undefined ? {} : { section }));
  const what = section === undefined ? 'All settings are' : `The settings of ${section} are`;
  const keys = (section === undefined ? SETTING_SECTIONS : [section]).flatMap(settingKeysIn);
  context.output.result({ reset: keys }, [`${what} back at their defaults.`]);
}

async function preset(context: CliContext, name: string): Promise<void> {
  const patch = presetPatch(name);
  await withAgent(context, (agent) => agent.send('setSettings', patch));
  context.output.result(patch, [`The limits are those of "${name}" now.`]);
}

const EXAMPLES = `
Examples:
  lull settings                          all of them, with what they do
  lull settings set awayCpuPercent 75
  lull settings set stopOnCall off
  lull settings set exclusiveApps '["blender", "steam"]'
  lull settings preset quiet
  lull settings export lull.json         on another computer: lull settings import lull.json

A change holds at once. Consent and pauses are no settings: see \`lull accept\` and \`lull pause\`.`;

export const command: CliCommand = {
  define: (program, run) => {
    program.action(() => run(list)).addHelpText('after', EXAMPLES);
    program
      .command('get <setting>')
      .description('print one setting')
      .action((name: string) => run((context) => get(context, name)));
    program
      .command('set <setting> <value>')
      .description('change one setting: a number, a text, on or off, none, or JSON')
      .action((name: string, text: string) => run((context) => set(context, name, text)));
    program
      .command('export [file]')
      .description('write the settings to a file, or print them')
      .action((path: string | undefined) => run((context) => exportTo(context, path)));
    program
      .command('import <file>')
      .description('take settings over from a file that was exported')
      .action((path: string) => run((context) => importFrom(context, path)));
    program
      .command('reset')
      .description('put one section back to its defaults, or everything')
      .addArgument(new Argument('[section]', 'which part').choices(SETTING_SECTIONS))
      .action((section: SettingSection | undefined) => run((context) => reset(context, section)));
    program
      .command('preset')
      .description('take limits that fit together')
      .addArgument(new Argument('<name>', 'which').choices(PRESET_NAMES))
      .action((name: string) => run((context) => preset(context, name)));
  },
};
