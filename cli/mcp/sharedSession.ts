import { openSession, type Session, type SessionOptions } from '../client';
import { CommandFailure } from '../failures';

/** One language server for all calls: started by the first, and anew after it has died. */
export class SharedSession {
  private opened: Promise<Session> | undefined;

  constructor(private readonly options: SessionOptions) {}

  request: Session['request'] = async (...request) => {
    const opening = (this.opened ??= openSession(this.options));
    try {
      return await (await opening).request(...request);
    } catch (error) {
      // An expected failure leaves the server as it is; whatever else happened, the next call gets a new one.
      const isExpected = !(error instanceof CommandFailure) || error.code !== undefined;
      if (!isExpected && this.opened === opening) {
        this.opened = undefined;
        await opening.then((session) => session.close()).catch(() => undefined);
      }
      throw error;
    }
  };

  async close(): Promise<void> {
    const opening = this.opened;
    this.opened = undefined;
    await opening?.then((session) => session.close()).catch(() => undefined);
  }
}
