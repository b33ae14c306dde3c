/*
 * The way from a fork of the supervisor to the job: cgroup, session, signals, identity, directory,
 * files, limits, exec. Everything a user can steer is touched only after the identity has changed,
 * and by this process alone, so that a FIFO or a dead file server holds up only this job.
 * Allocates nothing. The user's environment is only handed to execve.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The limits of `spec` that lie above what this process may set, as a bit each. */
uint32_t clipped_limits(const struct spec *spec) {
  uint32_t clipped = 0;
  for (uint8_t i = 0; i < spec->limit_count; i++) {
    struct rlimit now;
    if (getrlimit(spec->limits[i].resource, &now) == 0 && spec->limits[i].soft > now.rlim_max)
      clipped |= 1u << spec->limits[i].resource;
  }
  return clipped;
}

static bool send_words(const struct start *start, enum start_step step, int error, int fd) {
  struct child_failure words = {step, error};
  struct iovec vector = {&words, sizeof words};
  union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } control = {.room = {0}};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return sendmsg(start->channel, &message, MSG_NOSIGNAL) >= 0;
}

static void tell(const struct start *start, enum start_step step, int error, int fd) {
  if (!send_words(start, step, error, fd)) _exit(126);
}

static _Noreturn void give_up(const struct start *start, enum start_step step) {
  tell(start, step, errno, -1);
  _exit(127);
}

