/*
 * The supervisor of one attempt: claims it, forks the job, carries out plans and orders, waits,
 * ends what is left of the tree, writes `exit` and tells the launcher. It outlives the launcher,
 * the agent and the daemon. One wait (sigtimedwait for SIGCHLD, SIGUSR1 and the next thing due)
 * is all its concurrency. It never opens a path that a user can steer.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_CHECK_US 500
#define LAST_CHECK_US 250000
#define HOLD_CHECK_US 1000000

struct supervisor self;

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

/* What the child said before it became the job: its files, an error. Read when it is wanted. */
void hear_child(void) {
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
    int *file = words.step == STEP_STDERR ? &self.error_output : &self.output;
    if (head != NULL && head->cmsg_type == SCM_RIGHTS) memcpy(file, CMSG_DATA(head), sizeof *file);
    else if (words.error == 0) self.ended.flags |= ENDED_CWD_FALLBACK;
    else self.failure = words;
  }
}

/* The last words of the child, once it has ended. Who reads its files must not wait for us. */
static void hear_last_words(void) {
  hear_child();
  const struct child_failure *failure = &self.failure;
  uint8_t step = (uint8_t)failure->step;
  if (failure->error != 0) fail_to_start((enum start_step)step, failure->error, path_of(step));
  if (self.error_output >= 0) close(self.error_output);
  self.error_output = -1;
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
static void settle(void) {
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
    if (!reported && self.announced_unkillable) tell_end();
    reported |= self.announced_unkillable;
  }
  self.kill_at_us = 0;
  if (!reported) tell_end();
}

/* Leaves the launcher's session, descriptors and fate. */
static void detach(void) {
  setsid();
  signal(SIGCHLD, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  sigemptyset(&self.waited);
  sigaddset(&self.waited, SIGCHLD);
  sigaddset(&self.waited, SIGUSR1);
  sigprocmask(SIG_BLOCK, &self.waited, NULL);
  /* Held back, not ignored: so is what the child is sent before it becomes the job, and not lost. */
  sigset_t never;
  sigemptyset(&never);
  sigaddset(&never, SIGHUP);
  sigaddset(&never, SIGINT);
  sigaddset(&never, SIGTERM);
  sigprocmask(SIG_BLOCK, &never, NULL);
}

static void hold_for_report(void) {
  while (self.output >= 0 && attempt_exists(self.spec->name)) {
    read_orders();
    if (self.output >= 0) wait_for_news(monotonic_us() + HOLD_CHECK_US);
  }
}

_Noreturn void supervise(struct spec *spec, const char *run_directory) {
  self.spec = spec;
  self.output = self.error_output = -1;
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
    hear_last_words();
  }
  settle();
  hold_for_report();
  _exit(0);
}
