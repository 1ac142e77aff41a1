/** The table of intakes: a new way in is a file that declares itself with `defineIntake`, and its line here. */
import { datagram } from './datagram-kind.ts';
import { dlist } from './dlist/dlist-kind.ts';
import { http } from './http/http-kind.ts';
import type { IntakeKind, IntakeSetting } from './intake.ts';

export const intakeKinds: readonly IntakeKind[] = [datagram, dlist, http];

/** The kind that a setting asks for. */
export function kindOf({ transport }: IntakeSetting): IntakeKind {
  const kind = intakeKinds.find(({ name }) => name === transport);
  if (kind === undefined) throw new Error(`there is no intake ${transport}`);
  return kind;
}
