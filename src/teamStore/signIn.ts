import type * as vscode from 'vscode';
import { teamStoreSettings } from '../settings';

const secretName = 'landmark.teamStore.key';

interface Key {
  keyId: string;
  secret: string;
}

/** The key of the team store, in the editor's secret storage: never in settings, messages or logs. */
export class SignIn {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  /** For the server's process, where a team store is used; empty where the user has not signed in. */
  async environment(): Promise<Record<string, string>> {
    if (!teamStoreSettings()) return {};
    const key = await this.#key();
    return key ? { LANDMARK_TEAM_STORE_KEY_ID: key.keyId, LANDMARK_TEAM_STORE_SECRET: key.secret } : {};
  }

  async store(key: Key): Promise<void> {
    await this.secrets.store(secretName, JSON.stringify(key));
  }

  async forget(): Promise<void> {
    await this.secrets.delete(secretName);
  }

  async #key(): Promise<Key | undefined> {
    // Where the system has no key store, the user is as one who has not signed in.
    const text = await Promise.resolve(this.secrets.get(secretName)).catch(() => undefined);
    try {
      const { keyId, secret } = JSON.parse(text ?? '{}') as Partial<Key>;
      return keyId !== undefined && secret !== undefined ? { keyId, secret } : undefined;
    } catch {
      return undefined;
    }
  }
}
