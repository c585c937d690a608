/** Whether the machine runs on battery. What cannot be told counts as mains: the user then sees no difference. */

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface PowerSource {
  isOnBattery(): Promise<boolean>;
}

/** Where Linux tells of chargers and batteries, see Documentation/ABI/testing/sysfs-class-power. */
const linuxSupplies = '/sys/class/power_supply';
/** More chargers and batteries than a machine has. */
const suppliesMax = 64;
/** A machine is plugged in and out by hand. */
const checkedEveryMs = 30_000;
/** A command that takes longer tells nothing. */
const commandMsMax = 5_000;

const mains: PowerSource = { isOnBattery: () => Promise.resolve(false) };

/** @param folder holds one folder for each supply, with a file for each property */
export function linuxPower(folder = linuxSupplies): PowerSource {
  const property = async (supply: string, name: string): Promise<string> => {
    try {
      return (await readFile(join(folder, supply, name), 'utf8')).trim();
    } catch {
      return '';
    }
  };
  return {
    isOnBattery: async () => {
      const supplies = await readdir(folder).catch((): string[] => []);
      let discharges = false;
      for (const supply of supplies.slice(0, suppliesMax)) {
        // Of a mouse or a headset.
        if ((await property(supply, 'scope')) === 'Device') continue;
        if ((await property(supply, 'type')) === 'Battery') {
          discharges ||= (await property(supply, 'status')) === 'Discharging';
        } else if ((await property(supply, 'online')) === '1') return false;
      }
      return discharges;
    },
  };
}

/** A command of the system whose output tells. */
function commandPower(command: string, args: readonly string[], tells: RegExp): PowerSource {
  return {
    isOnBattery: async () => {
      try {
        const options = { timeout: commandMsMax, windowsHide: true };
        return tells.test((await promisify(execFile)(command, [...args], options)).stdout);
      } catch {
        return false;
      }
    },
  };
}

/** What `pmset -g batt` prints first. */
export const macOnBattery = /drawing from 'Battery Power'/;
/** The property BatteryStatus of Win32_Battery: 1 discharges, 2 is on mains, others charge. */
export const windowsOnBattery = /^\s*1\s*$/m;

export function systemPower(platform: NodeJS.Platform = process.platform): PowerSource {
  switch (platform) {
    case 'linux':
      return linuxPower();
    case 'darwin':
      return commandPower('pmset', ['-g', 'batt'], macOnBattery);
    case 'win32': {
      const query = '(Get-CimInstance -ClassName Win32_Battery).BatteryStatus';
      return commandPower(
        'powershell.exe',
        ['-NoProfile', '-NonInteractive', '-Command', query],
        windowsOnBattery,
      );
    }
    default:
      return mains;
  }
}

/** Asks at most every half minute. */
export function seldomAsked(source: PowerSource, clock: () => number = () => performance.now()): PowerSource {
  let askedAtMs = -Infinity;
  let told = Promise.resolve(false);
  return {
    isOnBattery: () => {
      if (clock() - askedAtMs >= checkedEveryMs) {
        askedAtMs = clock();
        told = source.isOnBattery();
      }
      return told;
    },
  };
}
