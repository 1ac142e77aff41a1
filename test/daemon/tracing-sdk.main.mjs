/** Loaded before belfry by tests: a real SDK of OpenTelemetry that writes its spans to the file SPANS when it is flushed. */
import { appendFileSync } from 'node:fs';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor(exporter);
const file = process.env.SPANS ?? '';

new NodeTracerProvider({
  spanProcessors: [
    processor,
    {
      onStart: () => {},
      onEnd: () => {},
      shutdown: async () => {},
      async forceFlush() {
        await processor.forceFlush();
        for (const span of exporter.getFinishedSpans()) {
          const { name, kind, attributes, status, parentSpanContext } = span;
          const { traceId, spanId } = span.spanContext();
          const written = { name, kind, attributes, status, parent: parentSpanContext?.spanId, traceId, spanId };
          appendFileSync(file, `${JSON.stringify(written)}\n`);
        }
        exporter.reset();
      },
    },
  ],
}).register();
