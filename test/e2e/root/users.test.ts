// Several users of one gateway that root started: each job runs as its submitter, and nobody steers
// or reads what is another's.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAsRoot } from '../../support/conditions.ts';
import { ALICE, BOB, TEAM_GID, TestGateway } from '../../support/test-gateway.ts';

describeAsRoot('a gateway of root', () => {
  let gateway: TestGateway;
  /** Where root may not submit, and bob is nobody special. */
  let plain: TestGateway;
  beforeAll(async () => {
    const settings = 'administrators: [bob]\n';
    gateway = await TestGateway.start({ settings, users: true });
    plain = await TestGateway.start({ settings: 'minimumUid: 1000\n', users: true });
  });
  afterAll(async () => {
    await gateway.close();
    await plain.close();
  });

  describe('a job', () => {
    it('runs as its submitter with all groups, whatever the submission says', async () => {
      const env = { USER: 'root', LOGNAME: 'root', UID: '0' };
      const words = ['--wait', '-o', 'id.out', '--uid=0', '--wrap', 'id -u; id -g; id -G; pwd'];
      const { status } = await gateway.run('sbatch', words, { as: ALICE, env });
      expect(status).not.toBe(0);
      words.splice(3, 1);
      await gateway.ok('sbatch', words, { as: ALICE, env });
      expect(gateway.file('id.out')).toBe(`7001\n7001\n7001 ${TEAM_GID}\n${gateway.work}\n`);
      const { uid, gid } = fs.statSync(path.join(gateway.work, 'id.out'));
      expect({ uid, gid }).toEqual({ uid: 7001, gid: 7001 });
    });

    it('of bsub has its report written as its submitter', async () => {
      await gateway.ok('bsub', ['-K', '-o', 'bob.out', 'id -un'], { as: BOB });
      expect(gateway.file('bob.out')).toContain('by user <bob> in cluster <spillway>');
      expect(fs.statSync(path.join(gateway.work, 'bob.out')).uid).toBe(BOB.uid);
    });

    it('cannot write where only root may', async () => {
      const target = path.join(gateway.state, 'spillway.db');
      const { status } = await gateway.run('sbatch', ['--wait', '-o', target, '--wrap', 'true'], {
        as: ALICE,
      });
      expect(status).not.toBe(0);
      expect(fs.readFileSync(target, 'latin1').slice(0, 15)).toBe('SQLite format 3');
    });

    it('cannot read what the gateway keeps', async () => {
      const wrap = `ls ${gateway.state}; cat ${gateway.state}/spillway.db ${gateway.state}/agent.log; ls ${gateway.state}/run`;
      await gateway.run('sbatch', ['--wait', '-o', 'peek.out', '--wrap', wrap], { as: ALICE });
      expect(gateway.file('peek.out').match(/Permission denied/g)).toHaveLength(4);
    });

    it('leaves nothing behind when it is killed, whatever it has started', async () => {
      const script = 'setsid sh -c "echo \\$$ > pid; exec sleep 1000" & wait';
      const job = await gateway.submit('bsub', ['-o', '/dev/null', script], { as: ALICE });
      await gateway.until(() => gateway.file('pid') !== '');
      const pid = gateway.file('pid').trim();
      await gateway.ok('bkill', [`${job}`], { as: ALICE });
      await gateway.until(() => !fs.existsSync(`/proc/${pid}`));
    });
  });

  describe("another user's job", () => {
    it('cannot be ended, held or seen into, but for administrators', async () => {
      const job = await plain.submit('sbatch', ['-o', '/dev/null', '--wrap', 'sleep 1000'], {
        as: ALICE,
      });
      await plain.untilState(job, 'RUNNING');
      const slurm = await plain.run('scancel', [`${job}`], { as: BOB });
      expect(slurm.stderr).toContain('Access/permission denied');
      expect(slurm.status).not.toBe(0);
      const lsf = await plain.run('bkill', [`${job}`], { as: BOB });
      expect(lsf).toMatchObject({ status: 255 });
      expect(lsf.stderr).toContain(`Job <${job}>: User permission denied`);
      const all = await plain.run('scancel', ['-u', 'alice'], { as: BOB });
      expect(all.status).toBe(210);
      expect(await plain.stateOf(job)).toBe('RUNNING');
      await plain.ok('scancel', [`${job}`]);
      await plain.untilState(job, 'CANCELLED by 0');
    });

    it('is ended by a user whom the settings call an administrator', async () => {
      const words = ['-o', '/dev/null', '--wrap', 'sleep 1000'];
      const job = await gateway.submit('sbatch', words, { as: ALICE });
      await gateway.ok('scancel', [`${job}`], { as: BOB });
      await gateway.until(async () => (await gateway.stateOf(job)) === `CANCELLED by ${BOB.uid}`);
    });
  });

  describe('who may not submit', () => {
    it('is a user below the lowest uid, and root', async () => {
      const { stderr, status } = await plain.run('sbatch', ['--wrap', 'true']);
      expect(stderr).toContain(
        'sbatch: error: Batch job submission failed: Access/permission denied',
      );
      expect(status).toBe(1);
      expect((await plain.run('bsub', ['true'])).stderr).toContain(
        'Root job submission is disabled',
      );
    });

    it('is a user whom nobody knows', async () => {
      const stranger = { name: 'x', uid: 54_321, gid: 54_321 };
      const { stderr, status } = await gateway.run('sbatch', ['--wrap', 'true'], { as: stranger });
      expect(stderr).toBe('sbatch: user 54321 may not use this gateway\n');
      expect(status).toBe(1);
    });
  });
});