static void reset_signals(void) {
  static const int changed[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGTTOU, SIGTSTP};
  for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) signal(changed[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Becomes the user for good, and makes sure of it; the way back to root must be shut. */
static bool change_identity(const struct spec *spec) {
  uid_t real, effective, saved;
  if (setgroups(spec->group_count, spec->groups) != 0) return false;
  if (setresgid(spec->gid, spec->gid, spec->gid) != 0) return false;
  if (setresuid(spec->uid, spec->uid, spec->uid) != 0) return false;
  if (getresuid(&real, &effective, &saved) != 0) return false;
  bool changed = real == spec->uid && effective == spec->uid && saved == spec->uid;
  if (!changed || (spec->uid != 0 && setuid(0) == 0)) {
    errno = EPERM;
    return false;
  }
  return true;
}

/* 0, or why the job is in its fallback directory. */
static int enter_directory(const struct spec *spec, const struct start *start) {
  if (chdir(spec->cwd) == 0) return 0;
  int error = errno;
  if (spec->fallback_cwd[0] == 0) give_up(start, STEP_CHDIR);
  if (chdir(spec->fallback_cwd) != 0) give_up(start, STEP_CHDIR);
  tell(start, STEP_CHDIR, 0, -1);
  return error;
}

/* What the dialect says of a directory that cannot be entered: its texts, the error's between them. */
static void note_directory(const struct spec *spec, int error) {
  const char *why = strerror(error);
  for (uint32_t i = 0; i < spec->directory_note_count; i++) {
    const char *text = spec->directory_note[i];
    if (i > 0 && write_all(STDERR_FILENO, why, strlen(why)) != 0) return;
    if (write_all(STDERR_FILENO, text, strlen(text)) != 0) return;
  }
}

static void put_on(int fd, int target, const struct start *start, enum start_step step) {
  if (fd < 0 || dup2(fd, target) < 0) give_up(start, step);
  if (fd > 2) close(fd);
}

static int open_output(const char *path, bool append) {
  if (path[0] == 0) return open("/dev/null", O_WRONLY | O_CLOEXEC);
  int flags = O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
  return open(path, flags, 0666);
}

static void open_files(const struct spec *spec, const struct start *start) {
  const char *in = spec->in[0] == 0 ? "/dev/null" : spec->in;
  put_on(open(in, O_RDONLY | O_NOCTTY | O_CLOEXEC), 0, start, STEP_STDIN);
  int out = start->spool_fd;
  if (out < 0) out = open_output(spec->out, spec->flags & SPEC_APPEND_STDOUT);
  put_on(out, 1, start, STEP_STDOUT);
  bool joined = spec->err[0] == 0;
  int err = joined ? dup(1) : open_output(spec->err, spec->flags & SPEC_APPEND_STDERR);
  put_on(err, 2, start, STEP_STDERR);
  if (spec->flags & SPEC_HOLD_FOR_REPORT) tell(start, STEP_STDOUT, 0, 1);
  /* For notes. The kernel lets a user have only so many descriptors under way: then without. */
  send_words(start, STEP_STDERR, 0, 2);
}

static void set_limits(const struct spec *spec, const struct start *start) {
  for (uint8_t i = 0; i < spec->limit_count; i++) {
    struct rlimit limit;
    if (getrlimit(spec->limits[i].resource, &limit) != 0) give_up(start, STEP_LIMITS);
    rlim_t soft = spec->limits[i].soft;
    limit.rlim_cur = soft > limit.rlim_max ? limit.rlim_max : soft;
    if (setrlimit(spec->limits[i].resource, &limit) != 0) give_up(start, STEP_LIMITS);
  }
}

/* Some variables end with our pid, which nobody knew before: digits over the room left for them. */
static void fill_pids(const struct spec *spec) {
  for (uint32_t i = 1; i <= spec->pid_variable_count; i++) {
    char *value = strchr(spec->environment[spec->environment_count - i], '=');
    char digits[16];
    size_t count = 0;
    for (pid_t pid = getpid(); pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
    if (value == NULL || strlen(++value) < count) continue;
    for (size_t j = 0; j < count; j++) value[j] = digits[count - 1 - j];
    value[count] = 0;
  }
}

/* Executes `path`; what the kernel does not know as a program is a script of the shell. */
static void execute(const char *path, const struct spec *spec) {
  execve(path, spec->arguments, spec->environment);
  if (errno != ENOEXEC) return;
  size_t size = (spec->argument_count + 1) * sizeof *spec->arguments;
  memmove(spec->arguments + 1, spec->arguments, size);
  spec->arguments[0] = (char *)(uintptr_t)"/bin/sh";
  spec->arguments[1] = (char *)(uintptr_t)path;
  execve("/bin/sh", spec->arguments, spec->environment);
}

static const char *search_path(const struct spec *spec) {
  for (uint32_t i = 0; i < spec->environment_count; i++)
    if (strncmp(spec->environment[i], "PATH=", 5) == 0) return spec->environment[i] + 5;
  return "/usr/local/bin:/usr/bin:/bin";
}

/* As execvp, but by the job's PATH. A program that may not be executed is better news than none. */
static void execute_by_path(const char *name, const struct spec *spec) {
  bool denied = false;
  const char *end;
  for (const char *at = search_path(spec);; at = end + 1) {
    end = strchrnul(at, ':');
    char path[PATH_MAX];
    size_t length = (size_t)(end - at), name_length = strlen(name);
    if (length + name_length + 2 <= sizeof path) {
      memcpy(path, at, length);
      if (length > 0) path[length++] = '/';
      memcpy(path + length, name, name_length + 1);
      execute(path, spec);
      if (errno == EACCES) denied = true;
      else if (errno != ENOENT && errno != ENOTDIR) return;
    }
    if (*end == 0) break;
  }
  errno = denied ? EACCES : ENOENT;
}

_Noreturn void child_become_job(const struct spec *spec, const struct start *start) {
  int error = cgroup_join(spec, start->in_tree);
  if (error != 0) {
    errno = error;
    give_up(start, STEP_CGROUP);
  }
  setsid();
  reset_signals();
  if (start->may_switch && !change_identity(spec)) give_up(start, STEP_IDENTITY);
  umask(spec->umask);
  int directory_error = enter_directory(spec, start);
  open_files(spec, start);
  if (directory_error != 0) note_directory(spec, directory_error);
  fill_pids(spec);
  set_limits(spec, start);
  const char *program = spec->arguments[0];
  if (start->script_path != NULL || strchr(program, '/') != NULL) execute(program, spec);
  else execute_by_path(program, spec);
  give_up(start, STEP_EXEC);
}
