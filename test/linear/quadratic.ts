/** Readers of which some take the square of their text: what counts steps must notice those. */
import { everyShape, type Trial } from './shapes.ts';

/** For each character looks through all that follow. */
function quadratic(text: string): number {
  let equal = 0;
  for (let one = 0; one < text.length; one += 1) {
    for (let other = one + 1; other < text.length; other += 1) if (text[one] === text[other]) equal += 1;
  }
  return equal;
}

/** With the inner loop in a function of the engine that calls back. */
function quadraticByCallbacks(text: string): number {
  const characters = [...text];
  return characters.filter((one) => characters.some((other) => other > one)).length;
}

function linear(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}

export function* trials(): Generator<Trial> {
  const few = { only: ['newlines'], length: 1024 };
  yield* everyShape('quadratic', quadratic, few);
  yield* everyShape('quadratic by callbacks', quadraticByCallbacks, few);
  yield* everyShape('linear', linear, few);
}
