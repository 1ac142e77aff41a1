/** The table of the routes: one line for each kind of sender that the intake over HTTP understands. */
import { dovecot } from './dovecot.ts';
import { events } from './events.ts';
import type { Route } from './route.ts';

export const routes: readonly Route[] = [events, dovecot];
