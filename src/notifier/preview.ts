/** What a request would be made of, for tests of a configuration: without what the URL holds, which may be secret, and who it is from. */
import type { Services } from './notifier.ts';

/** The request for one notification, or why there is none: it would be rejected (`wrong`) or filtered (`unfit`). */
export type Preview =
  | {
      readonly value: {
        readonly method: string;
        /** What comes after the URL. */
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: string;
      };
    }
  | { readonly wrong: string }
  | { readonly unfit: string };

export type PreviewServices = Pick<Services, 'name' | 'servername' | 'specialUse'>;
