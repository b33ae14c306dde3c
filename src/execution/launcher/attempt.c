/*
 * The attempt directory: `spec`, the script, `claim`, `orders`, `exit`, `appended`. It belongs to
 * the launcher's user, mode 0711, so that a job can neither rename nor remove what is in it. All
 * paths are relative to the run directory, our cwd. Never syncs: after a reboot every attempt is lost.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE 256

void attempt_name(char name[NAME_SIZE], uint32_t job, uint32_t attempt) {
  snprintf(name, NAME_SIZE, "%u.%u", job, attempt);
}

static void path_in(char path[PATH_SIZE], const char *name, const char *file) {
  snprintf(path, PATH_SIZE, "%s/%s", name, file);
}

/* Writes everything or gives the error. */
int write_all(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t written = write(fd, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    at += written;
    length -= (size_t)written;
  }
  return 0;
}

/* Fills an open file and closes it: even a write that worked may be refused at close. */
static int fill(int fd, const void *bytes, size_t length) {
  int error = write_all(fd, bytes, length);
  if (close(fd) != 0 && error == 0) error = errno;
  return error;
}

static int write_spec(const struct spec *spec) {
  char path[PATH_SIZE];
  path_in(path, spec->name, "spec");
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  return fd < 0 ? errno : fill(fd, spec->whole.at, spec->whole.length);
}

/* The script is the user's own file in a directory that he cannot write: he alone reads it. */
static int write_script(const struct spec *spec, bool again) {
  char path[PATH_SIZE], final[PATH_SIZE];
  path_in(final, spec->name, spec->script_name);
  path_in(path, spec->name, again ? "script.new" : spec->script_name);
  if (again && unlink(path) != 0 && errno != ENOENT) return errno;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
  if (fd < 0) return errno;
  if (geteuid() == 0 && fchown(fd, spec->uid, spec->gid) != 0) {
    int error = errno;
    close(fd);
    return error;
  }
  int error = fill(fd, spec->script.at, spec->script.length);
  if (error == 0 && again && rename(path, final) != 0) error = errno;
  return error;
}

/*
 * Makes the directory. One that is there already is filled again unless somebody has claimed it:
 * a launcher may have been killed half way. The script is then replaced by a rename, because an
 * earlier supervisor that claims only now may be about to execute it.
 */
int attempt_create(const struct spec *spec, bool *claimed) {
  char path[PATH_SIZE];
  *claimed = false;
  bool again = mkdir(spec->name, 0711) != 0;
  if (again && errno != EEXIST) return errno;
  if (again) {
    path_in(path, spec->name, "claim");
    *claimed = access(path, F_OK) == 0;
    if (*claimed) return 0;
  }
  int error = write_spec(spec);
  if (error == 0 && spec->script_name[0] != 0) error = write_script(spec, again);
  if (error != 0 && !again) attempt_forget(spec->name);
  return error;
}

/* When a process started, in ticks since boot: with its pid a name that is never used twice. */
uint64_t process_start_time(pid_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  char *at = strrchr(text, ')');
  for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

/*
 * Of any number of supervisors of one attempt, the one that creates `claim` goes on. The claim
 * holds pid and start time before anybody looks for orders, see attempt_order.
 */
bool attempt_claim(const char *name) {
  char path[PATH_SIZE], text[64];
  int length = snprintf(text, sizeof text, "%d %llu\n", getpid(),
                        (unsigned long long)process_start_time(getpid()));
  path_in(path, name, "claim");
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  errno = fill(fd, text, (size_t)length);
  return true;
}

/* Without a cgroup the child's session is the only trace of a job whose supervisor was killed. */
int attempt_note_child(const char *name, pid_t child) {
  char path[PATH_SIZE], text[64];
  int length = snprintf(text, sizeof text, "%d %llu\n", child,
                        (unsigned long long)process_start_time(child));
  path_in(path, name, "claim");
  int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  return fd < 0 ? errno : fill(fd, text, (size_t)length);
}

/* The file for output that no one named, readable by the user alone; it goes with the directory. */
int attempt_open_spool(const struct spec *spec) {
  char path[PATH_SIZE];
  path_in(path, spec->name, "output");
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd >= 0 && geteuid() == 0 && fchown(fd, spec->uid, spec->gid) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

/* `exit` appears whole or not at all; its last byte is a dot for readers of a copy. */
int attempt_write_exit(const char *name, const uint8_t *record, size_t length) {
  char path[PATH_SIZE], final[PATH_SIZE];
  path_in(path, name, "exit.new");
  path_in(final, name, "exit");
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = fill(fd, record, length);
  if (error == 0 && rename(path, final) != 0) error = errno;
  return error;
}

/* Says that the report is being appended: whoever finds the mark must not append it again. */
int attempt_mark_appended(const char *name) {
  char path[PATH_SIZE];
  path_in(path, name, "appended");
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  return close(fd) == 0 ? 0 : errno;
}

bool attempt_exists(const char *name) { return access(name, F_OK) == 0; }

/* Removes the directory and the files in it; it holds no directories. */
void attempt_forget(const char *name) {
  int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL) {
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      unlinkat(fd, entry->d_name, 0);
  closedir(directory);
  if (rmdir(name) != 0 && errno != ENOENT) perror("launcher: cannot remove an attempt directory");
}

/* Wakes the supervisor `pid` unless the pid is somebody else's by now. */
static bool wake(pid_t pid, uint64_t start_time) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  bool same = start_time != 0 && process_start_time(pid) == start_time;
  int sent = -1;
  if (same && fd >= 0) sent = (int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
  else if (same && errno == ENOSYS) sent = kill(pid, SIGUSR1);
  if (fd >= 0) close(fd);
  return sent == 0;
}

/*
 * Writes an order where the attempt's supervisor will find it, then wakes it. A supervisor that
 * has not claimed yet, or whose claim is still empty, looks for orders right after it has written
 * its claim, so nothing is lost between. False: there is nobody to carry the order out.
 */
bool attempt_order(const char *name, struct bytes order) {
  char path[PATH_SIZE], text[64];
  uint8_t head[4];
  struct writer out = {head, sizeof head, false};
  put_u32(&out, order.length);
  path_in(path, name, "orders");
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  int error = write_all(fd, head, sizeof head);
  if (error == 0) error = write_all(fd, order.at, order.length);
  if (close(fd) != 0 || error != 0) return false;
  path_in(path, name, "claim");
  fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return true;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return true;
  text[length] = 0;
  char *end;
  pid_t pid = (pid_t)strtol(text, &end, 10);
  return wake(pid, strtoull(end, NULL, 10));
}
