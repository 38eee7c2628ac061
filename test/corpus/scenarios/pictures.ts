// SPDX-License-Identifier: MIT
import type { Packages, Scenario, Work } from '../packages.ts';
import { type Picture, samplePicture } from './sample-picture.ts';

const PICTURE = samplePicture(320, 240);
const SMALL = samplePicture(96, 64);

interface ResvgPackage {
  initWasm(module: Uint8Array): Promise<void>;
  readonly Resvg: new (
    svg: string,
    options: object,
  ) => { render(): { asPng(): Uint8Array; free(): void }; free(): void };
}

const drawing = (shapes: number): string => {
  const circles = Array.from({ length: shapes }, (_, i) => {
    const [x, y, hue] = [(i * 37) % 300, (i * 53) % 220, (i * 29) % 360];
    return `<circle cx="${x}" cy="${y}" r="${8 + (i % 13)}" fill="hsl(${hue},70%,50%)" opacity="0.6"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">
    <defs><linearGradient id="g"><stop offset="0" stop-color="#113"/><stop offset="1" stop-color="#395"/></linearGradient>
    <filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>
    <rect width="320" height="240" fill="url(#g)"/>
    <path d="M10 200 C 90 10, 200 260, 310 30" stroke="#fc3" stroke-width="9" fill="none" stroke-dasharray="12 5"/>
    <g filter="url(#f)">${circles.join('')}</g></svg>`;
};

const resvg: Scenario = {
  name: 'resvg',
  load: async (packages) => {
    const { initWasm, Resvg } = packages.require<ResvgPackage>('@resvg/resvg-wasm/index.js');
    await initWasm(packages.bytes('@resvg/resvg-wasm/index_bg.wasm'));
    const svg = drawing(60);
    return () => {
      const resvg = new Resvg(svg, {});
      const image = resvg.render();
      const png = image.asPng();
      image.free();
      resvg.free();
      return png;
    };
  },
};

interface Codec {
  encode(data: Uint8Array, width: number, height: number, options: object): Uint8Array;
  decode(data: Uint8Array, ...more: readonly unknown[]): { readonly data: Uint8ClampedArray };
}
type CodecFactory = (options: object) => Promise<Codec>;

async function codec(packages: Packages, file: string): Promise<Codec> {
  const { default: create } = await packages.import<{ default: CodecFactory }>(`@jsquash/${file}.js`);
  return create({ noInitialRun: true, wasmBinary: packages.bytes(`@jsquash/${file}.wasm`) });
}

async function defaultsOf(packages: Packages, name: string): Promise<object> {
  const { defaultOptions } = await packages.import<{ defaultOptions: object }>(`@jsquash/${name}/meta.js`);
  return defaultOptions;
}

const bytesOf = (data: Uint8Array | Uint8ClampedArray): Uint8Array => Uint8Array.from(data);

interface Choices {
  readonly picture?: Picture;
  /** options of the encoder that are not its defaults */
  readonly encode?: object;
  /** what else the decoder is called with */
  readonly decode?: readonly unknown[];
}

/** Encodes a picture and decodes it again. */
const roundTrip = (
  name: string,
  encoder: string,
  decoder: string,
  { picture = PICTURE, encode = {}, decode = [] }: Choices = {},
): Scenario => ({
  name: `${name} round trip`,
  load: async (packages) => {
    const options = { ...(await defaultsOf(packages, name)), ...encode };
    const encoding = await codec(packages, `${name}/codec/enc/${encoder}`);
    const decoding = await codec(packages, `${name}/codec/dec/${decoder}`);
    return () => {
      const encoded = bytesOf(encoding.encode(picture.data, picture.width, picture.height, options));
      const { data } = decoding.decode(encoded, ...decode);
      return Buffer.concat([encoded, bytesOf(data)]);
    };
  },
});

const mozjpeg: Scenario = {
  name: 'mozjpeg',
  load: async (packages) => {
    const options = await defaultsOf(packages, 'jpeg');
    const encoding = await codec(packages, 'jpeg/codec/enc/mozjpeg_enc');
    return () => bytesOf(encoding.encode(PICTURE.data, PICTURE.width, PICTURE.height, options));
  },
};

const webp: Scenario = {
  name: 'webp',
  load: async (packages) => {
    const options = await defaultsOf(packages, 'webp');
    const encoding = await codec(packages, 'webp/codec/enc/webp_enc');
    return () => bytesOf(encoding.encode(PICTURE.data, PICTURE.width, PICTURE.height, options));
  },
};

interface PngPackage {
  default(module: Uint8Array): Promise<unknown>;
  encode(data: Uint8Array, width: number, height: number, bitDepth: number): Uint8Array;
}

interface OxipngPackage {
  default(module: Uint8Array): Promise<unknown>;
  optimise(data: Uint8Array, level: number, interlace: boolean, alpha: boolean): Uint8Array;
}

const png: Scenario = {
  name: 'png and oxipng',
  load: async (packages): Promise<Work> => {
    const png = await packages.import<PngPackage>('@jsquash/png/codec/pkg/squoosh_png.js');
    await png.default(packages.bytes('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
    const oxipng = await packages.import<OxipngPackage>('@jsquash/oxipng/codec/pkg/squoosh_oxipng.js');
    await oxipng.default(packages.bytes('@jsquash/oxipng/codec/pkg/squoosh_oxipng_bg.wasm'));
    return () => {
      const encoded = png.encode(SMALL.data, SMALL.width, SMALL.height, 8);
      return Buffer.concat([encoded, oxipng.optimise(encoded, 2, false, false)]);
    };
  },
};

interface DracoDecoder {
  GetEncodedGeometryType(buffer: object): number;
  DecodeBufferToMesh(buffer: object, mesh: object): { ok(): boolean };
  GetAttributeId(mesh: object, kind: number): number;
  GetAttribute(mesh: object, id: number): object;
  GetAttributeFloatForAllPoints(mesh: object, attribute: object, array: object): void;
}
interface DracoModule {
  readonly Decoder: new () => DracoDecoder;
  readonly DecoderBuffer: new () => { Init(data: Int8Array, length: number): void };
  readonly Mesh: new () => { num_points(): number };
  readonly DracoFloat32Array: new () => { size(): number; GetValue(index: number): number };
  readonly POSITION: number;
}

const draco: Scenario = {
  name: 'draco',
  load: async (packages) => {
    const { createDecoderModule } = packages.require<{
      createDecoderModule(options: object): Promise<DracoModule>;
    }>('draco3d/draco3d.js');
    const draco = await createDecoderModule({});
    const bunny = packages.bytes('draco3d/bunny.drc');
    return () => {
      const buffer = new draco.DecoderBuffer();
      buffer.Init(new Int8Array(bunny.buffer), bunny.length);
      const decoder = new draco.Decoder();
      const mesh = new draco.Mesh();
      if (!decoder.DecodeBufferToMesh(buffer, mesh).ok()) throw new Error('the bunny was not decoded');
      const attribute = decoder.GetAttribute(mesh, decoder.GetAttributeId(mesh, draco.POSITION));
      const positions = new draco.DracoFloat32Array();
      decoder.GetAttributeFloatForAllPoints(mesh, attribute, positions);
      const values = Float32Array.from({ length: positions.size() }, (_, i) => positions.GetValue(i));
      return new Uint8Array(values.buffer);
    };
  },
};

export const pictures: readonly Scenario[] = [
  mozjpeg,
  webp,
  resvg,
  roundTrip('jpeg', 'mozjpeg_enc', 'mozjpeg_dec', { decode: [true] }),
  roundTrip('webp', 'webp_enc_simd', 'webp_dec'),
  roundTrip('avif', 'avif_enc', 'avif_dec', { picture: SMALL, encode: { speed: 8 }, decode: [8] }),
  roundTrip('jxl', 'jxl_enc', 'jxl_dec', { picture: SMALL }),
  png,
  draco,
];
