/** The names of the consumer of unusable requests, apart from the shapes of the protocol, which take a library to load. */
export { formerUnusableConsumer, unusableConsumer } from '../spool/spool.ts';
