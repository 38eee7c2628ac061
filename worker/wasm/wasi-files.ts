// SPDX-License-Identifier: MIT
import {
  Directory,
  Fd,
  File,
  type Inode,
  OpenDirectory,
  OpenFile,
  PreopenDirectory,
  wasi,
} from '@bjorn3/browser_wasi_shim';

const READ_RIGHTS = BigInt(
  wasi.RIGHTS_FD_READ |
    wasi.RIGHTS_FD_SEEK |
    wasi.RIGHTS_FD_TELL |
    wasi.RIGHTS_FD_ADVISE |
    wasi.RIGHTS_FD_FILESTAT_GET |
    wasi.RIGHTS_POLL_FD_READWRITE,
);
const DIRECTORY_RIGHTS = BigInt(
  wasi.RIGHTS_PATH_OPEN |
    wasi.RIGHTS_FD_READDIR |
    wasi.RIGHTS_PATH_FILESTAT_GET |
    wasi.RIGHTS_FD_FILESTAT_GET,
);
const WRITE_RIGHTS = BigInt(wasi.RIGHTS_FD_WRITE | wasi.RIGHTS_POLL_FD_READWRITE);

/** Files that the task names twice, or as a file and as a folder. */
export class ConflictingFiles extends Error {
  override readonly name = 'ConflictingFiles';
}

function status(filetype: number, rights: bigint, inherited = 0n): { ret: number; fdstat: wasi.Fdstat } {
  const fdstat = new wasi.Fdstat(filetype, 0);
  fdstat.fs_rights_base = rights;
  fdstat.fs_rights_inherited = inherited;
  return { ret: wasi.ERRNO_SUCCESS, fdstat };
}

/** A file that a module has open for reading: one of the task's, or stdin. */
export class OpenInput extends OpenFile {
  readonly input: InputFile;

  constructor(input: InputFile) {
    super(input);
    this.input = input;
  }

  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    return status(wasi.FILETYPE_REGULAR_FILE, READ_RIGHTS);
  }
  override fd_pread(size: number, offset: bigint): { ret: number; data: Uint8Array } {
    const from = Number(BigInt.asUintN(64, offset));
    return { ret: wasi.ERRNO_SUCCESS, data: this.file.data.subarray(from, from + size) };
  }
  override fd_allocate(): number {
    return wasi.ERRNO_BADF;
  }
  override fd_filestat_set_size(): number {
    return wasi.ERRNO_BADF;
  }
  override fd_write(): { ret: number; nwritten: number } {
    return { ret: wasi.ERRNO_BADF, nwritten: 0 };
  }
  override fd_pwrite(): { ret: number; nwritten: number } {
    return { ret: wasi.ERRNO_BADF, nwritten: 0 };
  }
}

/** Bytes that can be read and never changed. */
export class InputFile extends File {
  /** below "/"; undefined: stdin */
  readonly path: string | undefined;

  constructor(bytes: Uint8Array, path?: string) {
    super(new Uint8Array(), { readonly: true });
    this.data = bytes;
    this.path = path;
    this.ino = 0n;
  }
  override path_open(oflags: number, rights: bigint): { ret: number; fd_obj: OpenFile } {
    const wantsMore = (oflags & wasi.OFLAGS_TRUNC) !== 0 || (rights & BigInt(wasi.RIGHTS_FD_WRITE)) !== 0n;
    return { ret: wantsMore ? wasi.ERRNO_ROFS : wasi.ERRNO_SUCCESS, fd_obj: new OpenInput(this) };
  }
}

const directoryStatus = (): { ret: number; fdstat: wasi.Fdstat } =>
  status(wasi.FILETYPE_DIRECTORY, DIRECTORY_RIGHTS, DIRECTORY_RIGHTS | READ_RIGHTS);

/** The entries of a folder, listed once: the shim lists all of them again for each one that is read. */
class Listing {
  readonly #directory: Directory;
  readonly #entries: readonly (readonly [string, Inode])[];

  constructor(directory: Directory) {
    this.#directory = directory;
    this.#entries = [...directory.contents];
  }
  read(cookie: bigint): { ret: number; dirent: wasi.Dirent | null } {
    const place = BigInt.asUintN(64, cookie);
    const entry = place < 2n ? undefined : this.#entries[Number(place - 2n)];
    const dirent =
      place === 0n
        ? new wasi.Dirent(1n, this.#directory.ino, '.', wasi.FILETYPE_DIRECTORY)
        : place === 1n
          ? new wasi.Dirent(2n, this.#directory.parent_ino(), '..', wasi.FILETYPE_DIRECTORY)
          : entry === undefined
            ? null
            : new wasi.Dirent(place + 1n, entry[1].ino, entry[0], entry[1].stat().filetype);
    return { ret: wasi.ERRNO_SUCCESS, dirent };
  }
}

/** A folder that a module has open. */
export class OpenInputDirectory extends OpenDirectory {
  readonly input: InputDirectory;
  readonly #listing: Listing;

  constructor(input: InputDirectory) {
    super(input);
    this.input = input;
    this.#listing = new Listing(input);
  }

  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    return directoryStatus();
  }
  override fd_readdir_single(cookie: bigint): { ret: number; dirent: wasi.Dirent | null } {
    return this.#listing.read(cookie);
  }
}

export class InputDirectory extends Directory {
  /** below "/"; empty: "/" itself */
  readonly path: string;

