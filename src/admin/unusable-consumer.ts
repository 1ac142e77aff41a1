/** The name of the consumer of unusable requests, apart from the shapes of the protocol, which take a library to load. */
export { unusableConsumer } from '../spool/spool.ts';
