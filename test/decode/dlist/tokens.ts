/** What means something in the stream, for readers to stumble over. */
export const tokens: readonly string[] = [
  ...['{5}\r\n', '{5+}\r\n', '{0+}\r\n', '{4294967295+}\r\n', '%(', '(', ')', '"', '\\'],
  ...['\r\n', 'NIL', ' ', '\0', '%{', 'ü'],
];
