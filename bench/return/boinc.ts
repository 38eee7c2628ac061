// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { eventually } from '../../test/support/eventually.ts';
import { freePort, TestProcess } from '../../test/support/processes.ts';
import type { Contender } from './contender.ts';

const run = promisify(execFile);

/** An application as BOINC's own library makes them, which computes for ever. */
const APPLICATION = `
#include "boinc_api.h"
int main() {
  boinc_init();
  volatile unsigned long x = 1;
  for (;;) {
    for (long i = 0; i < 50000000; i++) x = x * 6364136223846793005UL + 1;
    boinc_fraction_done(0.01);
  }
}
`;
const PROJECT = 'http://127.0.0.1:9/';
const FILE = 'spin_1.0';
/** min without input; much less than people set, so that rounds are short */
const IDLE_MINUTES = 0.05;

const xml = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** What the client would remember of a project that had sent it a task for every processor. */
function clientState(application: Uint8Array): string {
  const now = Date.now() / 1000;
  const tasks = Array.from({ length: availableParallelism() }, (_, i) =>
    xml(
      `<workunit>`,
      `<name>unit${i}</name>`,
      `<app_name>spin</app_name>`,
      `<version_num>100</version_num>`,
      `<rsc_fpops_est>1e16</rsc_fpops_est>`,
      `<rsc_fpops_bound>1e20</rsc_fpops_bound>`,
      `<rsc_memory_bound>1e8</rsc_memory_bound>`,
      `<rsc_disk_bound>1e9</rsc_disk_bound>`,
      `</workunit>`,
      `<result>`,
      `<name>result${i}</name>`,
      `<wu_name>unit${i}</wu_name>`,
      `<state>2</state>`,
      `<platform>x86_64-pc-linux-gnu</platform>`,
      `<version_num>100</version_num>`,
      `<report_deadline>${now + 864_000}</report_deadline>`,
      `<received_time>${now}</received_time>`,
      `</result>`,
    ),
  );
  return xml(
    `<client_state>`,
    `<host_info>`,
    `<p_fpops>1e9</p_fpops>`,
    `<p_iops>1e9</p_iops>`,
    `<p_membw>1e9</p_membw>`,
    `<p_calculated>${now}</p_calculated>`,
    `</host_info>`,
    `<project>`,
    `<master_url>${PROJECT}</master_url>`,
    `<project_name>spin</project_name>`,
    `<hostid>1</hostid>`,
    `<dont_request_more_work/>`,
    `</project>`,
    `<app>`,
    `<name>spin</name>`,
    `</app>`,
    `<file>`,
    `<name>${FILE}</name>`,
    `<nbytes>${application.length}</nbytes>`,
    `<md5_cksum>${createHash('md5').update(application).digest('hex')}</md5_cksum>`,
    `<status>1</status>`,
    `<executable/>`,
    `</file>`,
    `<app_version>`,
    `<app_name>spin</app_name>`,
    `<version_num>100</version_num>`,
    `<platform>x86_64-pc-linux-gnu</platform>`,
    `<avg_ncpus>1</avg_ncpus>`,
    `<flops>1e9</flops>`,
    `<file_ref>`,
    `<file_name>${FILE}</file_name>`,
    `<main_program/>`,
    `</file_ref>`,
    `</app_version>`,
    ...tasks,
    `<platform_name>x86_64-pc-linux-gnu</platform_name>`,
    `</client_state>`,
  );
}

const ACCOUNT = xml(
  `<account>`,
  `<master_url>${PROJECT}</master_url>`,
  `<authenticator>none</authenticator>`,
  `</account>`,
);

const PREFERENCES = xml(
  `<global_preferences>`,
  `<run_on_batteries>1</run_on_batteries>`,
  `<run_if_user_active>0</run_if_user_active>`,
  `<idle_time_to_run>${IDLE_MINUTES}</idle_time_to_run>`,
  `<suspend_cpu_usage>0</suspend_cpu_usage>`,
  `<leave_apps_in_memory>1</leave_apps_in_memory>`,
  `<max_ncpus_pct>100</max_ncpus_pct>`,
  `<cpu_usage_limit>100</cpu_usage_limit>`,
  `</global_preferences>`,
);

const OPTIONS = xml(
  `<cc_config>`,
  `<options>`,
  `<skip_cpu_benchmarks>1</skip_cpu_benchmarks>`,
  `<allow_multiple_clients>1</allow_multiple_clients>`,
  `<unsigned_apps_ok>1</unsigned_apps_ok>`,
  `</options>`,
  `</cc_config>`,
);

/** Pids of the application's processes, which the client starts. */
async function children(client: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        return new RegExp(`^PPid:\\s+${client}$`, 'm').test(status) ? pid : undefined;
      } catch {
        // It ended between the two looks.
        return undefined;
      }
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

/**
 * Debian's client with a task of its own library for every processor, as if a project had sent them.
 * @returns undefined, with a line that says what is missing, where it cannot be had
 */
export async function startBoinc(
  folder: string,
  display: string,
  progress: (line: string) => void,
): Promise<Contender | undefined> {
  const project = join(folder, 'projects', '127.0.0.1_9');
  const program = join(project, FILE);
  await mkdir(project, { recursive: true });
  await mkdir(join(folder, 'slots'));
  await writeFile(join(folder, 'spin.cpp'), APPLICATION);
  try {
    await run('boinc', ['--version']);
    await run('g++', [
      ...['-O2', '-I/usr/include/boinc', join(folder, 'spin.cpp'), '-o', program],
      ...['-lboinc_api', '-lboinc', '-lpthread'],
    ]);
  } catch (error) {
    progress(
      `BOINC is not measured; on Debian install boinc-client, libboinc-app-dev and g++. (${String(error).split('\n')[0] ?? ''})`,
    );
    return undefined;
  }
  await chmod(program, 0o755);
  await writeFile(join(folder, 'client_state.xml'), clientState(await readFile(program)));
  await writeFile(join(folder, 'account_127.0.0.1_9.xml'), ACCOUNT);
  await writeFile(join(folder, 'global_prefs_override.xml'), PREFERENCES);
  await writeFile(join(folder, 'cc_config.xml'), OPTIONS);
  const port = String(await freePort());
  const client = new TestProcess(
    'boinc',
    'boinc',
    ['--dir', folder, '--no_gpus', '--skip_cpu_benchmarks', '--insecure', '--gui_rpc_port', port],
    { env: { ...process.env, DISPLAY: display }, cwd: folder },
  );
  const mode = async (name: 'always' | 'auto' | 'never'): Promise<void> => {
    const key = (await readFile(join(folder, 'gui_rpc_auth.cfg'), 'utf8')).trim();
    await run('boinccmd', [
      ...['--host', `127.0.0.1:${port}`, '--passwd', key],
      ...['--set_run_mode', name, '0'],
    ]);
  };
  await client.prints(/Initialization completed/);
  return {
    computing: () =>
      eventually('BOINC has a task for every processor', async () => {
        const pids = await children(client.pid);
        return pids.length >= availableParallelism() && pids;
      }),
    rest: () => mode('never'),
    goOn: () => mode('auto'),
    async stop() {
      await client.stop();
    },
  };
}
