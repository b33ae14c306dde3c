/*
 * The control group leaves of one attempt: which exist, and what is written into them, the order
 * says; here they are made, joined, read and removed. A leaf's `fd` is its directory while it is there.
 */
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_leaf(const struct leaf *leaf, const char *file, const char *value) {
  int fd = openat(leaf->fd, file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = write_all(fd, value, strlen(value));
  close(fd);
  return error;
}

/* Reads a small file into `text`; an empty text when it is not there. */
static void read_leaf(const struct leaf *leaf, const char *file, char *text, size_t size) {
  text[0] = 0;
  int fd = openat(leaf->fd, file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, text, size - 1);
  text[length > 0 ? length : 0] = 0;
  close(fd);
}

/* The number after `key` in a file of "key number" lines, or the file's one number for no key. */
static uint64_t read_number(const struct leaf *leaf, const char *file, const char *key) {
  char text[1024];
  read_leaf(leaf, file, text, sizeof text);
  if (key == NULL) return strtoull(text, NULL, 10);
  size_t length = strlen(key);
  for (char *at = text; at != NULL && *at != 0; at = strchr(at, '\n')) {
    if (*at == '\n') at++;
    if (strncmp(at, key, length) == 0 && at[length] == ' ')
      return strtoull(at + length, NULL, 10);
  }
  return 0;
}

/* Makes a directory; its parent, too, which an agent that stopped may just have removed as empty. */
static int make_directory(const char *path) {
  if (mkdir(path, 0755) == 0 || errno == EEXIST) return 0;
  char parent[PATH_MAX];
  const char *end = strrchr(path, '/');
  size_t length = end == NULL ? 0 : (size_t)(end - path);
  if (errno != ENOENT || length == 0 || length >= sizeof parent) return errno;
  memcpy(parent, path, length);
  parent[length] = 0;
  if (mkdir(parent, 0755) != 0 && errno != EEXIST) return errno;
  return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : errno;
}

static int create_leaf(struct leaf *leaf) {
  int made = make_directory(leaf->path);
  if (made != 0) return made;
  leaf->fd = open(leaf->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (leaf->fd < 0) return errno;
  for (uint8_t i = 0; i < leaf->write_count; i++) {
    int error = write_leaf(leaf, leaf->writes[i].file, leaf->writes[i].value);
    if (error != 0 && !leaf->writes[i].optional) return error;
  }
  return 0;
}

/* Makes all leaves and sets their limits. */
int cgroup_create(struct spec *spec, const char **failed_path) {
  for (uint8_t i = 0; i < spec->leaf_count; i++) {
    *failed_path = spec->leaves[i].path;
    int error = create_leaf(&spec->leaves[i]);
    if (error != 0) return error;
  }
  return 0;
}

struct leaf *cgroup_tree(struct spec *spec) {
  for (uint8_t i = 0; i < spec->leaf_count; i++)
    if (spec->leaves[i].roles & ROLE_TREE) return &spec->leaves[i];
  return NULL;
}

/* The directory that clone3 can start the child in, or -1: only version 2 can. */
int cgroup_join_fd(const struct spec *spec) {
  for (uint8_t i = 0; i < spec->leaf_count; i++)
    if (spec->leaves[i].roles & ROLE_TREE)
      return spec->leaves[i].version == 2 ? spec->leaves[i].fd : -1;
  return -1;
}

/* Called by the child, still as the launcher's user: joins every leaf it is not in already. */
int cgroup_join(const struct spec *spec, bool tree_already) {
  for (uint8_t i = 0; i < spec->leaf_count; i++) {
    if (tree_already && (spec->leaves[i].roles & ROLE_TREE)) continue;
    int error = write_leaf(&spec->leaves[i], "cgroup.procs", "0");
    if (error != 0) return error;
  }
  return 0;
}

/* Removes the empty groups that a job of root made inside its own: they would keep the leaf busy. */
static void remove_groups_inside(int parent) {
  int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL) {
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0) continue;
    int child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (child < 0) continue;
    remove_groups_inside(child);
    close(child);
    unlinkat(fd, entry->d_name, AT_REMOVEDIR);
  }
  closedir(directory);
}

/* Removes the leaves; false as long as one still holds a process, which the kernel refuses. */
bool cgroup_remove(struct spec *spec) {
  bool all = true;
  for (uint8_t i = 0; i < spec->leaf_count; i++) {
    struct leaf *leaf = &spec->leaves[i];
    if (leaf->fd < 0) continue;
    if (rmdir(leaf->path) != 0 && errno != ENOENT) {
      remove_groups_inside(leaf->fd);
      all = false;
      continue;
    }
    close(leaf->fd);
    leaf->fd = -1;
  }
  return all;
}

static void read_cpu(const struct leaf *leaf, struct usage *usage) {
  uint64_t user, system;
  if (leaf->version == 2) {
    user = read_number(leaf, "cpu.stat", "user_usec");
    system = read_number(leaf, "cpu.stat", "system_usec");
  } else {
    user = read_number(leaf, "cpuacct.usage_user", NULL) / 1000;
    system = read_number(leaf, "cpuacct.usage_sys", NULL) / 1000;
  }
  if (user + system < usage->user_us + usage->system_us) return;
  usage->user_us = user;
  usage->system_us = system;
}

static void read_memory(const struct leaf *leaf, struct usage *usage) {
  bool second = leaf->version == 2;
  uint64_t peak = read_number(leaf, second ? "memory.peak" : "memory.max_usage_in_bytes", NULL);
  if (peak > 0) usage->peak_bytes = peak;
  usage->oom_kills =
      (uint32_t)read_number(leaf, second ? "memory.events" : "memory.oom_control", "oom_kill");
}

/* Replaces what wait4 knows by what the leaves that still exist know of the whole tree. */
void cgroup_usage(const struct spec *spec, struct usage *usage) {
  for (uint8_t i = 0; i < spec->leaf_count; i++) {
    const struct leaf *leaf = &spec->leaves[i];
    if (leaf->fd < 0) continue;
    if (leaf->roles & ROLE_CPU) read_cpu(leaf, usage);
    if (leaf->roles & ROLE_MEMORY) read_memory(leaf, usage);
  }
}
