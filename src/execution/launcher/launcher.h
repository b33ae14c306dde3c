/*
 * What the files of the launcher share: the order of one attempt (`struct spec`), the record of
 * its end, and each file's few functions. FRAMES.md describes the wire format.
 */
#ifndef SPILLWAY_LAUNCHER_H
#define SPILLWAY_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define PROTOCOL_VERSION 1
#define MAX_FRAME (16u << 20)
#define FRAME_HEAD 5
#define MAX_STEPS 64
#define MAX_LEAVES 6
#define MAX_WRITES 6
#define MAX_LIMITS 16
#define MAX_GROUPS 65536
#define NAME_SIZE 24
#define CLAIM_SIZE 64
#define LAUNCHER_SOCKET "launcher.sock"

enum frame_type {
  FRAME_LAUNCH = 1, FRAME_ORDER = 2, FRAME_FORGET = 3,
  FRAME_READY = 0x81, FRAME_STARTED = 0x82, FRAME_REFUSED = 0x83, FRAME_ORDERED = 0x84,
  FRAME_ENDED = 0x91, FRAME_APPENDED = 0x92, FRAME_UNKILLABLE = 0x93
};

enum order_kind {
  ORDER_SIGNAL = 1, ORDER_SUSPEND = 2, ORDER_RESUME = 3, ORDER_APPEND = 4, ORDER_NOTE = 5
};

enum spec_flag {
  SPEC_KILL_LEFTOVERS = 1, SPEC_HOLD_FOR_REPORT = 2, SPEC_APPEND_STDOUT = 4,
  SPEC_APPEND_STDERR = 8, SPEC_SPOOL_OUTPUT = 16
};

/* What the child was doing when it could not become the job. */
enum start_step {
  STEP_NONE, STEP_DIRECTORY, STEP_CGROUP, STEP_FORK, STEP_IDENTITY, STEP_CHDIR, STEP_STDIN,
  STEP_STDOUT, STEP_STDERR, STEP_LIMITS, STEP_EXEC, STEP_SPEC
};

enum signal_scope { SCOPE_TREE = 0, SCOPE_MAIN = 1, SCOPE_ALL_BUT_MAIN = 2 };

enum leaf_role { ROLE_TREE = 1, ROLE_CPU = 2, ROLE_MEMORY = 4 };

enum outcome { OUTCOME_EXITED, OUTCOME_SIGNALED, OUTCOME_NOT_STARTED };

enum ended_flag {
  ENDED_CWD_FALLBACK = 1, ENDED_LEFTOVERS_KILLED = 2, ENDED_HOLDS_OUTPUT = 4,
  ENDED_UNKILLABLE = 8, ENDED_CORE_DUMPED = 16
};

/* One signal of a plan. `at_us` is relative in a spec and on the monotonic clock once armed. */
struct step { uint64_t at_us; uint8_t signal, scope, cause; bool limit; };

struct leaf_write { const char *file, *value; bool optional; };

/* A control group directory of this attempt alone. */
struct leaf {
  uint8_t version, roles, write_count;
  const char *path;
  struct leaf_write writes[MAX_WRITES];
  int fd;
};

struct soft_limit { uint8_t resource; rlim_t soft; };

struct bytes { const char *at; uint32_t length; };

/* A launch order. Its strings point into the frame; nothing of it is ever freed while in use. */
struct spec {
  uint32_t job, attempt, flags, uid, gid, umask, unkillable_after_ms, group_count;
  char name[NAME_SIZE];
  gid_t *groups;
  uint8_t limit_count, step_count, leaf_count, pid_variable_count;
  struct soft_limit limits[MAX_LIMITS];
  struct step steps[MAX_STEPS];
  struct leaf leaves[MAX_LEAVES];
  const char *cwd, *fallback_cwd, *in, *out, *err, *script_name;
  struct bytes script, whole;
  uint32_t argument_count, environment_count, directory_note_count;
  char **arguments, **environment, **directory_note;
};

struct usage { uint64_t user_us, system_us, peak_bytes; uint32_t oom_kills; };

struct ended {
  uint32_t code, clipped_limits, oom_kills;
  uint8_t outcome, failed_step, cause, last_signal, flags;
  uint64_t start_wall_ms, end_wall_ms, duration_us, suspended_us;
  struct usage usage;
  const char *path;
};

/* frame.c: a reader that fails once and for all, and a writer into a fixed buffer. */
struct reader { const uint8_t *at; size_t left; bool failed; };
struct writer { uint8_t *at; size_t left; bool failed; };
uint8_t take_u8(struct reader *in);
uint32_t take_u32(struct reader *in);
uint64_t take_u64(struct reader *in);
const char *take_string(struct reader *in);
struct bytes take_bytes(struct reader *in);
void put_u8(struct writer *out, uint8_t value);
void put_u32(struct writer *out, uint32_t value);
void put_u64(struct writer *out, uint64_t value);
void put_string(struct writer *out, const char *text);
void take_steps(struct reader *in, struct step *steps, uint8_t *count);
bool read_spec(struct bytes frame, struct spec *spec);

/* attempt.c: the attempt directory, relative to the run directory that is our cwd. */
void attempt_name(char name[NAME_SIZE], uint32_t job, uint32_t attempt);
int attempt_create(const struct spec *spec, bool *claimed);
bool attempt_claim(const char *name);
int attempt_note_child(const char *name, pid_t child);
int attempt_open_spool(const struct spec *spec);
int attempt_write_exit(const char *name, const uint8_t *record, size_t length);
int attempt_mark_appended(const char *name);
bool attempt_exists(const char *name);
void attempt_forget(const char *name);
void attempt_find_free(void);
bool attempt_order(const char *name, struct bytes order);
int write_all(int fd, const void *bytes, size_t length);
uint64_t process_start_time(pid_t pid);

/* cgroup.c: leaves of control groups. Without leaves, tree.c's walk of /proc does the same. */
int cgroup_create(struct spec *spec, const char **failed_path);
int cgroup_join_fd(const struct spec *spec);
int cgroup_join(const struct spec *spec, bool tree_already);
bool cgroup_remove(struct spec *spec);
void cgroup_usage(const struct spec *spec, struct usage *usage);
struct leaf *cgroup_tree(struct spec *spec);

/* tree.c: all processes of an attempt. */
#define MAX_PIDS 32768
size_t tree_list(struct spec *spec, pid_t *pids, size_t room);
void tree_signal(struct spec *spec, int signal, pid_t except);
void tree_freeze(struct spec *spec, bool frozen);
void tree_kill(struct spec *spec);

/* child.c: from a fork of the supervisor to the job. */
struct child_failure { int32_t step, error; };
struct start { const char *script_path; int channel, spool_fd; bool in_tree, may_switch; };
uint32_t clipped_limits(const struct spec *spec);
_Noreturn void child_become_job(const struct spec *spec, const struct start *start);

/* supervisor.c */
_Noreturn void supervise(struct spec *spec, const char *run_directory);

/* Time. */
uint64_t monotonic_us(void);
uint64_t wall_ms(void);

#endif
