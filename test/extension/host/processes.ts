/** Which processes run on this machine; for suites in the page and inside the extension host. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  pid: number;
  parentPid: number;
  command: string;
}

/** Language servers whose command line contains the text: a path of the profile, for the servers of one VS Code. */
export function languageServers(containing = ''): RunningProcess[] {
  const processes = process.platform === 'linux' ? fromProc() : fromPs();
  return processes.filter(
    ({ command }) => /dist[\\/]server\.js/.test(command) && command.includes(containing),
  );
}

/** Time that a process has spent on the cores since it began. */
export function cpuMs(pid: number): number {
  if (process.platform === 'linux') {
    // Fields 14 and 15 count hundredths of a second; they come after the program's name in brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return 10 * (Number(user) + Number(system));
  }
  const [seconds, minutes, hours] = execFileSync('ps', ['-o', 'cputime=', '-p', `${pid}`], {
    encoding: 'utf8',
  })
    .trim()
    .split(':')
    .map(Number)
    .reverse();
  return 1_000 * (seconds! + 60 * (minutes ?? 0) + 3_600 * (hours ?? 0));
}

/** Debian's smallest images have no `ps`. */
function fromProc(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // After the program's name in brackets come the state and the parent.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parentPid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ');
        return [{ pid: Number(name), parentPid, command }];
      } catch {
        return []; // It ended while it was looked at.
      }
    });
}

function fromPs(): RunningProcess[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parentPid, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parentPid: Number(parentPid), command }];
  });
}
