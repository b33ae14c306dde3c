/*
 * The supervisor of one attempt: claims it, forks the job, carries out plans and orders, waits,
 * ends what is left of the tree, writes `exit` and tells the launcher. It outlives the launcher,
 * the agent and the daemon. One wait (sigtimedwait for SIGCHLD, SIGUSR1 and the next thing due)
 * is all its concurrency. It never opens a path that a user can steer.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_CHECK_US 500
#define LAST_CHECK_US 250000
#define KILL_AGAIN_US 500000
#define HOLD_CHECK_US 5000000

static struct {
  struct spec *spec;
  struct ended ended;
  struct step steps[MAX_STEPS];
  size_t step_count;
  pid_t main;
  bool main_ended, children_ended, suspended, announced_unkillable;
  uint64_t started_us, suspended_at_us, kill_at_us, killing_since_us;
  off_t orders_read;
  int channel, output;
  sigset_t waited;
} self;

uint64_t monotonic_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Tells the launcher, if there is one: who listens later finds `exit` and `appended` instead. */
static void send_to_launcher(const void *bytes, size_t length) {
  struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = LAUNCHER_SOCKET};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  struct timeval limit = {.tv_sec = 5};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0)
    while (sendto(fd, bytes, length, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
      if (errno != EINTR) break;
  close(fd);
}

static void send_small(enum frame_type type, uint32_t value) {
  uint8_t bytes[13];
  struct writer out = {bytes, sizeof bytes, false};
  put_u8(&out, (uint8_t)type);
  put_u32(&out, self.spec->job);
  put_u32(&out, self.spec->attempt);
  put_u32(&out, value);
  send_to_launcher(bytes, sizeof bytes);
}

/* Arms steps whose times are relative to `from_us`. A KILL finds room even in a full list. */
static void arm(const struct step *steps, uint8_t count, uint64_t from_us, bool limit) {
  for (uint8_t i = 0; i < count; i++) {
    struct step step = steps[i];
    step.at_us += from_us;
    step.limit = limit;
    if (self.step_count < MAX_STEPS) self.steps[self.step_count++] = step;
    else if (step.signal == SIGKILL) self.steps[MAX_STEPS - 1] = step;
  }
}

static void suspend(void) {
  if (self.suspended || self.main_ended) return;
  tree_freeze(self.spec, true);
  self.suspended = true;
  self.suspended_at_us = monotonic_us();
}

/* Time spent suspended counts towards no limit. */
static void resume(void) {
  if (!self.suspended) return;
  tree_freeze(self.spec, false);
  uint64_t pause = monotonic_us() - self.suspended_at_us;
  self.suspended = false;
  self.ended.suspended_us += pause;
  for (size_t i = 0; i < self.step_count; i++)
    if (self.steps[i].limit) self.steps[i].at_us += pause;
}

static void start_killing(void) {
  uint64_t now = monotonic_us();
  if (self.killing_since_us == 0) self.killing_since_us = now;
  self.kill_at_us = now + KILL_AGAIN_US;
  tree_kill(self.spec);
}

/* Carries out one step. A step with a cause ends the job, so a suspended one wakes up for it. */
static void carry_out(const struct step *step) {
  if (self.main_ended && step->scope != SCOPE_TREE) return;
  if (step->cause != 0) {
    resume();
    if (self.ended.cause == 0) self.ended.cause = step->cause;
    self.ended.last_signal = step->signal;
  }
  if (step->scope == SCOPE_TREE && step->signal == SIGKILL) start_killing();
  else if (step->scope == SCOPE_MAIN) kill(self.main, step->signal);
  else tree_signal(self.spec, step->signal, step->scope == SCOPE_TREE ? 0 : self.main);
}

static void carry_out_due(void) {
  uint64_t now = monotonic_us();
  for (size_t i = 0; i < self.step_count;) {
    struct step step = self.steps[i];
    if (step.at_us > now || (step.limit && self.suspended)) {
      i++;
      continue;
    }
    memmove(&self.steps[i], &self.steps[i + 1], (--self.step_count - i) * sizeof step);
    carry_out(&step);
  }
  if (self.kill_at_us == 0 || now < self.kill_at_us) return;
  start_killing();
  uint64_t limit_us = (uint64_t)self.spec->unkillable_after_ms * 1000;
  if (self.announced_unkillable || now - self.killing_since_us < limit_us) return;
  self.announced_unkillable = true;
  self.ended.flags |= ENDED_UNKILLABLE;
  static pid_t pids[MAX_PIDS];
  send_small(FRAME_UNKILLABLE, (uint32_t)tree_list(self.spec, pids, MAX_PIDS));
}

static void append(struct bytes report) {
  if (!self.main_ended || self.output < 0) return;
  int error = attempt_mark_appended(self.spec->name);
  if (error == EEXIST) error = 0;
  else error = write_all(self.output, report.at, report.length);
  close(self.output);
  self.output = -1;
  send_small(FRAME_APPENDED, (uint32_t)error);
}

static void obey(struct bytes order) {
  struct reader in = {(const uint8_t *)order.at, order.length, false};
  struct step steps[MAX_STEPS];
  uint8_t count;
  switch (take_u8(&in)) {
    case ORDER_SIGNAL:
      take_steps(&in, steps, &count);
      if (!in.failed) arm(steps, count, monotonic_us(), false);
      break;
    case ORDER_SUSPEND: suspend(); break;
    case ORDER_RESUME: resume(); break;
    case ORDER_APPEND: append((struct bytes){(const char *)in.at, (uint32_t)in.left}); break;
  }
}

/* Reads the orders that were added since the last time. One cut short is read again next time. */
static void read_orders(void) {
  char path[NAME_SIZE + 16];
  snprintf(path, sizeof path, "%s/orders", self.spec->name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  for (;;) {
    uint8_t head[4];
    if (pread(fd, head, sizeof head, self.orders_read) != (ssize_t)sizeof head) break;
    struct reader in = {head, sizeof head, false};
    uint32_t length = take_u32(&in);
    char *order = length > MAX_FRAME ? NULL : malloc((size_t)length + 1);
    if (order == NULL) break;
    bool whole = pread(fd, order, length, self.orders_read + 4) == (ssize_t)length;
    if (whole) self.orders_read += 4 + (off_t)length;
    if (whole) obey((struct bytes){order, length});
    free(order);
    if (!whole) break;
  }
  close(fd);
}

static void note_main_end(int status) {
  self.main_ended = true;
  self.ended.end_wall_ms = wall_ms();
  self.ended.duration_us = monotonic_us() - self.started_us;
  bool signaled = WIFSIGNALED(status);
  self.ended.outcome = signaled ? OUTCOME_SIGNALED : OUTCOME_EXITED;
  self.ended.code = (uint32_t)(signaled ? WTERMSIG(status) : WEXITSTATUS(status));
  if (signaled && WCOREDUMP(status)) self.ended.flags |= ENDED_CORE_DUMPED;
}

/* Reaps whatever ended: the job's main process and, where we are subreaper, its orphans. */
static void reap(void) {
  struct usage *usage = &self.ended.usage;
  for (;;) {
    int status;
    struct rusage ru;
    pid_t pid = wait4(-1, &status, WNOHANG, &ru);
    if (pid < 0 && errno == EINTR) continue;
    self.children_ended = pid < 0;
    if (pid <= 0) return;
    usage->user_us += (uint64_t)ru.ru_utime.tv_sec * 1000000 + (uint64_t)ru.ru_utime.tv_usec;
    usage->system_us += (uint64_t)ru.ru_stime.tv_sec * 1000000 + (uint64_t)ru.ru_stime.tv_usec;
    uint64_t peak = (uint64_t)ru.ru_maxrss * 1024;
    if (peak > usage->peak_bytes) usage->peak_bytes = peak;
    if (pid == self.main) note_main_end(status);
  }
}

/* Waits until something happens or `until_us` (UINT64_MAX: for ever), then deals with it. */
static void wait_for_news(uint64_t until_us) {
  for (size_t i = 0; i < self.step_count; i++)
    if (!(self.steps[i].limit && self.suspended) && self.steps[i].at_us < until_us)
      until_us = self.steps[i].at_us;
  if (self.kill_at_us != 0 && self.kill_at_us < until_us) until_us = self.kill_at_us;
  int signal;
  if (until_us == UINT64_MAX) {
    signal = sigwaitinfo(&self.waited, NULL);
  } else {
    uint64_t now = monotonic_us(), left = until_us > now ? until_us - now : 0;
    struct timespec limit = {(time_t)(left / 1000000), (long)(left % 1000000) * 1000};
    signal = sigtimedwait(&self.waited, NULL, &limit);
  }
  if (signal == SIGUSR1) read_orders();
  if (signal == SIGCHLD) reap();
  carry_out_due();
}

/* Forks straight into the cgroup where the kernel can; otherwise the child joins by itself. */
static pid_t fork_job(bool *in_tree) {
  int fd = cgroup_join_fd(self.spec);
  *in_tree = fd >= 0;
  if (fd >= 0) {
    struct clone_args how = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd};
    long pid = syscall(SYS_clone3, &how, sizeof how);
    if (pid >= 0) return (pid_t)pid;
  }
  *in_tree = false;
  return fork();
}

static bool fail_to_start(enum start_step step, int error, const char *path) {
  self.ended.outcome = OUTCOME_NOT_STARTED;
  self.ended.failed_step = (uint8_t)step;
  self.ended.code = (uint32_t)error;
  self.ended.path = path;
  self.ended.end_wall_ms = wall_ms();
  self.main_ended = true;
  return false;
}

static bool start_job(const char *run_directory) {
  static char script_path[PATH_MAX];
  struct spec *spec = self.spec;
  struct start start = {.spool_fd = -1, .may_switch = geteuid() == 0};
  const char *path = "";
  int error = cgroup_create(spec, &path), pair[2];
  if (error != 0) return fail_to_start(STEP_CGROUP, error, path);
  if (spec->script_name[0] != 0) {
    snprintf(script_path, sizeof script_path, "%s/%s/%s", run_directory, spec->name,
             spec->script_name);
    start.script_path = spec->arguments[0] = script_path;
  }
  if ((spec->flags & SPEC_SPOOL_OUTPUT) && (start.spool_fd = attempt_open_spool(spec)) < 0)
    return fail_to_start(STEP_STDOUT, errno, "output");
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return fail_to_start(STEP_FORK, errno, "");
  self.channel = pair[0];
  start.channel = pair[1];
  self.main = fork_job(&start.in_tree);
  if (self.main == 0) child_become_job(spec, &start);
  close(pair[1]);
  if (start.spool_fd >= 0) close(start.spool_fd);
  if (self.main < 0) return fail_to_start(STEP_FORK, errno, "");
  return true;
}

static const char *path_of(uint8_t step) {
  const struct spec *spec = self.spec;
  switch (step) {
    case STEP_CHDIR: return spec->cwd;
    case STEP_STDIN: return spec->in;
    case STEP_STDOUT: return spec->out;
    case STEP_STDERR: return spec->err;
    case STEP_EXEC: return spec->arguments[0];
    default: return "";
  }
}

/* What the child said before it became the job, read once it has ended: the output file, an error. */
static void hear_child(void) {
  for (;;) {
    struct child_failure words;
    struct iovec vector = {&words, sizeof words};
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control;
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(self.channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0 && errno == EINTR) continue;
    if (length != (ssize_t)sizeof words) return;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_type == SCM_RIGHTS)
      memcpy(&self.output, CMSG_DATA(head), sizeof self.output);
    else if (words.error == 0) self.ended.flags |= ENDED_CWD_FALLBACK;
    else fail_to_start((enum start_step)words.step, words.error, path_of((uint8_t)words.step));
  }
}

