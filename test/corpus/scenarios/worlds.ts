// SPDX-License-Identifier: MIT
import type { Scenario } from '../packages.ts';

interface YogaNode {
  setFlexDirection(direction: number): void;
  setFlexGrow(grow: number): void;
  setPadding(edge: number, padding: number): void;
  setWidth(width: number): void;
  setHeight(height: number): void;
  setMinWidth(width: number): void;
  insertChild(child: YogaNode, index: number): void;
  calculateLayout(width: number, height: number, direction: number): void;
  getComputedLayout(): object;
  freeRecursive(): void;
}
interface YogaPackage {
  loadYoga(): Promise<{ readonly Node: { create(): YogaNode } }>;
  readonly FlexDirection: { readonly Row: number; readonly Column: number };
  readonly Edge: { readonly All: number };
  readonly Direction: { readonly LTR: number };
}

const yoga: Scenario = {
  name: 'yoga',
  load: async (packages) => {
    const { loadYoga, FlexDirection, Edge, Direction } = await packages.import<YogaPackage>(
      'yoga-layout/dist/src/load.js',
    );
    const { Node } = await loadYoga();
    return () => {
      const nodes: YogaNode[] = [];
      const grow = (depth: number): YogaNode => {
        const node = Node.create();
        nodes.push(node);
        node.setFlexDirection(depth % 2 === 0 ? FlexDirection.Row : FlexDirection.Column);
        node.setFlexGrow(1 + (depth % 3));
        node.setPadding(Edge.All, depth);
        node.setMinWidth(5);
        if (depth < 4) for (let i = 0; i < 3; i++) node.insertChild(grow(depth + 1), i);
        return node;
      };
      const root = grow(0);
      root.setWidth(1000);
      root.setHeight(700);
      root.calculateLayout(1000, 700, Direction.LTR);
      const text = JSON.stringify(nodes.map((node) => node.getComputedLayout()));
      root.freeRecursive();
      return text;
    };
  },
};

interface Vector {
  get_x(): number;
  get_y(): number;
}
interface Body {
  CreateFixture(shape: object, density: number): void;
  SetAngularVelocity(value: number): void;
  GetPosition(): Vector;
  GetAngle(): number;
}
interface Box2D {
  readonly b2Vec2: new (x: number, y: number) => Vector;
  readonly b2World: new (gravity: Vector) => {
    CreateBody(definition: object): Body;
    Step(seconds: number, velocities: number, positions: number): void;
  };
  readonly b2BodyDef: new () => { set_type(type: number): void; set_position(position: Vector): void };
  readonly b2PolygonShape: new () => { SetAsBox(width: number, height: number): void };
  readonly b2CircleShape: new () => { set_m_radius(radius: number): void };
  readonly b2_dynamicBody: number;
}

const box2d: Scenario = {
  name: 'box2d',
  load: async (packages) => {
    const create = packages.require<(options: object) => Promise<Box2D>>('box2d-wasm/dist/umd/Box2D.js');
    const box2d = await create({ wasmBinary: packages.bytes('box2d-wasm/dist/umd/Box2D.wasm') });
    return () => {
      const world = new box2d.b2World(new box2d.b2Vec2(0, -9.8));
      const ground = new box2d.b2PolygonShape();
      ground.SetAsBox(30, 1);
      world.CreateBody(new box2d.b2BodyDef()).CreateFixture(ground, 0);
      const bodies = Array.from({ length: 60 }, (_, i) => {
        const definition = new box2d.b2BodyDef();
        definition.set_type(box2d.b2_dynamicBody);
        definition.set_position(new box2d.b2Vec2((i % 8) - 4 + i * 0.01, 3 + Math.floor(i / 8) * 1.1));
        const body = world.CreateBody(definition);
        const box = new box2d.b2PolygonShape();
        box.SetAsBox(0.5, 0.4);
        const circle = new box2d.b2CircleShape();
        circle.set_m_radius(0.45);
        body.CreateFixture(i % 3 === 0 ? circle : box, 1);
        body.SetAngularVelocity(i % 5);
        return body;
      });
      for (let step = 0; step < 120; step++) world.Step(1 / 60, 8, 3);
      return JSON.stringify(
        bodies.map((body) => [body.GetPosition().get_x(), body.GetPosition().get_y(), body.GetAngle()]),
      );
    };
  },
};

export const worlds: readonly Scenario[] = [yoga, box2d];
