/*
 * The attempt directory: `spec`, the script, `claim`, `orders`, `exit`, `appended`. The names `claim`
 * and `exit` are links to the spec that appear one after the other. It belongs to
 * the launcher's user, mode 0711, so that a job can neither rename nor remove what is in it. All
 * paths are relative to the run directory, our cwd. Never syncs: after a reboot every attempt is lost.
 */
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
#define POOL_SIZE 1024

/* Directories `free.<number>` of forgotten attempts, to be used again. */
static struct { uint32_t numbers[POOL_SIZE], count, next; } pool;

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

/* Fills an open file from where it is and closes it: a write that worked may be refused at close. */
static int fill(int fd, const void *bytes, size_t length, bool cut) {
  int error = write_all(fd, bytes, length);
  if (error == 0 && cut && ftruncate(fd, lseek(fd, 0, SEEK_CUR)) != 0) error = errno;
  if (close(fd) != 0 && error == 0) error = errno;
  return error;
}

/* Room for the claim, then the launch frame. In place: the file may come from an earlier attempt. */
static int write_spec(const struct spec *spec, bool again) {
  char path[PATH_SIZE], final[PATH_SIZE], head[CLAIM_SIZE] = {0};
  path_in(final, spec->name, "spec");
  path_in(path, spec->name, again ? "spec.new" : "spec");
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  int error = write_all(fd, head, sizeof head);
  if (error == 0) error = fill(fd, spec->whole.at, spec->whole.length, true);
  else close(fd);
  if (error == 0 && again && rename(path, final) != 0) error = errno;
  return error;
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
  int error = fill(fd, spec->script.at, spec->script.length, false);
  if (error == 0 && again && rename(path, final) != 0) error = errno;
  return error;
}

/* A directory for the attempt, the one of a forgotten attempt if there is any. */
static int make_directory(const char *name) {
  char free_name[NAME_SIZE];
  while (pool.count > 0) {
    snprintf(free_name, sizeof free_name, "free.%u", pool.numbers[pool.count - 1]);
    if (renameat2(AT_FDCWD, free_name, AT_FDCWD, name, RENAME_NOREPLACE) == 0) {
      pool.count--;
      return 0;
    }
    if (errno == EEXIST) return EEXIST;
    pool.count--;
  }
  return mkdir(name, 0711) == 0 ? 0 : errno;
}

/*
 * Makes the directory. One that is there already is filled again unless somebody has claimed it:
 * a launcher may have been killed half way. What is in it is then replaced by renames, because an
 * earlier supervisor may claim only now.
 */
int attempt_create(const struct spec *spec, bool *claimed) {
  char path[PATH_SIZE];
  *claimed = false;
  int error = make_directory(spec->name);
  bool again = error == EEXIST;
  if (error != 0 && !again) return error;
  if (again) {
    path_in(path, spec->name, "claim");
    *claimed = access(path, F_OK) == 0;
    if (*claimed) return 0;
  }
  error = write_spec(spec, again);
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

/* Writes `length` bytes at `offset` of the claim, which is the spec under another name. */
static int write_claim(const char *name, off_t offset, const void *bytes, size_t length, bool cut) {
  char path[PATH_SIZE];
  path_in(path, name, "claim");
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  if (lseek(fd, offset, SEEK_SET) != offset) {
    int error = errno;
    close(fd);
    return error;
  }
  return fill(fd, bytes, length, cut);
}

static int write_claimant(const char *name, off_t offset, pid_t pid) {
  char text[CLAIM_SIZE / 2 + 1];
  int length = snprintf(text, sizeof text, "%d %llu\n", pid,
                        (unsigned long long)process_start_time(pid));
  return write_claim(name, offset, text, (size_t)length, false);
}

/*
 * Of any number of supervisors of one attempt, the one that links `claim` goes on: a link is made
 * once, as a file is with O_EXCL, and needs no new inode. The claim holds pid and start time before
 * its owner looks for orders, see attempt_order.
 */
bool attempt_claim(const char *name) {
  char path[PATH_SIZE], spec[PATH_SIZE];
  path_in(spec, name, "spec");
  path_in(path, name, "claim");
  if (link(spec, path) != 0) return false;
  write_claimant(name, 0, getpid());
  return true;
}

/* Without a cgroup the child's session is the only trace of a job whose supervisor was killed. */
int attempt_note_child(const char *name, pid_t child) {
  return write_claimant(name, CLAIM_SIZE / 2, child);
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

/*
 * `exit` appears whole or not at all: the record replaces the order, which nobody needs any more,
 * and then gets its name. So it finds room on a disk that has become full, too.
 */
int attempt_write_exit(const char *name, const uint8_t *record, size_t length) {
  char claim[PATH_SIZE], final[PATH_SIZE];
  path_in(claim, name, "claim");
  path_in(final, name, "exit");
  int error = write_claim(name, CLAIM_SIZE, record, length, true);
  if (error == 0 && link(claim, final) != 0) error = errno;
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

/* Empties a free directory; the spec stays for the next attempt unless `all` goes. */
static bool empty_directory(const char *name, bool all) {
  int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL) {
    if (fd >= 0) close(fd);
    return false;
  }
  bool emptied = true;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dots || (!all && strcmp(entry->d_name, "spec") == 0)) continue;
    if (unlinkat(fd, entry->d_name, 0) != 0) emptied = false;
  }
  closedir(directory);
  return emptied;
}

static void keep_free(uint32_t number) {
  char name[NAME_SIZE];
  snprintf(name, sizeof name, "free.%u", number);
  bool keep = pool.count < POOL_SIZE;
  bool emptied = empty_directory(name, !keep);
  if (keep && emptied) pool.numbers[pool.count++] = number;
  else if (empty_directory(name, true) && rmdir(name) != 0) perror("launcher: free directory");
}

/*
 * Takes the attempt's name away in one step, then cleans what was under it. The directory and its
 * spec, which no user could ever open, serve the next attempt: making and deleting inodes was the
 * dearest part of a short job (on ext4 without a journal several ms).
 */
void attempt_forget(const char *name) {
  char free_name[NAME_SIZE];
  uint32_t number = pool.next++;
  snprintf(free_name, sizeof free_name, "free.%u", number);
  if (rename(name, free_name) == 0) keep_free(number);
  else if (errno != ENOENT) perror("launcher: cannot forget an attempt");
}

/* Finds the free directories that an earlier launcher left, some perhaps half cleaned. */
void attempt_find_free(void) {
  DIR *directory = opendir(".");
  if (directory == NULL) return;
  static uint32_t found[POOL_SIZE];
  uint32_t count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < POOL_SIZE;) {
    if (strncmp(entry->d_name, "free.", 5) != 0) continue;
    uint32_t number = (uint32_t)strtoul(entry->d_name + 5, NULL, 10);
    if (number >= pool.next) pool.next = number + 1;
    found[count++] = number;
  }
  closedir(directory);
  for (uint32_t i = 0; i < count; i++) keep_free(found[i]);
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
  char path[PATH_SIZE], text[CLAIM_SIZE / 2 + 1];
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
  if (length <= 0 || text[0] == 0) return true;
  text[length] = 0;
  char *end;
  pid_t pid = (pid_t)strtol(text, &end, 10);
  return wake(pid, strtoull(end, NULL, 10));
}