static bool tree_is_empty(void) {
  reap();
  if (cgroup_tree(self.spec) == NULL) return self.children_ended;
  cgroup_usage(self.spec, &self.ended.usage);
  return cgroup_remove(self.spec);
}

/*
 * Ends what the main process left behind. Removing the cgroup is the test whether anything did:
 * the kernel refuses while it holds a process. A tree that will not die keeps us here after the
 * limit, but not its report: the job ends, marked unkillable.
 */
static void settle(void (*report)(void)) {
  bool must_kill = (self.spec->flags & SPEC_KILL_LEFTOVERS) || self.killing_since_us != 0;
  uint64_t pause = FIRST_CHECK_US;
  bool reported = false;
  static pid_t pids[MAX_PIDS];
  while (!tree_is_empty() && must_kill) {
    if (tree_list(self.spec, pids, MAX_PIDS) > 0) self.ended.flags |= ENDED_LEFTOVERS_KILLED;
    if (self.suspended) resume();
    if (self.kill_at_us == 0) start_killing();
    wait_for_news(monotonic_us() + pause);
    if (pause < LAST_CHECK_US) pause *= 2;
    if (!reported && self.announced_unkillable) report();
    reported |= self.announced_unkillable;
  }
  self.kill_at_us = 0;
  if (!reported) report();
}

