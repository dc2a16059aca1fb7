/** A rating as it stood, in rating points. */
export interface ChartPoint {
  readonly mu: number;
  readonly sigma: number;
  /** What is told of it. */
  readonly label: string;
}

/** A drawing, in its own units. */
export interface Chart {
  readonly width: number;
  readonly height: number;
  /** Of the skill, `x,y x,y`. */
  readonly line: string;
  /** What counts: the lower edge of the band. */
  readonly floor: string;
  /** Three uncertainties to both sides, as a path. */
  readonly band: string;
  readonly dots: readonly { readonly x: number; readonly y: number; readonly label: string }[];
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
}

const WIDTH = 360;
const HEIGHT = 170;
const LEFT = 34;
const RIGHT = 10;
const PAD_Y = 10;
/** Of the uncertainty: leaderboards rank by the lower edge of this band. */
const SIGMAS = 3;
const STEPS = [1, 2, 5, 10, 20, 50, 100];
const TICKS_MAX = 6;

/** How a rating went, match by match; null for fewer than two points, which are no line. */
export function chartOf(points: readonly ChartPoint[]): Chart | null {
  if (points.length < 2) return null;
  const low = Math.min(...points.map((point) => edge(point, -1)));
  const high = Math.max(...points.map((point) => edge(point, 1)));
  // A rating without doubt that never moved is a line in the middle.
  const span = Math.max(high - low, 1);
  const x = (index: number) => round(LEFT + ((WIDTH - LEFT - RIGHT) * index) / (points.length - 1));
  const y = (value: number) => round(HEIGHT - PAD_Y - ((HEIGHT - 2 * PAD_Y) * (value - low)) / span);
  const along = (at: (point: ChartPoint) => number) => points.map((point, index) => `${x(index)},${y(at(point))}`);
  const upper = along((point) => edge(point, 1));
  const lower = along((point) => edge(point, -1));
  return {
    ...{ width: WIDTH, height: HEIGHT },
    line: along(({ mu }) => mu).join(" "),
    floor: lower.join(" "),
    band: `M${upper.join("L")}L${lower.toReversed().join("L")}Z`,
    dots: points.map((point, at) => ({ x: x(at), y: y(edge(point, -1)), label: point.label })),
    ticks: ticksOf(low, low + span).map((value) => ({ y: y(value), text: String(value) })),
  };
}

function edge({ mu, sigma }: ChartPoint, side: -1 | 1): number {
  return mu + side * SIGMAS * sigma;
}

/** Round numbers within the span. */
function ticksOf(low: number, high: number): number[] {
  const step = STEPS.find((size) => (high - low) / size <= TICKS_MAX) ?? STEPS.at(-1)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
