// The shim's side of the frames, written from proto/shim.md alone: for codec tests and for peers
// that break the rules on purpose.

const u8 = (value: number) => Buffer.from([value & 255]);
const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const block = (text: string) => Buffer.concat([u32(text.length), Buffer.from(text, 'latin1')]);
const strings = (each: readonly string[]) => block(each.map((text) => `${text}\0`).join(''));

/** A frame of any type from a shim. */
export function upFrame(type: number, payload: Buffer): Buffer {
  return Buffer.concat([u32(payload.length), u8(type), payload]);
}

export interface HelloParts {
  readonly version?: number;
  /** 32 hexadecimal digits. */
  readonly requestId: string;
  readonly umask: number;
  readonly terminals: number;
  readonly rows: number;
  readonly columns: number;
  readonly session: number;
  readonly limits: readonly (readonly [bigint, bigint])[];
  readonly host: string;
  readonly timeZone: string;
  readonly workingDirectory: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
}

/** A whole Hello frame; what is not given is ordinary. */
export function encodeHello(parts: Partial<HelloParts> = {}): Buffer {
  const { version = 1, requestId = '00'.repeat(16), umask = 0o22, terminals = 0 } = parts;
  const { rows = 0, columns = 0, session = 1, limits = [], host = 'h', timeZone = '' } = parts;
  const { workingDirectory = '/', argv = ['sbatch'], environment = ['A=1'] } = parts;
  const payload = [
    u8(version),
    Buffer.from(requestId, 'hex'),
    u32(umask),
    u8(terminals),
    u16(rows),
    u16(columns),
    u32(session),
    u8(limits.length),
    ...limits.flatMap(([soft, hard]) => [u64(soft), u64(hard)]),
    block(host),
    block(timeZone),
    block(workingDirectory),
    strings(argv),
    strings(environment),
  ];
  return upFrame(1, Buffer.concat(payload));
}