static void write_record(struct writer *out) {
  const struct ended *ended = &self.ended;
  put_u8(out, FRAME_ENDED);
  put_u32(out, self.spec->job);
  put_u32(out, self.spec->attempt);
  put_u8(out, ended->outcome);
  put_u32(out, ended->code);
  put_u8(out, ended->failed_step);
  put_u8(out, ended->cause);
  put_u8(out, ended->last_signal);
  put_u8(out, ended->flags);
  put_u64(out, ended->start_wall_ms);
  put_u64(out, ended->end_wall_ms);
  put_u64(out, ended->duration_us);
  put_u64(out, ended->suspended_us);
  put_u64(out, ended->usage.user_us);
  put_u64(out, ended->usage.system_us);
  put_u64(out, ended->usage.peak_bytes);
  put_u32(out, ended->usage.oom_kills);
  put_u32(out, ended->clipped_limits);
  put_string(out, ended->path);
  put_u8(out, '.');
}

static void report_end(void) {
  static uint8_t bytes[PATH_MAX + 512];
  if (self.output >= 0) self.ended.flags |= ENDED_HOLDS_OUTPUT;
  if (strlen(self.ended.path) >= PATH_MAX) self.ended.path = "";
  struct writer out = {bytes, sizeof bytes, false};
  write_record(&out);
  size_t length = sizeof bytes - out.left;
  attempt_write_exit(self.spec->name, bytes, length);
  send_to_launcher(bytes, length);
}

