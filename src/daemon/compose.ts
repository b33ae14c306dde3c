// The composition root: the table of contents of the program. Builds every part once, starts them
// from the bottom up and stops them from the top down. Decides nothing about jobs.

import * as path from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { GatewayError } from '../base/gateway-error.ts';
import { systemRandom } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { Gateway } from '../engine/api.ts';
import { Engine } from '../engine/gateway-engine.ts';
import type { Store } from '../engine/ports.ts';
import { AgentLink } from '../execution/link/agent-link.ts';
import { LocalAgent } from '../execution/link/local-agent.ts';
import { DEFAULT_LINK_TIMES } from '../execution/link/settings.ts';
import { type PeerCredentials, peerCredentials } from '../frontends/auth/peer-credentials.ts';
import { GrpcDoor } from '../frontends/grpc/door.ts';
import { GRPC_DOOR_DEFAULTS } from '../frontends/grpc/settings.ts';
import { HttpDoor } from '../frontends/http/door.ts';
import { HTTP_DOOR_DEFAULTS } from '../frontends/http/settings.ts';
import { ShimDoor } from '../frontends/shim/door.ts';
import { SHIM_DOOR_DEFAULTS } from '../frontends/shim/settings.ts';
import { nodeName } from '../model/ids.ts';
import type { Owner } from '../model/user.ts';
import type { Log } from '../observe/json-log.ts';
import { PrometheusMetrics } from '../observe/metrics.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import { type Endpoints, notifyReady, writeEndpoints } from './endpoints.ts';
import { engineSettings } from './engine-settings.ts';
import { Identities, SYSTEM } from './identity.ts';
import { installationOf } from './installation.ts';
import { JobLogs } from './job-logs.ts';
import { jobReport } from './job-report.ts';
import { describeLaunch, endNote } from './launch-description.ts';
import { nodeJoined } from './local-node.ts';
import { hostName, machineSize } from './machine.ts';
import { clusterSnapshot, measuredGateway, measuredStore } from './measure.ts';
import { noCapacity } from './no-capacity.ts';
import { internalError, programOf } from './programs.ts';
import { ServiceStack } from './service-stack.ts';

/** A gateway that accepts work. */
export interface RunningDaemon {
  readonly endpoints: Endpoints;
  /** Stops everything but the jobs. */
  stop(): Promise<void>;
}

/** What the program gives. */
export interface ProgramParts {
  readonly log: Log;
  /** Memory is ahead of the disk: the process must end at once. */
  readonly onFatal: (error: unknown) => void;
}

/** The places of one gateway, absolute. */
interface Places {
  readonly stateDirectory: string;
  readonly socketPath: string;
  readonly agentSocket: string;
  readonly grpcSocket: string;
  readonly isShared: boolean;
}

/** What most parts are given. */
interface Common extends ProgramParts {
  readonly clock: Clock;
  readonly metrics: PrometheusMetrics;
  readonly services: ServiceStack;
}

/**
 * Starts a gateway; resolves when it accepts work. Rejects with a GatewayError that says in a
 * sentence what is in the way, after stopping what had started.
 */
