// Measures from outside: a gateway and a store that count what passes through them. The engine and
// the store know nothing of metrics.

import type { Clock } from '../base/clock.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Gateway } from '../engine/api.ts';
import type { Store } from '../engine/ports.ts';
import type { ClusterSnapshot } from '../observe/cluster-snapshot.ts';
import type { Command, CommandResult } from '../model/command.ts';
import type { Identity } from '../model/user.ts';

/** The same gateway; its commands are counted and timed. */
export function measuredGateway(gateway: Gateway, metrics: Metrics, clock: Clock): Gateway {
  const measure = (commands: readonly Command[], results: readonly CommandResult[], ms: number) => {
    const kind = commands[0]?.kind;
    if (kind === undefined) return;
    // A list from one door is nearly always of one kind: the first names it.
    metrics.count('spillway_commands_total', commands.length, { kind });
    metrics.observeSeconds('spillway_command_seconds', ms / 1000, { kind });
    for (const result of results) {
      if (result.kind !== 'refused') continue;
      metrics.count('spillway_commands_refused_total', 1, { code: result.refusal.code });
    }
  };
  const commands = async (wishes: readonly Command[], by: Identity) => {
    const began = clock.monotonicMs();
    const results = await gateway.commands(wishes, by);
    measure(wishes, results, clock.monotonicMs() - began);
    return results;
  };
  return {
    commands,
    async command(wish, by) {
      const began = clock.monotonicMs();
      const result = await gateway.command(wish, by);
      measure([wish], [result], clock.monotonicMs() - began);
      return result;
    },
    query: (query, by) => gateway.query(query, by),
    awaitJob: (job, until, signal) => gateway.awaitJob(job, until, signal),
    subscribe: (notice) => gateway.subscribe(notice),
    site: gateway.site,
  };
}

/** The same store; its commits are counted and timed. */
export function measuredStore(store: Store, metrics: Metrics, clock: Clock): Store {
  return {
    load: (finishedSince) => store.load(finishedSince),
    async commit(commit) {
      const began = clock.monotonicMs();
      await store.commit(commit);
      metrics.observeSeconds('spillway_commit_seconds', (clock.monotonicMs() - began) / 1000);
      metrics.count('spillway_committed_jobs_total', commit.jobs.length);
      metrics.count('spillway_committed_events_total', commit.events.length);
    },
    history: (query) => store.history(query),
    content: (key) => store.content(key),
    jobOfRequest: (requestId) => store.jobOfRequest(requestId),
    backup: (to) => store.backup(to),
    examine: () => store.examine(),
    hasRoom: () => store.hasRoom(),
  };
}

/** Queues and nodes as the gauges of /metrics want them. */
export async function clusterSnapshot(gateway: Gateway, by: Identity): Promise<ClusterSnapshot> {
  const [queues, nodes] = await Promise.all([
    gateway.query({ kind: 'queues' }, by),
    gateway.query({ kind: 'nodes' }, by),
  ]);
  return {
    queues: queues.kind === 'queues' ? queues.queues : [],
    nodes:
      nodes.kind === 'nodes'
        ? nodes.nodes.map((node) => ({
            name: node.name,
            isUp: node.state === 'up',
            isDrained: node.drained !== undefined,
            cpus: node.size.cpus,
            freeCpus: node.freeCpus,
            memoryMib: node.size.memoryMib,
            freeMemoryMib: node.freeMemoryMib,
          }))
        : [],
  };
}
