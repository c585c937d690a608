import { ErrorCodes, ResponseError } from 'vscode-languageserver/node';

/** What an `InvalidParams` answer carries besides its message. */
export interface InvalidParamsData {
  /** The field that was refused; absent where the parameters are no object. */
  field?: string;
}

/** Reads one value that arrived from outside, or throws a `Refusal`. */
export type Check<Value> = (value: unknown) => Value;

class Refusal extends Error {}

interface OptionalField<Value> {
  optional: Check<Value>;
}

/** One entry per field of `Params`, so that a field added to the protocol does not compile until it is checked. */
type Fields<Params> = {
  [Name in keyof Params]-?: Partial<Pick<Params, Name>> extends Pick<Params, Name>
    ? OptionalField<Exclude<Params[Name], undefined>>
    : Check<Params[Name]>;
};

export const optional = <Value>(check: Check<Value>): OptionalField<Value> => ({ optional: check });

/** Reads an object field by field; fields it does not know are dropped, so that newer clients keep working. */
export function object<Params extends object>(fields: Fields<Params>): Check<Params> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid('must be an object');
    const source = value as Record<string, unknown>;
    const read: Record<string, unknown> = {};
    for (const [name, field] of Object.entries<Check<unknown> | OptionalField<unknown>>(fields)) {
      const given = source[name];
      const isOptional = typeof field !== 'function';
      if (isOptional && (given === undefined || given === null)) continue;
      read[name] = readField(name, isOptional ? field.optional : field, given);
    }
    return read as Params;
  };
}

function readField(name: string, check: Check<unknown>, value: unknown): unknown {
  try {
    return check(value);
  } catch (error) {
    if (error instanceof Refusal) throw invalid(error.message, name);
    if (error instanceof ResponseError) throw within(name, error as ResponseError<InvalidParamsData>);
    throw error;
  }
}

/** Names a field of an object inside a field: `folders.name`. */
function within(name: string, error: ResponseError<InvalidParamsData>): ResponseError<InvalidParamsData> {
  const inner = error.data?.field;
  const what = error.message.slice(`Invalid parameters: ${inner ?? 'they'} `.length, -1);
  return invalid(what, inner === undefined ? name : `${name}.${inner}`);
}

function invalid(what: string, field?: string): ResponseError<InvalidParamsData> {
  const message = `Invalid parameters: ${field ?? 'they'} ${what}.`;
  return new ResponseError(ErrorCodes.InvalidParams, message, field === undefined ? {} : { field });
}

/** A check out of a predicate; `what` completes the sentence "<field> ...". */
export function where<Value>(is: (value: unknown) => value is Value, what: string): Check<Value> {
  return (value) => {
    if (!is(value)) throw new Refusal(what);
    return value;
  };
}

export const text = where((value): value is string => typeof value === 'string', 'must be a string');

export const flag = where((value): value is boolean => typeof value === 'boolean', 'must be true or false');

export const oneOf = <Name extends string>(names: readonly Name[]): Check<Name> =>
  where((value): value is Name => names.some((name) => name === value), `must be one of ${names.join(', ')}`);

/** A list whose items all pass; an item that is refused names the list's field. */
export const listOf =
  <Item>(check: Check<Item>, least: number, most: number): Check<Item[]> =>
  (value) => {
    if (!Array.isArray(value)) throw new Refusal('must be a list');
    if (value.length < least || value.length > most) throw new Refusal(`must have ${least} to ${most} items`);
    return value.map(check);
  };

/** A list in which no two items have the same key. */
export const unique =
  <Item>(check: Check<Item[]>, keyOf: (item: Item) => string, what: string): Check<Item[]> =>
  (value) => {
    const items = check(value);
    if (new Set(items.map(keyOf)).size < items.length) throw new Refusal(what);
    return items;
  };

/** Not only whole ones. */
export const decimal = (least: number, most: number): Check<number> =>
  where(
    (value): value is number => typeof value === 'number' && value >= least && value <= most,
    `must be a number from ${least} to ${most}`,
  );

export const integer = (least: number, most: number): Check<number> =>
  where(
    (value): value is number => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `must be a whole number from ${least} to ${most}`,
  );
