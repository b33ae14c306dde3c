/*
 * All processes of an attempt: listed, signalled, frozen, killed. With a cgroup they are its
 * members; without one the descendants of the supervisor, which is the subreaper of all it started.
 */
#include "launcher.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct process { pid_t pid, parent; bool ours; };

static pid_t parent_of(const char *pid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = 0;
  char *at = strrchr(text, ')');
  return at == NULL || strlen(at) < 4 ? 0 : (pid_t)strtol(at + 4, NULL, 10);
}

static size_t list_processes(struct process *all, size_t room) {
  size_t count = 0;
  DIR *directory = opendir("/proc");
  if (directory == NULL) return 0;
  for (struct dirent *entry; count < room && (entry = readdir(directory)) != NULL;) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    all[count++] = (struct process){pid, parent_of(entry->d_name), false};
  }
  closedir(directory);
  return count;
}

static bool is_descendant(const struct process *all, size_t count, const struct process *one) {
  if (one->parent == getpid()) return true;
  for (size_t i = 0; i < count; i++)
    if (all[i].ours && all[i].pid == one->parent) return true;
  return false;
}

static size_t list_descendants(pid_t *pids, size_t room) {
  static struct process all[MAX_PIDS];
  size_t count = list_processes(all, MAX_PIDS), found = 0;
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < count && found < room; i++) {
      if (all[i].ours || !is_descendant(all, count, &all[i])) continue;
      all[i].ours = more = true;
      pids[found++] = all[i].pid;
    }
  }
  return found;
}

static size_t list_members(const struct leaf *tree, pid_t *pids, size_t room) {
  int fd = openat(tree->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
  size_t count = 0;
  if (file == NULL) {
    if (fd >= 0) close(fd);
    return 0;
  }
  while (count < room && fscanf(file, "%d", &pids[count]) == 1) count++;
  fclose(file);
  return count;
}

/* The pids of the attempt, in no order. */
size_t tree_list(struct spec *spec, pid_t *pids, size_t room) {
  struct leaf *tree = cgroup_tree(spec);
  if (tree == NULL) return list_descendants(pids, room);
  return tree->fd < 0 ? 0 : list_members(tree, pids, room);
}

/* Signals every process but `except` (0: none is spared). */
void tree_signal(struct spec *spec, int signal, pid_t except) {
  static pid_t pids[MAX_PIDS];
  size_t count = tree_list(spec, pids, MAX_PIDS);
  for (size_t i = 0; i < count; i++)
    if (pids[i] != except && pids[i] > 1) kill(pids[i], signal);
}

static bool write_tree(const struct leaf *tree, const char *file, const char *value) {
  int fd = tree->fd < 0 ? -1 : openat(tree->fd, file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  int error = write_all(fd, value, strlen(value));
  close(fd);
  return error == 0;
}

/* STOP reaches processes one by one, so it is repeated until a round finds none that is new. */
static void stop_descendants(struct spec *spec) {
  static pid_t pids[MAX_PIDS];
  size_t before = 0;
  for (int round = 0; round < 20; round++) {
    size_t count = tree_list(spec, pids, MAX_PIDS);
    for (size_t i = 0; i < count; i++) kill(pids[i], SIGSTOP);
    if (count == before) return;
    before = count;
  }
}

/* Stops or continues the whole tree. */
void tree_freeze(struct spec *spec, bool frozen) {
  struct leaf *tree = cgroup_tree(spec);
  if (tree == NULL && frozen) stop_descendants(spec);
  else if (tree == NULL) tree_signal(spec, SIGCONT, 0);
  else if (tree->version == 2) write_tree(tree, "cgroup.freeze", frozen ? "1" : "0");
  else write_tree(tree, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

/* Version 1: frozen processes cannot fork away from the list; they die once they are thawed. */
static void kill_frozen(struct spec *spec) {
  tree_freeze(spec, true);
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  tree_signal(spec, SIGKILL, 0);
  tree_freeze(spec, false);
}

/* Sends SIGKILL to everything. The caller repeats it until the tree is empty. */
void tree_kill(struct spec *spec) {
  struct leaf *tree = cgroup_tree(spec);
  if (tree == NULL) {
    stop_descendants(spec);
    tree_signal(spec, SIGKILL, 0);
  } else if (tree->version == 1 || !write_tree(tree, "cgroup.kill", "1")) {
    kill_frozen(spec);
  }
}
