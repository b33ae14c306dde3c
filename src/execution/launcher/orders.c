/*
 * Plans of signals and the orders that the launcher leaves in `orders`: signal, suspend, resume,
 * append, note. Steps wait in one list until they are due. An order is carried out at most once, the
 * append of a report at most once over all supervisors and agents, a note once in an attempt.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILL_AGAIN_US 500000
#define NOTE_CHECK_US 100
#define NOTE_LIMIT_US 200000

/* Arms steps whose times are relative to `from_us`. A KILL finds room even in a full list. */
void arm(const struct step *steps, uint8_t count, uint64_t from_us, bool limit) {
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
void resume(void) {
  if (!self.suspended) return;
  tree_freeze(self.spec, false);
  uint64_t pause = monotonic_us() - self.suspended_at_us;
  self.suspended = false;
  self.ended.suspended_us += pause;
  for (size_t i = 0; i < self.step_count; i++)
    if (self.steps[i].limit) self.steps[i].at_us += pause;
}

void start_killing(void) {
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

void carry_out_due(void) {
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
  tell_number(FRAME_UNKILLABLE, (uint32_t)tree_list(self.spec, pids, MAX_PIDS));
}

static void append(struct bytes report) {
  if (!self.main_ended || self.output < 0) return;
  int error = attempt_mark_appended(self.spec->name);
  if (error == EEXIST) error = 0;
  else error = write_all(self.output, report.at, report.length);
  close(self.output);
  self.output = -1;
  tell_number(FRAME_APPENDED, (uint32_t)error);
}

/*
 * Writes a line into the job's standard error. In a process of its own, which is left behind if it
 * does not come back: a full pipe or a dead file server must not keep the signals from the job.
 */
static void note(struct bytes text) {
  if (self.main_ended || self.noted) return;
  hear_child();
  if (self.error_output < 0) return;
  self.noted = true;
  pid_t writer = fork();
  if (writer == 0) _exit(write_all(self.error_output, text.at, text.length) == 0 ? 0 : 1);
  if (writer < 0) return;
  for (long pause = NOTE_CHECK_US, waited = 0; waited < NOTE_LIMIT_US; waited += pause, pause *= 2) {
    if (waitpid(writer, NULL, WNOHANG) != 0) return;
    struct timespec time = {0, pause * 1000};
    nanosleep(&time, NULL);
  }
  kill(writer, SIGKILL);
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
    case ORDER_NOTE: note((struct bytes){(const char *)in.at, (uint32_t)in.left}); break;
  }
}

/* Reads the orders that were added since the last time. One cut short is read again next time. */
void read_orders(void) {
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
