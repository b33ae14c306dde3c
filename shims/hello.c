/* The Hello frame: everything the command was called with, gathered once and sent in one write.
 * It carries no identity: the daemon asks the kernel for that. */
#include "shim.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void put_block(struct bytes *b, const void *from, size_t length) {
  put32(b, (uint32_t)length);
  put(b, from, length);
}

/* Strings, each ended by a NUL, in one block. */
static void put_strings(struct bytes *b, char **strings) {
  size_t length_at = b->used;
  put32(b, 0);
  for (char **each = strings; *each != NULL; each++) put(b, *each, strlen(*each) + 1);
  uint32_t length = (uint32_t)(b->used - length_at - 4);
  for (unsigned i = 0; i < 4; i++) b->at[length_at + i] = (unsigned char)(length >> (24 - 8 * i));
}

/* TZ, else the name that /etc/localtime links to, else nothing: the daemon's own zone. */
static void put_time_zone(struct bytes *b) {
  const char *zone = getenv("TZ");
  if (zone != NULL) {
    if (*zone == '\0') zone = "UTC";
    put_block(b, zone, strlen(zone));
    return;
  }
  char target[PATH_MAX];
  static const char folder[] = "/zoneinfo/";
  ssize_t length = readlink("/etc/localtime", target, sizeof target - 1);
  if (length < 0) length = 0;
  target[length] = '\0';
  const char *found = strstr(target, folder);
  const char *name = found == NULL ? "" : found + sizeof folder - 1;
  put_block(b, name, strlen(name));
}

static void put_terminal(struct bytes *b) {
  struct winsize size = {0};
  unsigned which = 0;
  for (int fd = 0; fd <= 2; fd++) {
    struct termios unused;
    if (tcgetattr(fd, &unused) == 0) which |= 1u << fd;
  }
  static const int by_preference[] = {1, 2, 0};
  for (unsigned i = 0; i < 3; i++) {
    int fd = by_preference[i];
    if ((which >> fd & 1) != 0 && ioctl(fd, TIOCGWINSZ, &size) == 0) break;
  }
  put8(b, which);
  put16(b, size.ws_row);
  put16(b, size.ws_col);
}

static void put_limits(struct bytes *b) {
  put8(b, RLIM_NLIMITS);
  for (int which = 0; which < RLIM_NLIMITS; which++) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)which, &limit) < 0) {
      limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
    }
    put64(b, limit.rlim_cur);
    put64(b, limit.rlim_max);
  }
}

void make_hello(struct shim *s) {
  struct bytes *b = &s->hello;
  unsigned char request_id[16];
  if (getrandom(request_id, sizeof request_id, 0) != sizeof request_id) {
    fail(s, "no random bytes from the kernel");
  }
  put32(b, 0);
  put8(b, UP_HELLO);
  put8(b, PROTOCOL_VERSION);
  put(b, request_id, sizeof request_id);
  mode_t mask = umask(0);
  umask(mask);
  put32(b, mask);
  put_terminal(b);
  pid_t session = getsid(0);
  put32(b, session > 0 ? (uint32_t)session : 0);
  put_limits(b);

  struct utsname host;
  if (uname(&host) < 0) host.nodename[0] = '\0';
  put_block(b, host.nodename, strlen(host.nodename));
  put_time_zone(b);
  char directory[PATH_MAX];
  if (getcwd(directory, sizeof directory) == NULL) directory[0] = '\0';
  put_block(b, directory, strlen(directory));
  put_strings(b, s->argv);
  put_strings(b, environ);

  size_t length = b->used - HEADER_BYTES;
  if (length > HELLO_MAX) fail(s, "arguments and environment are longer than 8 MiB");
  for (unsigned i = 0; i < 4; i++) b->at[i] = (unsigned char)(length >> (24 - 8 * i));
}