  constructor(contents: Map<string, Inode>, path: string) {
    super(contents);
    this.path = path;
  }
  override path_open(): { ret: number; fd_obj: OpenDirectory } {
    return { ret: wasi.ERRNO_SUCCESS, fd_obj: new OpenInputDirectory(this) };
  }
}

interface Entry {
  /** what is left of its path in the folder that is being made */
  readonly parts: readonly string[];
  readonly bytes: Uint8Array;
}

/** Everything below a folder, in the order of names. */
function folder(entries: readonly Entry[], path: string): InputDirectory {
  const groups = Map.groupBy(entries, ({ parts }) => parts[0] ?? '');
  const contents = [...groups].map(([name, group]): [string, Inode] => {
    const [first] = group;
    const at = path === '' ? name : `${path}/${name}`;
    if (group.length === 1 && first?.parts.length === 1) return [name, new InputFile(first.bytes, at)];
    if (group.some(({ parts }) => parts.length === 1))
      throw new ConflictingFiles(`The task has more than one file or folder at "${name}".`);
    return [
      name,
      folder(
        group.map((entry) => ({ ...entry, parts: entry.parts.slice(1) })),
        at,
      ),
    ];
  });
  // By code units: an order that no language setting of the computer changes.
  return new InputDirectory(new Map(contents.sort(([a], [b]) => (a < b ? -1 : 1))), path);
}

/** The shim numbers files as they are made in its process; these are numbered by their place in the task. */
function numberFiles(directory: InputDirectory, first: bigint): bigint {
  directory.ino = first;
  let next = first + 1n;
  for (const entry of directory.contents.values()) {
    if (entry instanceof InputDirectory) next = numberFiles(entry, next);
    else entry.ino = next++;
  }
  return next;
}

/** The folder "/" of a task. */
export class InputFolder extends PreopenDirectory {
  readonly root: InputDirectory;
  readonly #listing: Listing;

  /** @throws {ConflictingFiles} */
  constructor(files: readonly { path: string; bytes: Uint8Array }[]) {
    super('/', new Map());
    const entries = files.map(({ path, bytes }) => ({
      parts: path.split('/').filter((part) => part !== '' && part !== '.'),
      bytes,
    }));
    this.root = folder(entries, '');
    numberFiles(this.root, 1n);
    this.dir = this.root;
    this.#listing = new Listing(this.root);
  }
  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    return directoryStatus();
  }
  override fd_readdir_single(cookie: bigint): { ret: number; dirent: wasi.Dirent | null } {
    return this.#listing.read(cookie);
  }

  /** What lies at a path, as an `InputFile` or `InputDirectory` has it. */
  find(path: string): Inode | undefined {
    const parts = path.split('/').filter((part) => part !== '');
    return parts.reduce<Inode | undefined>(
      (at, part) => (at instanceof Directory ? at.contents.get(part) : undefined),
      this.root,
    );
  }
}

/** Where a module may write: stdout, stderr. Not a terminal, so that libraries write in large pieces. */
export class OutputStream extends Fd {
  readonly #write: (bytes: Uint8Array) => void;

  /** @param write gets a view of the module's memory: to be copied */
  constructor(write: (bytes: Uint8Array) => void) {
    super();
    this.#write = write;
  }
  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat } {
    return status(wasi.FILETYPE_UNKNOWN, WRITE_RIGHTS);
  }
  override fd_filestat_get(): { ret: number; filestat: wasi.Filestat } {
    return { ret: wasi.ERRNO_SUCCESS, filestat: new wasi.Filestat(0n, wasi.FILETYPE_UNKNOWN, 0n) };
  }
  override fd_seek(): { ret: number; offset: bigint } {
    return { ret: wasi.ERRNO_SPIPE, offset: 0n };
  }
  override fd_tell(): { ret: number; offset: bigint } {
    return { ret: wasi.ERRNO_SPIPE, offset: 0n };
  }
  override fd_read(): { ret: number; data: Uint8Array } {
    return { ret: wasi.ERRNO_BADF, data: new Uint8Array() };
  }
  override fd_pread(): { ret: number; data: Uint8Array } {
    return { ret: wasi.ERRNO_BADF, data: new Uint8Array() };
  }
  override fd_write(data: Uint8Array): { ret: number; nwritten: number } {
    this.#write(data);
    return { ret: wasi.ERRNO_SUCCESS, nwritten: data.length };
  }
}
