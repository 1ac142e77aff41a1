/** Serves the page with samples: `npx tsx test/page/look.main.ts [failing|well|fresh|nothing|hostile] [PORT]`. */
import { type Scene, scenes, startSampleServer } from './sample-server.ts';

const [wanted = 'failing', port = '8099'] = process.argv.slice(2);
const scene: Scene = scenes.find((one) => one === wanted) ?? 'failing';
const { url } = await startSampleServer(scene, Number(port));
process.stdout.write(`${url}\n`);
