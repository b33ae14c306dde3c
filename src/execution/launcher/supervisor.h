/* What the files of a supervisor share: its state, and what each does with it. */
#ifndef SPILLWAY_SUPERVISOR_H
#define SPILLWAY_SUPERVISOR_H

#include "launcher.h"

#include <signal.h>

/* The state of a supervisor: of the one attempt that this process is for. */
struct supervisor {
  struct spec *spec;
  struct ended ended;
  struct step steps[MAX_STEPS];
  size_t step_count;
  pid_t main;
  bool main_ended, children_ended, suspended, announced_unkillable, noted;
  uint64_t started_us, suspended_at_us, kill_at_us, killing_since_us;
  off_t orders_read;
  int channel, output, error_output;
  struct child_failure failure;
  sigset_t waited;
};
extern struct supervisor self;

/* supervisor.c */
void hear_child(void);

/* orders.c: plans and orders. */
void arm(const struct step *steps, uint8_t count, uint64_t from_us, bool limit);
void resume(void);
void start_killing(void);
void carry_out_due(void);
void read_orders(void);

/* news.c: what the launcher, and through it the agent, is told. */
void tell_number(enum frame_type type, uint32_t value);
void tell_end(void);

#endif
