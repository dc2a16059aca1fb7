/** What part of the arena is on screen. World lengths are in tiles, screen lengths in CSS pixels. */
export interface Camera {
  /** The point in the middle of the screen. */
  x: number;
  y: number;
  /** Pixels per tile. */
  scale: number;
  /** The screen. */
  width: number;
  height: number;
}

interface Field {
  readonly width: number;
  readonly height: number;
}

/** Tiles on screen, whatever its shape: nobody sees more of the arena for having a wider window. */
const AREA = 340;
/** Pixels kept free around the whole map. */
const PADDING = 16;
const HEADER = 64;

export function newCamera(): Camera {
  return { x: 0, y: 0, scale: 1, width: 1, height: 1 };
}

/** Tiles are whole pixels wide on the device, so that the map's edges are sharp. */
function crisp(scale: number, ratio: number): number {
  return Math.max(1, Math.floor(scale * ratio)) / ratio;
}

/** Keeps the player in the middle, but shows no more than `margin` tiles of what lies beyond the walls. */
export function follow(camera: Camera, x: number, y: number, field: Field, ratio: number, margin: number): void {
  camera.scale = crisp(Math.sqrt((camera.width * camera.height) / AREA), ratio);
  camera.x = centre(x, camera.width / camera.scale, field.width, margin);
  camera.y = centre(y, camera.height / camera.scale, field.height, margin);
}

/** The whole map. */
export function overview(camera: Camera, field: Field, ratio: number): void {
  const wide = (camera.width - 2 * PADDING) / field.width;
  const high = (camera.height - PADDING - HEADER) / field.height;
  camera.scale = crisp(Math.min(wide, high), ratio);
  camera.x = field.width / 2;
  camera.y = field.height / 2 - (HEADER - PADDING) / 2 / camera.scale;
}

export function screenX({ x, scale, width }: Camera, worldX: number): number {
  return (worldX - x) * scale + width / 2;
}

export function screenY({ y, scale, height }: Camera, worldY: number): number {
  return (worldY - y) * scale + height / 2;
}

export function worldX({ x, scale, width }: Camera, onScreen: number): number {
  return (onScreen - width / 2) / scale + x;
}

export function worldY({ y, scale, height }: Camera, onScreen: number): number {
  return (onScreen - height / 2) / scale + y;
}

function centre(wanted: number, seen: number, field: number, margin: number): number {
  const low = seen / 2 - margin;
  const high = field - seen / 2 + margin;
  return low > high ? field / 2 : Math.min(high, Math.max(low, wanted));
}
