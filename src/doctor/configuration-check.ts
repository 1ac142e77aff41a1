/** Whether the configuration of belfry is right: what `belfry check` finds. */
import { type Check, fault, ok, warning } from './check.ts';

export const configurationCheck: Check = {
  name: 'configuration',
  async *run({ loaded }) {
    const { problems, files } = loaded;
    for (const { severity, message, remedy, file, line, option } of problems) {
      const place = { file, line, option };
      if (severity === 'error') {
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
