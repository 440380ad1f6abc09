/** A member of an archive that a test makes up, as tar writes it; what is left out is harmless. */
export interface TarMember {
  readonly name: string;
  /** POSIX ustar: 0 file, 1 hard link, 2 symlink, 3 and 4 devices, 5 folder, 6 FIFO. */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly target?: string;
  readonly mode?: number;
  /** Seconds since the epoch. */
  readonly modified?: number;
  /** What the header says instead of the content's length. */
  readonly size?: number;
  /** Long names in a pax header instead of in GNU's own. */
  readonly pax?: boolean;
}

const block = 512;

/** An uncompressed tar archive: just the bytes, with whatever nonsense the members say. */
export function tarBytes(members: readonly TarMember[], { end = true } = {}): Buffer {
  const parts = members.flatMap((member) => [...longNames(member), ...plainMember(member)]);
  return Buffer.concat([...parts, Buffer.alloc(end ? 2 * block : 0)]);
}

function longNames({ name, target = '', pax = false }: TarMember): Buffer[] {
  const long = [
    { text: name, key: 'path', type: 'L' },
    { text: target, key: 'linkpath', type: 'K' },
  ].filter(({ text }) => Buffer.byteLength(text) > 100);
  return long.flatMap(({ text, key, type }) =>
    plainMember(
      pax
        ? { name: 'PaxHeader', type: 'x', content: paxRecord(key, text) }
        : { name: '././@LongLink', type, content: `${text}\0` },
    ),
  );
}

/** `LENGTH key=value\n`, where the length counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`);
  return `${length}${rest}`;
}

function plainMember(member: TarMember): Buffer[] {
  const content = Buffer.from(member.content ?? '');
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return [header(member, content.length), content, padding];
}

function header(member: TarMember, length: number): Buffer {
  const { name, type = '0', target = '', mode = 0o644, modified = 1_700_000_000, size = length } = member;
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number) =>
    value
      .toString(8)
      .padStart(width - 1, '0')
      .slice(-width);
  bytes.write(name, 0, 100);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(modified, 12), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156, 1);
  bytes.write(target, 157, 100);
  bytes.write('ustar\0', 257, 'latin1');
  bytes.write('00', 263);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 7)}\0 `, 148);
  return bytes;
}
