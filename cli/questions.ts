import { readFileSync } from 'node:fs';
import { failure } from './failures';

export interface Question {
  id: string | number;
  question: string;
}

export function readQuestions(file: string): Question[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw failure.questionsUnreadable(file, error instanceof Error ? error.message : String(error));
  }
  return parseQuestions(file, text);
}

/** Every line is checked before the first question is asked; blank lines are skipped. */
export function parseQuestions(file: string, text: string): Question[] {
  const questions = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseQuestion(file, index + 1, line)]));
  if (questions.length === 0) throw failure.questionsEmpty(file);
  return questions;
}

function parseQuestion(file: string, line: number, text: string): Question {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure.questionsLine(file, line, 'This is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw failure.questionsLine(file, line, 'This is not an object.');
  }
  const { id, question } = value as Record<string, unknown>;
  if (typeof id !== 'string' && typeof id !== 'number') {
    throw failure.questionsLine(file, line, '"id" must be a string or a number.');
  }
  if (typeof question !== 'string') throw failure.questionsLine(file, line, '"question" must be a string.');
  return { id, question };
}
