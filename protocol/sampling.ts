/** What an answer is drawn with. Bounds stand here since the command line tells of them before a server is started. */

/** From here on tokens are drawn almost evenly. */
export const temperatureMax = 2;
/** A seed is a whole number of 32 bits. */
export const seedMax = 2 ** 32 - 1;

export interface SamplingParams {
  /** Above 0 the answer is drawn among the likely ones, the more freely the higher; 0, or none, leaves nothing to chance. */
  temperature?: number;
  /** Of an answer that is drawn: the same seed draws the same from the same blocks, another one something else. 0 without. */
  seed?: number;
}
