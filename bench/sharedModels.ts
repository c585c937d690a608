import { copyFileSync, existsSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choiceFile } from '../server/model/productForm';

/** Lets a cache folder use the weights of another one, in the form that was found to be faster here. */
export function shareModels(from: string, to: string): void {
  symlinkSync(resolve(from, 'models'), join(to, 'models'), 'junction');
  copyChoice(from, to);
}

/** Without it `int8` would be run wherever it is there, whatever the product runs on this machine. */
export function copyChoice(from: string, to: string): void {
  const choice = join(from, choiceFile);
  if (existsSync(choice)) copyFileSync(choice, join(to, choiceFile));
}
