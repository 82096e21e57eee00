// The instances that this program declares as running: others wait for their start, whatever they are at the moment.
import * as pulumi from "@pulumi/pulumi";

const seenTo: pulumi.Output<string | undefined>[] = [];

/** Notes an instance; `runs` is whether the program wants it running, or sees to what needs it running itself. */
export function seeToInstance(name: pulumi.Input<string>, runs: pulumi.Input<boolean>): void {
  seenTo.push(pulumi.all([name, runs]).apply(([known, running]) => (running ? known : undefined)));
}

/** Their names, as soon as the whole program has run. */
export function instancesSeenTo(): pulumi.Output<string[]> {
  return pulumi
    .output(Promise.resolve(true))
    .apply(() => pulumi.all(seenTo))
    .apply((names) => [...new Set(names.filter((name) => name !== undefined))].sort());
}
