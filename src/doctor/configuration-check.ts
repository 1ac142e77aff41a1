/** Whether the configuration of belfry is right: what `belfry check` finds. */
import { type Check, fault, ok, unchecked, warning } from './check.ts';

/** What the file system refuses to whoever runs this: the user of the daemon may have the right to it. */
export const concernsUser = (remedy = ''): boolean => /user of the daemon|run this as that user/.test(remedy);

export const configurationCheck: Check = {
  name: 'configuration',
  async *run({ loaded, uid }) {
    const { problems, files } = loaded;
    for (const { severity, message, remedy, file, line, option } of problems) {
      const place = { file, line, option };
      if (uid !== 0 && concernsUser(remedy)) {
        yield unchecked(`${message}; the user of the daemon may be allowed to: run this as root or as that user`, {
          place,
        });
      } else if (severity === 'error') {
        const meaning = 'belfry does not start with this, and a running daemon keeps its old configuration at a reload';
        yield fault(message, meaning, remedy ?? 'correct the line; belfry check shows it with every value in force', {
          place,
        });
      } else {
        yield warning(message, 'it probably has another effect than intended', remedy ?? 'correct the line', { place });
      }
    }
    if (problems.length === 0) yield ok(`${files.join(', ')}: no mistakes`);
  },
};
