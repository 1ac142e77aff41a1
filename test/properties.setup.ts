/** What every run of the unit suite shares: each of its properties tries the same values each time, on every machine. */
import fc from 'fast-check';

// A new value that breaks an old promise is found by `npm run fuzz`, which begins elsewhere each time, and not by whoever
// happens to run the tests next.
if (process.env['FUZZ_SECONDS'] === undefined) fc.configureGlobal({ seed: 5423 });