export async function startDaemon(
  settings: Settings,
  { log, onFatal }: ProgramParts,
): Promise<RunningDaemon> {
  const services = new ServiceStack(log);
  const clock = systemClock();
  const metrics = new PrometheusMetrics();
  const common: Common = { log, onFatal, clock, metrics, services };
  const places = placesOf(settings);
  refuseUnsupported(settings);
  process.umask(places.isShared ? 0o022 : 0o077);
  try {
    const sqlite = new SqliteStore({ directory: places.stateDirectory }, { clock, log });
    const store = measuredStore(await services.start(sqlite), metrics, clock);
    const { engine, link } = await startEngine(settings, places, { ...common, store });
    const node = await startLocalNode(settings, places, { ...common, link });
    const endpoints = await startDoors(settings, places, { ...common, engine });
    if (node !== undefined) await nodeJoined(node, { engine, clock, log });
    writeEndpoints(places.stateDirectory, endpoints, places.isShared ? 0o644 : 0o600);
    notifyReady(log);
    return { endpoints, stop: () => services.stop() };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** What can be configured already and not be done yet. */
function refuseUnsupported({ environments }: Settings): void {
  const cloud = environments.find(({ kind }) => kind === 'ec2');
  if (cloud === undefined) return;
  const words = `${cloud.name} is of type ec2, and this release buys no instances`;
  throw new GatewayError('settings', `environments: ${words}`);
}

/** A gateway that root starts is for all users of the machine, any other for its own user. */
function placesOf({ stateDirectory: directory, socketPath }: Settings): Places {
  const stateDirectory = path.resolve(directory);
  return {
    stateDirectory,
    socketPath: path.resolve(socketPath ?? path.join(stateDirectory, 'spillwayd.sock')),
    agentSocket: path.join(stateDirectory, 'agent.sock'),
    grpcSocket: path.join(stateDirectory, 'grpc.sock'),
    isShared: process.geteuid?.() === 0,
  };
}

/** The engine with its nodes; jobs of an earlier daemon are there when this resolves. */
async function startEngine(
  settings: Settings,
  { stateDirectory, socketPath, agentSocket }: Places,
  { store, clock, log, onFatal, services }: Common & { readonly store: Store },
): Promise<{ readonly engine: Engine; readonly link: AgentLink }> {
  const installation = installationOf(stateDirectory);
  const known = engineSettings(settings, { host: hostName(), stateDirectory, installation });
  const { site } = known;
  const link: AgentLink = new AgentLink(
    { ...DEFAULT_LINK_TIMES, socket: agentSocket },
    {
      clock,
      log: log.child({ part: 'link' }),
      describeLaunch: (launch) => describeLaunch(launch, { store, site, socketPath }),
      renderReport: (job) => jobReport(job, engine),
      endNote,
      peerUid: (socket) => peerCredentials(socket).uid,
    },
  );
  const engine: Engine = new Engine(known, {
    store,
    execution: link,
    capacity: noCapacity,
    clock,
    random: systemRandom(),
    log: log.child({ part: 'engine' }),
    onFatal,
  });
  await services.start(engine);
  await services.start(link);
  return { engine, link };
}

/** This machine as a node of the first environment of the site's own nodes, if there is one. */
async function startLocalNode(
  { environments, nodeLeaseMs }: Settings,
  { stateDirectory, agentSocket }: Places,
  { link, clock, log, services }: Common & { readonly link: AgentLink },
) {
  const environment = environments.find(({ kind }) => kind === 'local');
  if (environment === undefined) return undefined;
  const node = nodeName(hostName());
  const agent = new LocalAgent(
    {
      node,
      environment: environment.name,
      size: machineSize(),
      stateDirectory,
      socket: agentSocket,
      logFile: path.join(stateDirectory, 'agent.log'),
      leaseMs: nodeLeaseMs,
    },
    { link, clock, log: log.child({ part: 'local agent' }) },
  );
  await services.start(agent);
  return node;
}

/** Everything that users reach. */
async function startDoors(
  settings: Settings,
  { stateDirectory, socketPath, grpcSocket, isShared }: Places,
  { engine, clock, log, metrics, services }: Common & { readonly engine: Engine },
): Promise<Endpoints> {
  const { administrators, httpHost, httpPort, grpcPort } = settings;
  const gateway = measuredGateway(engine, metrics, clock);
  const identities = new Identities({ administrators }, clock);
  const common = {
    gateway,
    clock,
    keyOf: (id: string) => engine.keyOf(id),
    identify: ({ uid }: Owner | PeerCredentials) => identities.of(uid),
  };
  const socketMode = isShared ? 0o666 : 0o600;
  const shim = new ShimDoor(
    { ...SHIM_DOOR_DEFAULTS, socketPath, socketMode },
    {
      ...common,
      lookUpUser: (name) => identities.named(name),
      programs: programOf,
      internalError,
      log: log.child({ part: 'shim door' }),
    },
  );
  const logs = await services.start(
    new JobLogs({ stateDirectory, retentionMs: settings.logRetentionMs }, { clock, log }),
  );
  const http = new HttpDoor(
    { ...HTTP_DOOR_DEFAULTS, host: httpHost, port: httpPort },
    {
      ...common,
      log: log.child({ part: 'http door' }),
      readOutput: (wish) => logs.read(wish),
      metrics: () => exposition(gateway, metrics),
    },
  );
  const grpc = new GrpcDoor(
    { ...GRPC_DOOR_DEFAULTS, port: grpcPort, socketPath: grpcSocket, socketMode },
    { ...common, identifyPeer: common.identify, log: log.child({ part: 'grpc door' }) },
  );
  await services.start(http);
  await services.start(grpc);
  await services.start(shim);
  const host = httpHost.includes(':') ? `[${httpHost}]` : httpHost;
  return {
    socket: socketPath,
    http: `http://${host}:${http.port}`,
    grpc: `${GRPC_DOOR_DEFAULTS.host}:${grpc.port}`,
    grpcSocket,
  };
}

async function exposition(gateway: Gateway, metrics: PrometheusMetrics) {
  const text = await metrics.text(await clusterSnapshot(gateway, SYSTEM));
  return { text, contentType: metrics.contentType };
}
