/** One life of a process: it begins with a start, or when a process that was declared dead enters again. */
export interface Incarnation {
  readonly id: string;
  readonly epoch: number;
}

/** The name under which an incarnation owns sessions and leases. */
export function nameOf({ id, epoch }: Incarnation): string {
  return `${id}/${epoch}`;
}

/** Null for what is no such name, such as an owner that an older build, or one without a cluster, wrote. */
export function readName(name: string): Incarnation | null {
  const [, id, epoch] = /^([^/]+)\/(\d{1,15})$/.exec(name) ?? [];
  return id === undefined ? null : { id, epoch: Number(epoch) };
}