/* Leaves the launcher's session, descriptors and fate. */
static void detach(void) {
  setsid();
  signal(SIGCHLD, SIG_DFL);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  sigemptyset(&self.waited);
  sigaddset(&self.waited, SIGCHLD);
  sigaddset(&self.waited, SIGUSR1);
  sigprocmask(SIG_BLOCK, &self.waited, NULL);
}

static void hold_for_report(void) {
  while (self.output >= 0 && attempt_exists(self.spec->name)) {
    read_orders();
    if (self.output >= 0) wait_for_news(monotonic_us() + HOLD_CHECK_US);
  }
}

_Noreturn void supervise(struct spec *spec, const char *run_directory) {
  self.spec = spec;
  self.output = -1;
  self.ended.path = "";
  detach();
  if (!attempt_claim(spec->name)) _exit(0);
  self.ended.clipped_limits = clipped_limits(spec);
  bool by_descent = spec->leaf_count == 0;
  if (by_descent) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  self.ended.start_wall_ms = wall_ms();
  self.started_us = monotonic_us();
  arm(spec->steps, spec->step_count, self.started_us, true);
  if (start_job(run_directory)) {
    if (by_descent) attempt_note_child(spec->name, self.main);
    read_orders();
    while (!self.main_ended) wait_for_news(UINT64_MAX);
    hear_child();
  }
  settle(report_end);
  hold_for_report();
  _exit(0);
}
