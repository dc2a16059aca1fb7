/** One colour per seat, told apart by lightness as well as by hue. */
const SEATS = ["#35c9ff", "#ff6f61", "#ffd23f", "#5be584", "#b69cff", "#ff9d3c", "#ff8ad4", "#e6edf5"] as const;

export const INK = {
  outside: "#07090e",
  floor: "#2a2625",
  floorLight: "#302b2a",
  grid: "rgb(255 240 220 / 4%)",
  mark: "rgb(255 214 150 / 10%)",
  wallTop: "#3d4b68",
  wallTopDark: "#384660",
  wallFace: "#1d2639",
  wallEdge: "#7f9ccb",
  shadow: "rgb(0 0 0 / 38%)",
  plate: "rgb(7 9 14 / 62%)",
  core: "#0d121b",
  health: "#4ade80",
  hurt: "#ffb020",
  dying: "#ff4d4d",
  track: "rgb(255 255 255 / 16%)",
  shield: "#9be8ff",
  medkit: "#4ade80",
  rapid: "#ffc53d",
} as const;

export function seatColour(seat: number): string {
  return SEATS[seat % SEATS.length]!;
}

/** Green, amber, red: how much is left. */
export function healthColour(hp: number): string {
  if (hp > 60) return INK.health;
  return hp > 30 ? INK.hurt : INK.dying;
}
